"""Following up whom a program is not for, until another service has taken them on (IN-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.work import Work
from intake import events
from intake.follow_up.model import (
    SETTLING,
    Explanation,
    LinkCheck,
    LinksStillOpen,
    NotExplainedYet,
    OnwardLink,
)
from intake.referrals import deadlines
from intake.referrals.actions import to_change, when
from intake.referrals.model import Referral
from intake.referrals.referrers import mark_told
from intake.services_directory.queries import known_service


def explain(
    work: Work,
    *,
    referral_id: UUID,
    told_to: str,
    referrer_id: UUID | None,
    way: str,
    explained_at: datetime | None,
    interpreter: bool,
    words: str,
) -> Referral:
    """The decision was explained, in words or in writing, to the person, their family or a referrer (IN-5).

    Explained to the person or the family it meets the clock; a referrer who waits for it is noted as told. Raises
    FoundNotEligible, ReferralClosed, InvalidInput for a time before the decision or in the future.
    """
    referral = to_change(work, referral_id)
    referral.must_be_followed_up()
    at = when(work, explained_at, field="explained_at", not_before=referral.decided_at)
    work.add(
        Explanation(
            referral_id=referral.id,
            person_id=referral.person_id,
            told_to=told_to,
            way=way,
            explained_at=at,
            explained_by=work.actor.subject,
            interpreter=interpreter,
            words=words,
        )
    )
    if told_to == "referrer":
        mark_told(work, referral, referrer_id=referrer_id, at=at, way=way)
    else:
        deadlines.met(work, "explanation", referral, at=at)
    _end_when_done(work, referral)
    return referral


def link(
    work: Work,
    *,
    referral_id: UUID,
    service_id: UUID | None,
    service: str | None,
    way: str,
    note: str | None,
    linked_at: datetime | None,
) -> Referral:
    """The person was actively linked to a service that suits them; it is followed from now on (IN-5).

    Raises FoundNotEligible, ReferralClosed, InvalidInput for a service that the directory does not have, or a time
    before the decision or in the future.
    """
    referral = to_change(work, referral_id)
    referral.must_be_followed_up()
    at = when(work, linked_at, field="linked_at", not_before=referral.decided_at)
    if service_id is not None:
        known_service(work, service_id)
    made = OnwardLink(
        referral_id=referral.id,
        person_id=referral.person_id,
        service_id=service_id,
        service=service,
        way=way,
        note=note,
        linked_at=at,
        linked_by=work.actor.subject,
    )
    work.add(made)
    deadlines.met(work, "linking", referral, at=at)
    if deadlines.running(work, "follow_up", referral) is None:
        deadlines.start(work, "follow_up", referral, since=at)
    return referral


def check_link(
    work: Work,
    *,
    link_id: UUID,
    made_at: datetime | None,
    asked: str,
    way: str,
    found: str,
    note: str | None,
) -> Referral:
    """Somebody asked whether the person and the service have met; the next time to ask is counted from here (IN-5).

    Raises LinkSettled, ReferralClosed, InvalidInput for a time before the link or in the future.
    """
    made, referral = _open_link(work, link_id)
    at = when(work, made_at, field="made_at", not_before=made.linked_at)
    made.checks.append(
        LinkCheck(
            referral_id=referral.id,
            person_id=referral.person_id,
            made_at=at,
            made_by=work.actor.subject,
            asked=asked,
            way=way,
            found=found,
            note=note,
        )
    )
    clock = deadlines.running(work, "follow_up", referral)
    if clock is not None and clock.started_at <= at:
        deadlines.met(work, "follow_up", referral, at=at)
        deadlines.start(work, "follow_up", referral, since=at)
    return referral


def settle_link(
    work: Work, *, link_id: UUID, outcome: str, note: str | None, settled_at: datetime | None
) -> Referral:
    """It is known what came of a link; a service that refused leaves another link owed (IN-5).

    Raises LinkSettled, ReferralClosed, InvalidInput for a time before the link or in the future.
    """
    made, referral = _open_link(work, link_id)
    at = when(work, settled_at, field="settled_at", not_before=made.linked_at)
    made.settle(outcome=outcome, note=note, by=work.actor.subject, at=at)
    work.session.flush()
    if not _open_links(referral):
        deadlines.met(work, "follow_up", referral, at=at)
        if not _settled(referral):
            deadlines.start(work, "linking", referral, since=at)
    _end_when_done(work, referral)
    return referral


def end_follow_up(work: Work, *, referral_id: UUID, outcome: str, note: str) -> Referral:
    """End a follow-up without a link: the person wants none, or contact with them is lost (IN-5).

    Raises LinksStillOpen, NotExplainedYet unless contact was lost, FoundNotEligible, ReferralClosed.
    """
    referral = to_change(work, referral_id)
    referral.must_be_followed_up()
    if _open_links(referral):
        raise LinksStillOpen
    if outcome != "lost_contact" and not _explained(referral):
        raise NotExplainedYet
    referral.follow_up_note = note
    _end(work, referral, outcome=outcome)
    return referral


def _open_link(work: Work, link_id: UUID) -> tuple[OnwardLink, Referral]:
    """The link and its referral, both locked, the referral first as everywhere."""
    referral = to_change(work, work.load(OnwardLink, link_id).referral_id)
    made = work.load(OnwardLink, link_id, for_update=True)
    made.must_be_open()
    referral.must_be_followed_up()
    return made, referral


def _end_when_done(work: Work, referral: Referral) -> None:
    """It is over once the person knows why, and is in touch with another service, wants none, or is lost."""
    settled = _settled(referral)
    if _open_links(referral) or not settled:
        return
    outcome = min((each.outcome or "" for each in settled), key=SETTLING.index)
    if outcome == "lost_contact" or _explained(referral):
        _end(work, referral, outcome=outcome)


def _end(work: Work, referral: Referral, *, outcome: str) -> None:
    referral.follow_up_ended(outcome=outcome, at=work.now)
    deadlines.nothing_more_owed(work, referral)
    work.emit(events.referral_followed_up(referral))


def _explained(referral: Referral) -> bool:
    return any(each.told_to in ("person", "family") for each in referral.explanations)


def _open_links(referral: Referral) -> list[OnwardLink]:
    return [each for each in referral.links if each.outcome is None]


def _settled(referral: Referral) -> list[OnwardLink]:
    return [each for each in referral.links if each.outcome in SETTLING]
