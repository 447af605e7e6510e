"""An assessment that exists supports a referral, as long as the person consents: which answers it may tell (IN-12).

Nothing of an assessment is known here but its form, its version, and which questions were answered. A screener who was
consented to learns where to look and whom to ask, and the rest is concealed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from chassis import same_person
from chassis.access.model import CONSENT
from chassis.errors import Conflict, ConsentNotCurrent, NotFound, RuleBroken
from chassis.work import HEARD_AGAIN_S, Work
from intake.directory.model import Agency, Practitioner
from intake.people.days import today
from intake.prelude.model import OF_AN_ASSESSMENT, AssessmentTold, Attachment
from intake.programs.catalogue import find_program
from intake.programs.criteria import Criteria, Informing
from intake.referrals.model import Referral


class ConsentMissing(RuleBroken):
    """An assessment is shown to whom the person agreed to, for as long as they agree (CO-1)."""

    status = 403
    code = "consent_missing"
    title = "No live consent of the person lets you use this assessment"


@dataclass(frozen=True)
class Informs:
    """A question of the assessment that may tell a fact or a criterion of the screening.

    `answered` is None when it was not answered yet as the assessment was begun: it may have been since.
    """

    fact: str | None
    criterion: str | None
    question: str
    category: str
    answered: bool | None


@dataclass(frozen=True)
class Supporting:
    """An assessment that the caller may know of, whom to ask about it, and what it may tell."""

    assessment: AssessmentTold
    attachment: Attachment | None
    practitioner: Practitioner | None
    agency: Agency | None
    informs: tuple[Informs, ...]


@dataclass(frozen=True)
class Support:
    """The assessments that support a referral, and those that could."""

    referral_id: UUID
    attached: tuple[Supporting, ...]
    available: tuple[Supporting, ...]


def attach(work: Work, *, referral_id: UUID, assessment_id: UUID) -> Support:
    """Let an assessment support a referral, under the person's live consent to the caller (IN-12).

    Raises ReferralClosed, ConsentMissing, ConsentNotCurrent, NotFound for an assessment of somebody else or
    none, Conflict when it is attached already.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    referral.must_be_open()
    expect_consent_to_be_known(work, referral)
    consents = _consents(work, referral)
    if not consents:
        raise ConsentMissing
    told = next((each for each in _told(work, consents) if each.id == assessment_id), None)
    if told is None:
        raise NotFound
    if any(each.assessment_id == assessment_id for each in _attached(work, referral)):
        raise Conflict("The assessment is attached already.")
    work.add(
        Attachment(
            referral_id=referral.id,
            person_id=referral.person_id,
            assessment_id=told.id,
            consent_id=_reference(work, told.person_id),
            attached_by=work.actor.subject,
            attached_at=work.now,
        )
    )
    return support(work, referral)


def detach(work: Work, *, referral_id: UUID, assessment_id: UUID) -> Support:
    """The assessment no longer supports the referral; that it did stays on record.

    Raises NotFound, ConsentNotCurrent.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    expect_consent_to_be_known(work, referral)
    attachment = next(
        (each for each in _attached(work, referral) if each.assessment_id == assessment_id), None
    )
    if attachment is None or assessment_id not in opened(work, referral):
        raise NotFound
    attachment.detached_at, attachment.detached_by = work.now, work.actor.subject
    work.session.flush()
    return support(work, referral)


def read(work: Work, *, referral_id: UUID) -> Support:
    """The assessments that the caller may know of for this referral, attached and not (IN-12).

    Raises ConsentNotCurrent: that there is none is not said while nobody knows.
    """
    referral = work.load(Referral, referral_id)
    expect_consent_to_be_known(work, referral)
    return support(work, referral)


def expect_consent_to_be_known(work: Work, referral: Referral) -> None:
    """Raise ConsentNotCurrent when the caller was consented to and nobody knows whether that still stands (CO-8).

    Who was not consented to is told what they always are.
    """
    if work.consent_current:
        return
    with work.as_if_consent_were_current():
        waits = bool(_consents(work, referral))
    if waits:
        raise ConsentNotCurrent(retry_after=HEARD_AGAIN_S)


def support(work: Work, referral: Referral) -> Support:
    """What supports the referral, as far as consent lets the caller know."""
    consents = _consents(work, referral)
    if not consents:
        return Support(referral.id, (), ())
    program = find_program(work, referral.program)
    criteria = None if program is None else program.on(today(work))
    attached = {each.assessment_id: each for each in _attached(work, referral)}
    shown = list(_supporting(work, consents, attached=attached, criteria=criteria))
    return Support(
        referral_id=referral.id,
        attached=tuple(each for each in shown if each.attachment is not None),
        available=tuple(each for each in shown if each.attachment is None),
    )


def opened(work: Work, referral: Referral) -> frozenset[UUID]:
    """The assessments of the person that consent lets the caller know of at this moment."""
    consents = _consents(work, referral)
    return frozenset(each.id for each in _told(work, consents)) if consents else frozenset()


def may_tell(work: Work, referral: Referral) -> dict[UUID, frozenset[str]]:
    """For each attached assessment that the caller may know of, the facts and criteria that it may tell."""
    return {
        each.assessment.id: frozenset(
            code for one in each.informs for code in (one.fact, one.criterion) if code is not None
        )
        for each in support(work, referral).attached
    }


def _consents(work: Work, referral: Referral) -> dict[UUID, frozenset[str]]:
    """For each record of the person, the categories that live consents open to the caller; none, no entry."""
    persons = sorted(same_person.members(work.session, referral.person_id))
    reaches, restricted = work.grants.reaching([("person", person) for person in persons])
    found: dict[UUID, frozenset[str]] = {}
    for reach in reaches:
        if reach.basis != CONSENT or reach.record_id is None:
            continue
        if reach.record_id in restricted and not reach.reaches_restricted:
            continue
        opens = reach.categories & set(OF_AN_ASSESSMENT)
        if opens:
            found[reach.record_id] = found.get(reach.record_id, frozenset()) | opens
    return found


def _reference(work: Work, person_id: UUID) -> UUID | None:
    live = work.grants.live(record=("person", person_id), basis=CONSENT)
    mine = (grant for grant in live if grant.grantee in work.actor.grantees)
    return next((grant.reference for grant in mine if set(grant.categories) & set(OF_AN_ASSESSMENT)), None)


def _told(work: Work, persons: Collection[UUID]) -> list[AssessmentTold]:
    wanted = work.visible(AssessmentTold).where(AssessmentTold.person_id.in_(persons))
    return list(work.session.scalars(wanted.order_by(AssessmentTold.recorded_at, AssessmentTold.id)))


def _attached(work: Work, referral: Referral) -> list[Attachment]:
    wanted = work.visible(Attachment).where(
        Attachment.referral_id == referral.id, Attachment.detached_at.is_(None)
    )
    return list(work.session.scalars(wanted.order_by(Attachment.id)))


def _supporting(
    work: Work,
    consents: dict[UUID, frozenset[str]],
    *,
    attached: dict[UUID, Attachment],
    criteria: Criteria | None,
) -> Iterator[Supporting]:
    for told in _told(work, consents):
        by_worker = select(Practitioner).where(Practitioner.worker == told.author)
        by_code = select(Agency).where(Agency.organisation == told.organisation)
        yield Supporting(
            assessment=told,
            attachment=attached.get(told.id),
            practitioner=work.session.scalars(by_worker).one_or_none(),
            agency=work.session.scalars(by_code).one_or_none(),
            informs=tuple(_informs(told, criteria, within=consents[told.person_id])) if criteria else (),
        )


def _informs(told: AssessmentTold, criteria: Criteria, *, within: frozenset[str]) -> Iterator[Informs]:
    for fact in criteria.facts:
        for informing in fact.informed_by:
            if informing.is_in(told.form, told.form_version) and informing.category in within:
                yield _informing(told, informing, fact=fact.code)
    for criterion in criteria.criteria:
        for informing in criterion.informed_by:
            if informing.is_in(told.form, told.form_version) and informing.category in within:
                yield _informing(told, informing, criterion=criterion.code)


def _informing(
    told: AssessmentTold, informing: Informing, *, fact: str | None = None, criterion: str | None = None
) -> Informs:
    return Informs(
        fact=fact,
        criterion=criterion,
        question=informing.question,
        category=informing.category,
        answered=True if informing.question in (told.answered or ()) else None,
    )
