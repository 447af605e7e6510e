"""What may happen to the question whether a person can decide (CO-3)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis import same_person
from chassis.clocks import house_calendar, working_days
from chassis.errors import AccessDenied, RuleBroken, invalid
from chassis.ids import new_id
from chassis.work import Work
from consent.capacity.model import (
    ABLE,
    DOUBTFUL,
    NOT_ABLE,
    CapacityAssessment,
    CapacityFinding,
    CapacityStanding,
)
from consent.people.actions import register

FULL_ASSESSMENT = "full_capability_assessment"
REVIEW = "capacity_review"
TO_CONSIDER_FULL = working_days(10)


class CannotDecideAtPresent(RuleBroken):
    """The latest assessment found that the person cannot decide; a representative may, or assess again."""

    code = "cannot_decide_at_present"
    title = "The latest assessment found that the person cannot decide at present"


class DecidesForThemselves(RuleBroken):
    """Nobody decides in the place of a person who was found able to."""

    code = "decides_for_themselves"
    title = "The latest assessment found that the person decides for themselves"


def assess(
    work: Work,
    *,
    person_id: UUID,
    kind: str,
    outcome: str | None,
    findings: list[dict[str, str]],
    assessed_at: datetime | None,
    assessed_by: str | None,
    review_on: date | None,
) -> CapacityAssessment:
    """Record what was found on the three domains; doubt starts the clock for a full assessment (CO-3).

    The outcome of a screen follows from its findings, the weakest one counts; a full assessment states it. What an
    assessor finds counts from the day of assessing: one recorded late does not undo a later one. Raises NotFound,
    AccessDenied for a sign-in outside every organisation, InvalidInput for times to come.
    """
    if work.actor.organisation is None:
        raise AccessDenied
    register.expect(work, [person_id])
    if assessed_at is not None and assessed_at > work.now:
        raise invalid("/assessed_at", "past", "Must not be in the future.")
    if review_on is not None and house_calendar().end_of(review_on) <= work.now:
        raise invalid("/review_on", "range", "Must be a day to come.")
    assessment = CapacityAssessment(
        id=new_id(),
        person_id=person_id,
        kind=kind,
        outcome=outcome or _weakest(findings),
        assessed_at=assessed_at or work.now,
        assessed_by=assessed_by or work.actor.subject,
        recorded_by=work.actor.subject,
        organisation=work.actor.organisation,
        review_on=review_on,
        findings=[CapacityFinding(place=place, **finding) for place, finding in enumerate(findings)],
    )
    _open_to_recorder(work, assessment)
    work.add(assessment)
    _stands(work, assessment)
    _start_clocks(work, assessment)
    return assessment


def expect_can_decide(work: Work, *, person_id: UUID) -> None:
    """Raise CannotDecideAtPresent when the latest assessment says so; doubt is no reason to refuse anybody's word."""
    if standing_of(work, person_id) == NOT_ABLE:
        raise CannotDecideAtPresent


def expect_needs_substitute(work: Work, *, person_id: UUID) -> None:
    """Raise DecidesForThemselves when the latest assessment found the person able."""
    if standing_of(work, person_id) == ABLE:
        raise DecidesForThemselves


def standing_of(work: Work, person_id: UUID) -> str | None:
    """`able`, `doubtful` or `not_able` by the latest assessment, on linked records too; None when nobody assessed."""
    records = same_person.members(work.session, person_id)
    return work.session.scalar(
        select(CapacityStanding.outcome)
        .where(CapacityStanding.person_id.in_(records))
        .order_by(CapacityStanding.assessed_at.desc())
        .limit(1)
    )


def _weakest(findings: list[dict[str, str]]) -> str:
    found = {finding["finding"] for finding in findings}
    return NOT_ABLE if NOT_ABLE in found else DOUBTFUL if DOUBTFUL in found else ABLE


def _stands(work: Work, assessment: CapacityAssessment) -> None:
    told = {
        "assessment_id": assessment.id,
        "outcome": assessment.outcome,
        "assessed_at": assessment.assessed_at,
    }
    latest = insert(CapacityStanding).values(person_id=assessment.person_id, **told)
    work.session.execute(
        latest.on_conflict_do_update(
            index_elements=["person_id"],
            set_=told,
            where=CapacityStanding.assessed_at <= assessment.assessed_at,
        )
    )


def _start_clocks(work: Work, assessment: CapacityAssessment) -> None:
    if assessment.full_assessment_owed:
        work.clocks.start(FULL_ASSESSMENT, assessment, within=TO_CONSIDER_FULL, person=assessment.person_id)
    if assessment.review_on is not None:
        due = house_calendar().end_of(assessment.review_on)
        work.clocks.start(REVIEW, assessment, due=due, person=assessment.person_id)


def _open_to_recorder(work: Work, assessment: CapacityAssessment) -> None:
    reaches = assessment.person_id in work.grants.restricted_among([assessment.person_id])
    work.grants.give(
        grantee=f"worker:{work.actor.subject}",
        record=("capacity_assessment", assessment.id),
        categories=["consent"],
        basis="team",
        may_write=True,
        reaches_restricted=reaches,
        reference=assessment.id,
    )
