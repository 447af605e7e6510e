"""What may happen to a pre-assessment checklist, and learning that an assessment exists (IN-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.errors import invalid
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work
from intake.people.access import worker_and_teams
from intake.people.model import Person
from intake.prelude.form import Form, find
from intake.prelude.model import AssessmentTold, Checklist
from intake.referrals import receiving as referrals


def record(
    work: Work,
    *,
    person_id: UUID,
    form: str,
    form_version: int | None,
    answers: Sequence[dict[str, Any]],
    agreement: dict[str, Any],
    present: Sequence[str],
) -> Checklist:
    """Record a checklist filled with a person who agreed to it, and what it advises (IN-12).

    Who fills it, and their teams, keep it. Raises NotFound or AccessDenied for a person whom the caller cannot see,
    InvalidInput for a form or a question that there is not, or an agreement in the future.
    """
    person = work.load(Person, person_id)
    version = find(form, form_version)
    if version is None:
        raise invalid("/form", "choice", "There is no such checklist in that version.")
    agreed_at: datetime = agreement["at"] or work.now
    if agreed_at > work.now:
        raise invalid("/agreement/at", "past", "Must not be in the future.")
    version.check(list(answers))
    checklist = Checklist(
        id=new_id(),
        person_id=person.id,
        form=version.form,
        form_version=version.form_version,
        content=version.as_told(),
        agreed_by=agreement["by"],
        agreed_how=agreement["how"],
        agreed_at=agreed_at,
        present=list(dict.fromkeys(present)),
        filled_by=work.actor.subject,
        filled_at=work.now,
    )
    _answer(checklist, version, answers)
    work.grants.give_each(
        grantees=worker_and_teams(work),
        record=("checklist", checklist.id),
        categories=["referral"],
        basis="team",
        may_write=True,
    )
    return work.add(checklist)


def amend(work: Work, *, checklist_id: UUID, answers: Sequence[dict[str, Any]]) -> Checklist:
    """Replace or add answers until it is on record what follows; the advice follows them (IN-12).

    Raises ConcludedAlready, StaleVersion, InvalidInput.
    """
    checklist = work.load(Checklist, checklist_id, for_update=True)
    checklist.must_be_open()
    version = find(checklist.form, checklist.form_version)
    if version is None:
        raise invalid("/form", "choice", "This version of the checklist is no longer filled.")
    version.check(list(answers))
    given = {each["question"] for each in answers}
    _answer(
        checklist, version, [*(each for each in checklist.answers if each["question"] not in given), *answers]
    )
    return checklist


def conclude(
    work: Work, *, checklist_id: UUID, conclusion: str, reason: str, referral: dict[str, Any] | None
) -> Checklist:
    """Put on record what follows from the checklist, and why; a referral is received in the same step (IN-12).

    Raises ConcludedAlready, InvalidInput for an unknown program.
    """
    checklist = work.load(Checklist, checklist_id, for_update=True)
    checklist.must_be_open()
    received = (
        referrals.receive(work, person_id=checklist.person_id, person=None, reason=reason, **referral)
        if referral is not None
        else None
    )
    checklist.conclude(
        conclusion,
        reason=reason,
        by=work.actor.subject,
        at=work.now,
        referral_id=None if received is None else received.id,
    )
    return checklist


def assessment_recorded(work: Work, *, event: Received) -> None:
    """Cases tell that an assessment exists: its form, and which questions were answered; no answer (rule 4)."""
    told = event.data
    row = {
        "id": UUID(told["assessment_id"]),
        "person_id": UUID(told["person_id"]),
        "form": told["form"],
        "form_version": told["form_version"],
        "answered": told.get("answered"),
        "author": told["author"],
        "organisation": told["organisation"],
        "recorded_at": event.time,
    }
    work.session.execute(insert(AssessmentTold).values(**row).on_conflict_do_nothing())


def _answer(checklist: Checklist, form: Form, answers: Sequence[dict[str, Any]]) -> None:
    given = {each["question"]: each for each in answers}
    checklist.answers = [given[each.code] for each in form.questions if each.code in given]
    advice = form.advice(checklist.answers)
    checklist.advisable, checklist.areas = advice.advisable, list(advice.areas)
    checklist.areas_unknown = list(advice.unknown)
