"""Looking at a consent again: on its day, and when the reason for which somebody else decided is gone (CO-1, CO-3)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.clocks import house_calendar, working_days
from chassis.errors import invalid
from chassis.work import Work
from consent.directives.actions import REVIEW, ConsentNotLive
from consent.directives.model import Consent

CONFIRMATION = "confirmation"
TO_CONFIRM = working_days(10)
BATCH = 200

# Live consents that are no longer what they were when given, each once for each thing that happened: the person can
# decide again what somebody decided in their place; the person could not, as it was found, when they gave; whoever
# decided has no authority any more, or the day has come from which the person decides alone.
_TO_CONFIRM = text(
    """
    SELECT c.id FROM consents c
    CROSS JOIN LATERAL (
        SELECT s.assessed_at AS since FROM capacity_standings s
        WHERE s.person_id = c.person_id AND c.given_capacity <> 'person' AND s.outcome = 'able'
            AND c.recorded_at < s.assessed_at
        UNION ALL
        SELECT s.assessed_at FROM capacity_standings s
        WHERE s.person_id = c.person_id AND c.given_capacity = 'person' AND s.outcome = 'not_able'
            AND s.assessed_at <= c.recorded_at
        UNION ALL
        SELECT r.ended_at FROM authority_standings r
        WHERE r.representative_id = c.given_representative_id AND r.ended_at IS NOT NULL
        UNION ALL
        SELECT CAST(c.given_until + 1 AS timestamp) AT TIME ZONE :zone WHERE c.given_until < :today
    ) happened
    WHERE c.state = 'given' AND happened.since IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM clocks k WHERE k.subject_id = c.id AND k.kind = 'confirmation'
                AND (k.started_at >= happened.since OR (k.met_at IS NULL AND k.cancelled_at IS NULL))
        )
    GROUP BY c.id ORDER BY c.id LIMIT :batch
    """
)


def review(work: Work, *, id: UUID, said: str, review_on: date | None) -> Consent:
    """Note that the consent was looked at again with who decided, and stands (CO-1).

    What is owed is met with it; who wants it otherwise takes it back. Raises ConsentNotLive, InvalidInput for a day
    that is not to come.
    """
    consent = work.load(Consent, id, for_update=True)
    if not consent.is_live:
        raise ConsentNotLive
    if review_on is not None and house_calendar().end_of(review_on) <= work.now:
        raise invalid("/review_on", "range", "Must be a day to come.")
    consent.confirm(at=work.now, by=work.actor.subject, said=said, next_review_on=review_on)
    for clock in work.clocks.of(consent):
        if clock.is_open and clock.kind in (REVIEW, CONFIRMATION):
            work.clocks.meet(clock.kind, consent)
    if review_on is not None:
        due = house_calendar().end_of(review_on)
        work.clocks.start(REVIEW, consent, person=consent.person_id, due=due)
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
