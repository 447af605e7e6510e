"""Receiving referrals: from every source, about anybody, once (IN-1, IN-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text

from chassis import same_person
from chassis.errors import RuleBroken, under
from chassis.ids import new_id
from chassis.work import Page, Work
from intake import events
from intake.people import actions as people
from intake.people.model import Person
from intake.people.told import PersonTold
from intake.programs.catalogue import must_be_a_program
from intake.referrals import deadlines, keeping
from intake.referrals.discharges import was_discharged
from intake.referrals.history import Referrer
from intake.referrals.model import Referral
from intake.referrals.pressing import weigh
from intake.referrals.told import DescribedTold, ForProgramTold, ReferrerTold, WhomTold

_ALIAS_AT_MOST = 300


class ReferenceUsed(RuleBroken):
    """An outside system's reference belongs to one referral; sent again it must say the same."""

    code = "reference_used"
    title = "This reference was used for another referral"


class StillUnderWay(RuleBroken):
    """The referral is worked on; there is nothing to take up again."""

    code = "still_under_way"
    title = "The referral is still under way"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for help, as it was told."""

    program: str
    source: str
    priority: str
    reason: str
    referred_by: str | None = None
    referrers: Sequence[ReferrerTold] = ()
    team: str | None = None
    described_as: str | None = None
    reference: str | None = None
    request_id: UUID | None = None
    continues: UUID | None = None


def receive(
    work: Work,
    *,
    person_id: UUID | None,
    person: PersonTold | None,
    described: DescribedTold | None = None,
    reference: str | None = None,
    **told: Any,
) -> Referral:
    """Receive a request for help from whatever source, for a known person or one told of only now (IN-1).

    The clock to the first contact starts, and a team keeps it: the one named, the receiver's own, or the desk of the
    program. Another referral of the person to the program that is under way goes on for both. The same `reference` of
    the same outside system again finds the referral that it brought. Raises InvalidInput for an unknown program,
    NotFound or AccessDenied for a person whom the caller cannot see, ReferenceUsed.
    """
    must_be_a_program(work, told["program"])
    if reference is not None and (earlier := _brought_before(work, reference, told)) is not None:
        return earlier
    whom = find_or_record(work, {"person_id": person_id, "person": person, "described": described})
    return open_referral(work, whom, Asked(**told, reference=reference, described_as=_description(described)))


def receive_together(
    work: Work,
    *,
    persons: list[WhomTold],
    programs: list[ForProgramTold],
    priority: str,
    reason: str,
    **told: Any,
) -> Page:
    """Receive one request about several people, or for several programs, or both: one referral for each (IN-1).

    All are received or none is; an error says which entry it is about. They share a `request_id`.
    """
    for place, each in enumerate(programs):
        with under(f"/programs/{place}"):
            must_be_a_program(work, each["program"])
    request_id = new_id()
    asked = [
        Asked(
            **told,
            program=each["program"],
            priority=each.get("priority") or priority,
            reason=each.get("reason") or reason,
            request_id=request_id,
        )
        for each in programs
    ]
    received = []
    for place, told_of in enumerate(persons):
        with under(f"/persons/{place}"):
            whom = find_or_record(work, told_of)
        described_as = _description(told_of["described"])
        received += [open_referral(work, whom, replace(each, described_as=described_as)) for each in asked]
    return Page(items=received)


def take_up_again(
    work: Work,
    *,
    referral_id: UUID,
    program: str | None,
    source: str | None,
    priority: str,
    reason: str | None,
) -> Referral:
    """Screen somebody again without asking them again: a new referral with what was told for the earlier one (IN-5).

    Both name each other. Raises StillUnderWay while the program still owes the person something, InvalidInput for an
    unknown program.
    """
    earlier = work.load(Referral, referral_id)
    if earlier.stage in ("received", "contacted", "eligible"):
        raise StillUnderWay
    if earlier.stage == "joined":
        earlier.must_be_open()
    must_be_a_program(work, program or earlier.program)
    asked = Asked(
        program=program or earlier.program,
        source=source or earlier.source,
        priority=priority,
        reason=reason or earlier.reason,
        referred_by=earlier.referred_by,
        referrers=[_again(each) for each in earlier.referrers],
        described_as=earlier.described_as,
        continues=earlier.id,
    )
    return open_referral(work, work.load(Person, earlier.person_id), asked)


def open_referral(work: Work, person: Person, asked: Asked) -> Referral:
    """Open a referral for somebody on record; it joins one that is under way for the same person and program (IN-1)."""
    referral = Referral(
        id=new_id(),
        person_id=person.id,
        program=asked.program,
        source=asked.source,
        priority=asked.priority,
        reason=asked.reason,
        referred_by=asked.referred_by,
        described_as=asked.described_as,
        received_by=work.actor.subject,
        received_at=work.now,
        team=keeping.team_for(work, program=asked.program, told=asked.team),
        request_id=asked.request_id,
        continues=asked.continues,
        feed=work.actor.subject if asked.reference is not None else None,
        feed_reference=asked.reference,
        stage="received",
    )
    referral.returning_in_crisis = asked.priority == "crisis" and was_discharged(work, person.id)
    under_way = under_way_for(work, person_id=person.id, program=asked.program)
    if under_way is not None:
        referral.join(under_way, at=work.now)
        weigh(work, referral)
    keeping.grant_to_keepers(work, referral)
    work.add(referral)
    _keep_referrers(work, referral, asked.referrers)
    if under_way is None:
        deadlines.start(work, "first_contact", referral)
    work.emit(events.referral_received(referral))
    return referral


def under_way_for(work: Work, *, person_id: UUID, program: str) -> UUID | None:
    """The referral of this person, under any record of theirs, to this program that is under way, if there is one.

    Whoever asks is told, also without a grant, so that nobody is referred twice. Two who ask at once for the same
    person and program are let through one after the other.
    """
    persons = sorted(same_person.members(work.session, person_id))
    found = work.session.execute(
        text("SELECT icm_referral_under_way(CAST(:persons AS uuid[]), :program)"),
        {"persons": persons, "program": program},
    )
    return cast("UUID | None", found.scalar())


def find_or_record(work: Work, told: WhomTold) -> Person:
    """The person whom a request is about: known, told of now, or described without a name (IN-1)."""
    if told["person"] is not None:
        with under("/person"):
            return people.record(work, **told["person"])
    if told["described"] is not None:
        return people.record(work, **_as_a_person(told["described"]))
    assert told["person_id"] is not None  # noqa: S101 - the schema asks for exactly one of the three
    return work.load(Person, told["person_id"])


def _as_a_person(described: DescribedTold) -> PersonTold:
    """Somebody without a name goes by their alias, or by what they look like, until somebody knows better."""
    called = described["alias"] or described["description"] or ""
    where = described["where_to_find"]
    return {
        "names": [
            {
                "kind": "alias",
                "given": " ".join(called.split())[:_ALIAS_AT_MOST],
                "family": None,
                "used_from": None,
                "used_until": None,
            }
        ],
        "contact_points": []
        if where is None
        else [
            {
                "kind": "place",
                "value": where,
                "safe_to_contact": described["safe_to_look_there"],
                "safe_to_leave_message": False,
                "whose": None,
                "preferred_times": None,
                "note": None,
                "used_from": None,
                "used_until": None,
            }
        ],
        "addresses": [],
        "identifiers": [],
    }


def _description(described: DescribedTold | None) -> str | None:
    return described["description"] if described is not None else None


def _brought_before(work: Work, reference: str, told: dict[str, Any]) -> Referral | None:
    """What this system brought under the same reference; two that send it at once are let through in turn."""
    work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 3))"),
        {"key": f"{work.actor.subject} {reference}"},
    )
    earlier = work.session.scalar(
        work.visible(Referral).where(
            Referral.feed == work.actor.subject, Referral.feed_reference == reference
        )
    )
    same = ("source", "reason")
    if earlier is not None and any(getattr(earlier, name) != told[name] for name in same):
        raise ReferenceUsed
    return earlier


def _keep_referrers(work: Work, referral: Referral, told: Sequence[ReferrerTold]) -> None:
    for each in told:
        work.session.add(
            Referrer(
                referral_id=referral.id,
                joined_to=referral.joined_to,
                person_id=referral.person_id,
                recorded_by=work.actor.subject,
                recorded_at=work.now,
                **each,
            )
        )


def _again(referrer: Referrer) -> ReferrerTold:
    return {
        "name": referrer.name,
        "relation": referrer.relation,
        "organisation": referrer.organisation,
        "worker": referrer.worker,
        "phone": referrer.phone,
        "email": referrer.email,
        "note": referrer.note,
        "tell_outcome": referrer.tell_outcome,
    }
