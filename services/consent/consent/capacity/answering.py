"""Which assessments answer what an earlier one owes: a review, a full assessment (CO-3, IN-8)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text

from chassis import same_person
from chassis.work import Work

BATCH = 200

# The clocks of assessments, and for each the first assessment since that answers it, on any record of the person.
_OF_ASSESSMENTS = """
    WITH clock AS (
        SELECT k.id, k.kind, k.met_at, a.id AS assessment_id, a.person_id, a.assessed_at
        FROM clocks k JOIN capacity_assessments a ON a.id = k.subject_id WHERE k.cancelled_at IS NULL AND {these}
    ), record AS (
        SELECT id, person_id AS record_id FROM clock
        UNION
        SELECT clock.id, theirs.person_id FROM clock
        JOIN same_persons mine ON mine.person_id = clock.person_id
        JOIN same_persons theirs ON theirs.main_id = mine.main_id AND theirs.revision = mine.revision
    ), answer AS (
        SELECT clock.id, min(later.assessed_at) AS answered_at FROM clock JOIN record USING (id)
        JOIN capacity_assessments later ON later.person_id = record.record_id
            AND (later.assessed_at, later.id) > (clock.assessed_at, clock.assessment_id)
            AND (clock.kind = 'capacity_review' OR later.kind <> 'screen' OR later.outcome = 'able')
        GROUP BY clock.id
    )
"""
_ANSWERS = text(
    _OF_ASSESSMENTS.format(these="a.person_id = ANY(:persons)")  # noqa: S608 - words of this module
    + "SELECT assessment_id, kind, met_at, answered_at FROM clock LEFT JOIN answer USING (id) ORDER BY id"
)
_WITH_ANSWERED = text(
    _OF_ASSESSMENTS.format(these="k.met_at IS NULL")  # noqa: S608 - words of this module
    + "SELECT DISTINCT person_id FROM clock JOIN answer USING (id) ORDER BY person_id LIMIT :batch"
)


def meet_answered(work: Work) -> int:
    """Meet the clocks of assessments that a later one answers, of at most a batch of records; how many.

    A review is answered by any later assessment, an owed full assessment by a full one or by finding the person able,
    on a linked record too (IN-8). A timer calls this, because who records need not see what others recorded before.
    """
    return settle(work, persons=work.session.scalars(_WITH_ANSWERED, {"batch": BATCH}).all())


def settle(work: Work, *, persons: Collection[UUID]) -> int:
    """Let the clocks of these records say what the assessments of each person say at present; how many changed.

    So a link told late counts from the day of assessing, and when records are parted a clock that only the other
    record's assessment had met runs on, due as before (IN-8). A breach that was announced meanwhile stays.
    """
    if not persons:
        return 0
    same_person.hold(work.session, persons)
    changed = 0
    for assessment_id, kind, met_at, answered_at in work.session.execute(
        _ANSWERS, {"persons": list(persons)}
    ):
        if met_at == answered_at:
            continue
        if met_at is not None:
            work.clocks.reopen(kind, assessment_id)
        if answered_at is not None:
            work.clocks.meet(kind, assessment_id, at=answered_at)
        changed += 1
    return changed
