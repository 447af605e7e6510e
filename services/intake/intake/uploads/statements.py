"""The statements of a batch: each takes whole columns at once, so that a row costs no journey of its own (IN-9)."""

from __future__ import annotations

SEEN = """
    SELECT reference_key FROM upload_rows
    WHERE upload_id = %(upload_id)s AND reference_key = ANY(CAST(%(keys)s AS bytea[]))
"""

ENTRIES = """
    SELECT reference, id, person_id, told_at, organisation, worker, role, since, until, concealed_as
    FROM involvements
    WHERE source = %(source)s AND reference = ANY(CAST(%(references)s AS text[]))
    ORDER BY id FOR UPDATE
"""

_TOLD = """
    CAST(%(references)s AS text[]), CAST(%(organisations)s AS text[]), CAST(%(workers)s AS text[]),
    CAST(%(roles)s AS text[]), CAST(%(sinces)s AS date[]), CAST(%(untils)s AS date[]), CAST(%(concealed)s AS text[])
"""
_COLUMNS = "reference, organisation, worker, role, since, until, concealed_as"

MAKE = f"""
    INSERT INTO involvements (id, person_id, {_COLUMNS}, lead, source, told_at, version, created_at, updated_at)
    SELECT t.id, person_id, {_COLUMNS}, false, CAST(%(source)s AS text), %(told_at)s, 1, %(now)s, %(now)s
    FROM unnest(CAST(%(ids)s AS uuid[]), CAST(%(persons)s AS uuid[]), {_TOLD}) AS t (id, person_id, {_COLUMNS})
    RETURNING id, person_id, reference
"""  # noqa: S608 - made of our own column names, no caller's text

CHANGE = f"""
    UPDATE involvements i SET organisation = t.organisation, worker = t.worker, role = t.role, since = t.since,
        until = t.until, concealed_as = t.concealed_as, told_at = %(told_at)s, version = version + 1,
        updated_at = %(now)s, lead = false
    FROM unnest(CAST(%(ids)s AS uuid[]), {_TOLD}) AS t (id, {_COLUMNS})
    WHERE i.id = t.id
"""  # noqa: S608 - made of our own column names, no caller's text

CONFIRM = "UPDATE involvements SET told_at = %(told_at)s WHERE id = ANY(CAST(%(ids)s AS uuid[]))"

RESULTS = """
    INSERT INTO upload_rows (upload_id, system, number, line, outcome, faults, reference_key)
    SELECT %(upload_id)s, CAST(%(system)s AS text), t.number, t.line, t.outcome, t.faults::jsonb, t.key
    FROM unnest(CAST(%(numbers)s AS integer[]), CAST(%(lines)s AS integer[]), CAST(%(outcomes)s AS text[]),
        CAST(%(faults)s AS text[]), CAST(%(keys)s AS bytea[])) AS t (number, line, outcome, faults, key)
"""

NO_LONGER_HELD = """
    DELETE FROM held_rows WHERE system = %(system)s AND decision IS NULL
        AND reference = ANY(CAST(%(references)s AS text[]))
"""

DECIDED = """
    SELECT reference, told_key, decision, because, person_id FROM held_rows
    WHERE system = %(system)s AND decision IS NOT NULL AND reference = ANY(CAST(%(references)s AS text[]))
"""

# Sent again, a row that waits goes on waiting; what was decided about other words is asked anew.
HOLD = """
    INSERT INTO held_rows (id, system, reference, because, told, told_key, involvement, told_at, held_at)
    SELECT t.id, CAST(%(system)s AS text), t.reference, t.because, t.told::jsonb, t.key, t.involvement::jsonb,
        %(told_at)s, %(now)s
    FROM unnest(CAST(%(ids)s AS uuid[]), CAST(%(references)s AS text[]), CAST(%(becauses)s AS text[]),
        CAST(%(tolds)s AS text[]), CAST(%(keys)s AS bytea[]), CAST(%(involvements)s AS text[]))
        AS t (id, reference, because, told, key, involvement)
    ON CONFLICT (system, reference) DO UPDATE SET because = excluded.because, told = excluded.told,
        told_key = excluded.told_key, involvement = excluded.involvement, told_at = excluded.told_at,
        decision = NULL, decided_at = NULL, decided_by = NULL, person_id = NULL,
        settled_at = NULL
    WHERE held_rows.told_at <= excluded.told_at
        AND (held_rows.decision IS NULL OR held_rows.told_key <> excluded.told_key)
"""
