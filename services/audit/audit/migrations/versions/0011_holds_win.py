"""A hold that stands always wins over an erasure that runs, and reaches linked records (AU-8, IN-8)."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

HELD = """
    CREATE FUNCTION icm_held_persons() RETURNS uuid[] LANGUAGE sql STABLE SET search_path = public, pg_temp AS $held$
        WITH standing AS (
            SELECT h.record_id FROM holds h
            WHERE h.kind = 'person' AND NOT EXISTS (SELECT 1 FROM hold_releases r WHERE r.hold_id = h.id)
        )
        SELECT coalesce(array_agg(held.person_id), '{}') FROM (
            SELECT record_id AS person_id FROM standing
            UNION
            SELECT theirs.person_id FROM standing
            JOIN same_persons mine ON mine.person_id = standing.record_id
            JOIN same_persons theirs ON theirs.main_id = mine.main_id AND theirs.revision = mine.revision
        ) held
    $held$;
    CREATE FUNCTION icm_held_cases() RETURNS uuid[] LANGUAGE sql STABLE SET search_path = public, pg_temp AS $held$
        SELECT coalesce(array_agg(DISTINCT h.record_id), '{}') FROM holds h
        WHERE h.kind = 'case' AND NOT EXISTS (SELECT 1 FROM hold_releases r WHERE r.hold_id = h.id)
    $held$;
    REVOKE ALL ON FUNCTION icm_held_persons(), icm_held_cases() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION icm_held_persons(), icm_held_cases() TO audit_door, audit_lane
"""
# Whoever places a hold or learns of a link writes to one of the locked tables: an erasure waits for those who are at
# it, and they wait for the erasure. The deletion then sees everything that was acknowledged before it.
ERASE = """
    CREATE OR REPLACE FUNCTION icm_erase_ordered(ordered bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $erase$
    DECLARE
        stretches jsonb;
        erased bigint;
    BEGIN
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'an erasure must see what was committed a moment ago';
        END IF;
        SELECT CAST(words AS jsonb) -> 'erases' INTO stretches FROM entries
        WHERE position = ordered AND service = 'audit' AND outcome = 'permitted'
          AND position < (SELECT coalesce(max(size), 0) FROM checkpoints);
        IF stretches IS NULL THEN
            RAISE EXCEPTION 'no sealed entry at % orders an erasure', ordered;
        END IF;
        LOCK TABLE holds, same_persons IN SHARE MODE;
        DELETE FROM entries e USING jsonb_array_elements(stretches) AS s (stretch)
        WHERE e.position BETWEEN CAST(s.stretch ->> 0 AS bigint) AND CAST(s.stretch ->> 1 AS bigint)
          AND e.position < ordered
          AND NOT jsonb_exists(CAST(e.words AS jsonb), 'erases')
          AND NOT e.persons && (SELECT icm_held_persons())
          AND NOT e.cases && (SELECT icm_held_cases());
        GET DIAGNOSTICS erased = ROW_COUNT;
        RETURN erased;
    END
    $erase$
"""


def upgrade() -> None:
    op.execute(HELD)
    op.execute(ERASE)


def downgrade() -> None:
    raise NotImplementedError("a hold must go on winning: the release before works with these functions")
