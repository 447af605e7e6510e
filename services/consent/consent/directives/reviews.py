"""Looking at a consent again: on its day, and when the reason for which somebody else decided is gone (CO-1, CO-3)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.clocks import house_calendar, working_days
from chassis.errors import invalid
from chassis.work import Work
from consent.directives.actions import REVIEW, ConsentNotLive, look_again_on
from consent.directives.model import Consent
from consent.directives.standing import tell

CONFIRMATION = "confirmation"
TO_CONFIRM = working_days(10)
BATCH = 200

# Live consents that are no longer what they were when given, each once for each thing that happened: the person can
# decide again what somebody decided in their place; the person could not, as it was found later, when they gave;
# whoever decided has no authority any more, or the day has come from which the person decides alone. What was found
# counts for every record of the person (IN-8).
_TO_CONFIRM = text(
    """
    WITH found AS (
        SELECT a.person_id, a.outcome, a.assessed_at, a.id FROM capacity_assessments a
        UNION
        SELECT mine.person_id, a.outcome, a.assessed_at, a.id FROM same_persons mine
        JOIN same_persons theirs ON theirs.main_id = mine.main_id AND theirs.revision = mine.revision
        JOIN capacity_assessments a ON a.person_id = theirs.person_id
    ), latest AS (
        SELECT DISTINCT ON (person_id) person_id, outcome, assessed_at FROM found
        ORDER BY person_id, assessed_at DESC, id DESC
    ), live AS (
        SELECT * FROM consents WHERE state = 'given'
    ), happened AS (
        SELECT c.id, f.assessed_at AS since FROM live c JOIN latest f ON f.person_id = c.person_id
        WHERE c.given_capacity <> 'person' AND f.outcome = 'able' AND c.recorded_at < f.assessed_at
        UNION ALL
        SELECT c.id, f.assessed_at FROM live c JOIN found f ON f.person_id = c.person_id
        WHERE c.given_capacity = 'person' AND f.outcome = 'not_able' AND f.assessed_at < c.recorded_at
            AND NOT EXISTS (
                SELECT 1 FROM found later
                WHERE later.person_id = f.person_id AND later.assessed_at <= c.recorded_at
                    AND (later.assessed_at, later.id) > (f.assessed_at, f.id)
            )
        UNION ALL
        SELECT c.id, r.ended_at FROM live c
        JOIN authority_standings r ON r.representative_id = c.given_representative_id
        WHERE r.ended_at IS NOT NULL
        UNION ALL
        SELECT c.id, CAST(c.given_until + 1 AS timestamp) AT TIME ZONE :zone FROM live c
        WHERE c.given_until < :today
    )
    SELECT h.id FROM happened h
    WHERE NOT EXISTS (
        SELECT 1 FROM clocks k WHERE k.subject_id = h.id AND k.kind = 'confirmation'
            AND (k.started_at >= h.since OR (k.met_at IS NULL AND k.cancelled_at IS NULL))
    )
    GROUP BY h.id ORDER BY h.id LIMIT :batch
    """
)


def review(work: Work, *, id: UUID, said: str, review_on: date | None) -> Consent:
    """Note that the consent was looked at again with who decided, and stands (CO-1).

    What is owed is met with it; who wants it otherwise takes it back. A parent's or carer's is looked at again with the
    child in a year, or when the child decides alone, if no other day is named (CO-3).

    Raises ConsentNotLive, InvalidInput for a day that is not to come.
    """
    consent = work.load(Consent, id, for_update=True)
    if not consent.is_live:
        raise ConsentNotLive
    if review_on is not None and house_calendar().end_of(review_on) <= work.now:
        raise invalid("/review_on", "range", "Must be a day to come.")
    review_on = review_on or look_again_on(work, consent)
    consent.confirm(at=work.now, by=work.actor.subject, said=said, next_review_on=review_on)
    for clock in work.clocks.of(consent):
        if clock.is_open and clock.kind in (REVIEW, CONFIRMATION):
            work.clocks.meet(clock.kind, consent)
    if review_on is not None:
        due = house_calendar().end_of(review_on)
        work.clocks.start(REVIEW, consent, person=consent.person_id, due=due)
    tell(work, [consent])
    return consent


def owe_confirmation(work: Work) -> int:
    """Start the clock of consents that are to be confirmed, at most a batch; how many. A timer calls this (CO-3).

    They go on meanwhile: to end them at once would take help away from a person who has said nothing against it.
    """
    calendar = house_calendar()
    given = {"zone": str(calendar.zone), "today": calendar.day_of(work.now), "batch": BATCH}
    found = work.session.scalars(_TO_CONFIRM, given).all()
    for consent_id in found:
        consent = work.session.get_one(Consent, consent_id)
        work.clocks.start(CONFIRMATION, consent, within=TO_CONFIRM, person=consent.person_id)
    return len(found)
