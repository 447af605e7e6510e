"""What may happen to an assessment: draft, amend, sign off, under the person's consent (CA-4, CO-1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cases import events
from cases.assessments import form as forms
from cases.assessments.form import Form
from cases.assessments.model import Assessment, AssessmentOnFile
from cases.assessments.queries import of_its_case
from cases.casefile.model import Case
from cases.errors import ConsentMissing, OrganisationMissing
from chassis import consented
from chassis.access import Grant
from chassis.errors import ConsentNotCurrent, FieldError, NotFound, invalid
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import HEARD_AGAIN_S, Work

ASSESSMENT = "assessment"


def record(
    work: Work,
    *,
    case_id: UUID,
    person_id: UUID,
    consent_id: UUID,
    form: str,
    form_version: int | None,
    answers: Sequence[dict[str, Any]],
    supervisor: str | None,
) -> Assessment:
    """Begin an assessment as a draft (CA-4).

    The author reaches the record itself as long as the consent lives, and the supervisor, when one is named,
    to sign it off. The rest of the team learns that it exists and whom to ask.

    Raises ConsentMissing unless the person's live consent of that id lets the actor assess and covers the
    category of every answer; ConsentNotCurrent while nobody knows whether it does;
    CaseClosed; InvalidInput for a person who is no member or an answer that does
    not fit the form.
    """
    case = work.load(Case, case_id, for_update=True)
    case.must_be_open()
    if work.actor.organisation is None:
        raise OrganisationMissing
    if person_id not in case.persons_in_sight:
        raise invalid("/person_id", "member", "Must be a member of the case.")
    version = _form_named(form, form_version)
    version.check(answers)
    consent = _consent_to(work, version, answers, person_id=person_id, consent_id=consent_id)

    assessment = Assessment(
        id=new_id(),
        case_id=case.id,
        person_id=person_id,
        consent_id=consent_id,
        form=version.form,
        form_version=version.form_version,
        categories=[],
        author=work.actor.subject,
        organisation=work.actor.organisation,
        supervisor=supervisor,
        recorded_at=work.now,
        answers=[],
    )
    _let_reach(work, assessment, within=consent.categories, until=consent.valid_until)
    _answer(assessment, version, answers)
    work.add(assessment)
    case.assessments.append(
        AssessmentOnFile(
            id=assessment.id,
            person_id=person_id,
            form=assessment.form,
            form_version=assessment.form_version,
            author=assessment.author,
            organisation=assessment.organisation,
            recorded_at=assessment.recorded_at,
        )
    )
    work.emit(events.assessment_recorded(assessment))
    return assessment


def amend(work: Work, *, assessment_id: UUID, answers: Sequence[dict[str, Any]]) -> Assessment:
    """Replace or add answers of a draft; the form version stays as it was (CA-4).

    Raises AssessmentSignedOff, ConsentMissing, ConsentNotCurrent, InvalidInput.
    """
    assessment = of_its_case(work, work.load(Assessment, assessment_id, for_update=True))
    assessment.must_be_draft()
    version = forms.find(assessment.form, assessment.form_version)
    version.check(answers)
    _consent_to(work, version, answers, person_id=assessment.person_id, consent_id=assessment.consent_id)
    _answer(assessment, version, answers)
    assessment.amendments += 1
    return assessment


def sign_off(work: Work, *, assessment_id: UUID) -> Assessment:
    """Finish the assessment; no answer changes after this (CA-4). Raises AssessmentSignedOff."""
    assessment = of_its_case(work, work.load(Assessment, assessment_id, for_update=True))
    assessment.sign_off(by=work.actor.subject, at=work.now)
    return assessment


def consent_given(work: Work, *, event: Received) -> None:
    """Open the person's record as the consent says, and assessments made under it to their authors (CO-1).

    For an assessment that exists, the consent is told again: a part of it was withdrawn, and this is what stays. A word
    that was overtaken, or of which the time is over, opens no assessment either.
    """
    if consented.given(work, event=event) is None:
        return
    consent_id, until = UUID(event.data["consent_id"]), event.data["valid_until"]
    for assessment in work.session.scalars(select(Assessment).where(Assessment.consent_id == consent_id)):
        work.grants.end(reference=consent_id, record=("assessment", assessment.id))
        _let_reach(
            work,
            assessment,
            within=event.data["categories"],
            until=datetime.fromisoformat(until) if until else None,
        )


def consent_ended(work: Work, *, event: Received) -> None:
    """End everything that followed from a consent, the reach of author and supervisor with it (CO-8)."""
    work.grants.end(reference=UUID(event.data["consent_id"]))


def _form_named(form: str, form_version: int | None) -> Form:
    try:
        return forms.find(form, form_version)
    except NotFound:
        raise invalid("/form", "choice", "There is no such form in that version.") from None


def _consent_to(
    work: Work,
    form: Form,
    answers: Sequence[dict[str, Any]],
    *,
    person_id: UUID,
    consent_id: UUID,
) -> Grant:
    """The consent that permits these answers. ConsentMissing points to each answer that it does not cover.

    ConsentNotCurrent while nobody knows whether it still stands (CO-8).
    """
    consent = next(
        (
            grant
            for grant in work.grants.live(record=("person", person_id), basis="consent")
            if grant.reference == consent_id
            and grant.grantee in work.actor.grantees
            and (not grant.purposes or ASSESSMENT in grant.purposes)
        ),
        None,
    )
    if consent is None:
        raise ConsentMissing
    if not work.consent_current:
        raise ConsentNotCurrent(retry_after=HEARD_AGAIN_S)
    questions = form.questions
    beyond = [
        FieldError(f"/answers/{at}", "consent", "The consent does not cover this kind of information.")
        for at, answer in enumerate(answers)
        if questions[answer["question"]].category not in consent.categories
    ]
    if beyond:
        raise ConsentMissing(errors=beyond)
    return consent


def _let_reach(
    work: Work, assessment: Assessment, *, within: Collection[str], until: datetime | None
) -> None:
    """Open the one record to its author and the supervisor, as far and as long as the consent goes.

    Both rest on the consent, and count while it is known to stand (CO-8).
    """
    form = forms.find(assessment.form, assessment.form_version)
    ways: list[tuple[str | None, list[str]]] = [
        (assessment.author, []),
        (assessment.supervisor, ["oversight"]),
    ]
    for worker, purposes in ways:
        if worker is not None:
            work.grants.give(
                grantee=f"worker:{worker}",
                record=("assessment", assessment.id),
                categories=set(form.categories) & set(within),
                purposes=purposes,
                basis="consent",
                may_write=True,
                valid_until=until,
                reference=assessment.consent_id,
            )


def _answer(assessment: Assessment, form: Form, answers: Sequence[dict[str, Any]]) -> None:
    questions = form.questions
    for answer in answers:
        assessment.answer(questions[answer["question"]], choice=answer["choice"], text=answer["text"])
