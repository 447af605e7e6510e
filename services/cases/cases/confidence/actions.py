"""Saying who may see what of a case, and keeping a member from somebody; each change with who, when and why (CA-1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from cases.casefile.model import Case, Member
from cases.confidence.model import Confidence
from cases.confidence.sight import must_see_all_sides, told
from cases.contacts.model import Contact
from cases.errors import LeadIsSeen
from cases.meetings.model import Decision, Meeting
from cases.plan.model import Action, Goal, PlanSection
from cases.team.model import TeamMember
from chassis.database import Base
from chassis.errors import NotFound, invalid
from chassis.work import Work

MODELS: dict[str, type[Base]] = {
    "action": Action,
    "contact": Contact,
    "decision": Decision,
    "goal": Goal,
    "meeting": Meeting,
    "plan_section": PlanSection,
    "team_member": TeamMember,
}


def set_visibility(
    work: Work,
    *,
    case_id: UUID,
    kind: str,
    item_id: UUID,
    about: Sequence[UUID],
    shown_to: Sequence[UUID] | None,
    in_confidence: bool,
    also_shown_to: Sequence[str],
    reason: str,
) -> Confidence:
    """Widen or narrow who sees an item, at once and without asking those whom it leaves out (CA-1).

    It holds in a closed case too: protection does not end with the work. A contact takes the records that it amends,
    and those that amend it, with it. Only who sees all sides says so. Raises AccessDenied,
    NotFound, LeadIsSeen, InvalidInput.
    """
    case = _held(work, case_id)
    item: Any = work.load(MODELS[kind], item_id)
    if item.case_id != case.id:
        raise NotFound()
    if kind == "team_member" and item.id == case.lead_membership_id and case.closed_at is None:
        raise LeadIsSeen
    said = {
        "about": about,
        "shown_to": shown_to,
        "in_confidence": in_confidence,
        "also_shown_to": also_shown_to,
    }
    limits = _checked(case, said, itself=_itself(item), pointer="")
    chain = _chain(work, item) if isinstance(item, Contact) else [item.id]
    words = [
        _decide(work, case=case, kind=kind, item_id=each, worker=_worker(item), reason=reason, limits=limits)
        for each in chain
    ]
    work.concerns(limits["about"])
    return next(word for word in words if word.item_id == item_id)


def keep_member_from(
    work: Work, *, case_id: UUID, member_id: UUID, kept_from: Sequence[UUID], reason: str
) -> Case:
    """Keep a member from persons who may be on the team: they see nothing of the member from now on (CA-1).

    The list replaces the one before it. Raises AccessDenied, NotFound; InvalidInput when a person is to be kept from
    themselves.
    """
    case = _held(work, case_id)
    member = work.load(Member, member_id)
    if member.case_id != case.id:
        raise NotFound()
    keep_from(work, case=case, member=member, kept_from=kept_from, reason=reason)
    return told(work, case)


def keep_from(
    work: Work, *, case: Case, member: Member, kept_from: Sequence[UUID], reason: str | None
) -> None:
    """Write from whom a member is kept."""
    if member.person_id in kept_from:
        raise invalid("/kept_from", "another", "Must be somebody else.")
    nobody: dict[str, Any] = {
        "about": [member.person_id],
        "shown_to": None,
        "in_confidence": False,
        "named": [],
    }
    _decide(
        work,
        case=case,
        kind="member",
        item_id=member.id,
        worker=None,
        reason=reason,
        limits={**nobody, "kept_from": sorted(set(kept_from))},
    )
    work.session.expire(member, ["confidence"])
    work.concerns([member.person_id])


def keep(
    work: Work,
    *,
    case: Case,
    kind: str,
    item: Any,
    said: dict[str, Any] | None,
    pointer: str = "",
) -> Confidence | None:
    """Write with a new item who may see it; nothing where it is for the whole family and about nobody (CA-1).

    What is about a member who is kept from anybody is for those whom it is about, unless said otherwise.
    """
    limits = _checked(case, said or {}, itself=_itself(item), pointer=f"{pointer}/visibility")
    if limits["shown_to"] is None and not (limits["about"] or limits["named"]):
        return None
    work.session.flush()
    word = _decide(
        work, case=case, kind=kind, item_id=item.id, worker=_worker(item), reason=None, limits=limits
    )
    work.session.expire(item, ["visibility"])
    return word


def _held(work: Work, case_id: UUID) -> Case:
    case = work.load(Case, case_id, for_update=True)
    must_see_all_sides(work, case=case)
    return case


def _checked(case: Case, said: dict[str, Any], *, itself: Collection[UUID], pointer: str) -> dict[str, Any]:
    """What is said, with the members whom the item is about by itself, and the default for who is protected."""
    members = {member.person_id: member for member in case.members}
    for name in ("about", "shown_to"):
        if not set(said.get(name) or ()) <= members.keys():
            raise invalid(f"{pointer}/{name}", "member", "Must be members of the case.")
    team = {membership.worker for membership in case.present_team}
    if not set(said.get("also_shown_to") or ()) <= team:
        raise invalid(f"{pointer}/also_shown_to", "on_team", "Must be present members of the team.")
    about = sorted({*said.get("about", ()), *itself})
    shown_to = said.get("shown_to")
    if shown_to is None and any(members[each].is_protected for each in about if each in members):
        shown_to = about
    if shown_to is None and said.get("in_confidence"):
        shown_to = about
    return {
        "about": [each for each in about if each not in itself],
        "shown_to": None if shown_to is None else sorted(set(shown_to)),
        "in_confidence": bool(said.get("in_confidence", False)),
        "named": sorted(set(said.get("also_shown_to") or ())),
        "kept_from": [],
    }


def _decide(
    work: Work,
    *,
    case: Case,
    kind: str,
    item_id: UUID,
    worker: str | None,
    reason: str | None,
    limits: dict[str, Any],
) -> Confidence:
    """End the word before and write the new one: both stay."""
    before = update(Confidence).where(Confidence.item_id == item_id, Confidence.ended_at.is_(None))
    work.session.execute(before.values(ended_at=work.now))
    return work.add(
        Confidence(
            record_id=case.id,
            kind=kind,
            item_id=item_id,
            worker=worker,
            reason=reason,
            decided_by=work.actor.subject,
            decided_at=work.now,
            **limits,
        )
    )


def _itself(item: Any) -> list[UUID]:
    """Whom a row is about by itself."""
    return [item.person_id] if isinstance(item, Contact) else []


def _worker(item: Any) -> str | None:
    return item.worker if isinstance(item, TeamMember) else None


def _chain(work: Work, contact: Contact) -> list[UUID]:
    """The record and all that it amends or that amends it: they tell of the same contact (CA-7)."""
    found = [contact.id]
    steps: list[tuple[Callable[[UUID], Any], UUID | None]] = [
        (lambda at: select(Contact.amends).where(Contact.id == at), contact.id),
        (lambda at: select(Contact.id).where(Contact.amends == at), contact.id),
    ]
    for step, at in steps:
        while at is not None and (at := work.session.scalars(step(at)).first()) is not None:
            found.append(at)
    return found
