"""What intake publishes: ids, codes and times, never a name or a word that somebody wrote (rule 4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis import same_person
from chassis.events import Event, event
from intake.accreditation.model import Accreditation
from intake.capacity.model import ProgramCapacity
from intake.capacity.places import Room
from intake.linking.model import Judgement
from intake.people.model import AccountLink, Person
from intake.people.roll_call.model import RollCall
from intake.referrals.model import Referral
from intake.screening.model import Screening


def person_recorded(person: Person) -> Event:
    """Somebody is known from now on (IN-7)."""
    return event("intake.person.recorded.v1", subject=person.id, data={"person_id": person.id})


def persons_listed(roll_call: RollCall, *, person_ids: Sequence[UUID], last: bool) -> Event:
    """The next part of everybody whom intake holds, in the order of their identifiers; all of it under one subject."""
    return event(
        "intake.person.listed.v1",
        subject=roll_call.id,
        data={
            "roll_call_id": roll_call.id,
            "after": roll_call.told_up_to,
            "person_ids": person_ids,
            "last": last,
        },
    )


def account_linked(link: AccountLink) -> Event:
    """A sign-in acts for a person from now on; every service lets it see what is theirs (AU-6)."""
    return event(
        "intake.person.account_linked.v1",
        subject=link.person_id,
        data=_who_signs_in(link),
    )


def account_unlinked(link: AccountLink) -> Event:
    """The sign-in acts for the person no more; every service closes what that link had opened (AU-6, CO-9)."""
    return event(
        "intake.person.account_unlinked.v1",
        subject=link.person_id,
        data={
            **_who_signs_in(link),
            "because": link.ended_because,
            "linked_at": link.linked_at,
            "at": link.ended_at,
        },
    )


def _who_signs_in(link: AccountLink) -> dict[str, object]:
    return {
        "link_id": link.id,
        "person_id": link.person_id,
        "account": link.account,
        "relation": link.relation,
    }


def referral_received(referral: Referral) -> Event:
    """A referral has come in, from whatever source (IN-1)."""
    return event(
        "intake.referral.received.v1",
        subject=referral.id,
        data={
            "referral_id": referral.id,
            "person_id": referral.person_id,
            "program": referral.program,
            "source": referral.source,
            "priority": referral.priority,
            "returning_in_crisis": referral.returning_in_crisis,
            **({} if referral.joined_to is None else {"joined_to": referral.joined_to}),
        },
    )


def referral_prioritised(referral: Referral) -> Event:
    """A referral is more or less pressing from now on (IN-2, IN-5)."""
    return _of_referral(
        "prioritised",
        referral,
        priority=referral.priority,
        returning_in_crisis=referral.returning_in_crisis,
    )


def referral_assigned(referral: Referral) -> Event:
    """A referral has another keeper, or goes on for another program (IN-2)."""
    return _of_referral("assigned", referral, owner=referral.owner, team=referral.team)


def referral_withdrawn(referral: Referral) -> Event:
    """A referral ended because the person no longer wants it, or cannot be found (IN-1)."""
    return _of_referral("withdrawn", referral, because=referral.withdrawn_because)


def referral_joined(referral: Referral) -> Event:
    """The work goes on under another referral of the person to the program (IN-1)."""
    return _of_referral("joined", referral, joined_to=referral.joined_to)


def referral_served(referral: Referral) -> Event:
    """The program has met the person (IN-2)."""
    return _of_referral("served", referral, at=referral.service_contact_at)


def referral_followed_up(referral: Referral) -> Event:
    """What became of somebody whom the program is not for is known (IN-5)."""
    return _of_referral("followed_up", referral, outcome=referral.follow_up_outcome)


def _of_referral(what: str, referral: Referral, **more: object) -> Event:
    told = {"referral_id": referral.id, "person_id": referral.person_id, "program": referral.program, **more}
    return event(f"intake.referral.{what}.v1", subject=referral.id, data=told)


def referral_contacted(referral: Referral) -> Event:
    """The person has been reached for the first time (IN-2)."""
    return event(
        "intake.referral.contacted.v1",
        subject=referral.id,
        data={"referral_id": referral.id, "person_id": referral.person_id, "at": referral.first_contact_at},
    )


def referral_screened(screening: Screening) -> Event:
    """A screening has decided whether the program is for the person (IN-4). An open outcome is not announced."""
    return event(
        "intake.referral.screened.v1",
        subject=screening.referral_id,
        data={
            "referral_id": screening.referral_id,
            "person_id": screening.person_id,
            "program": screening.program,
            "eligible": screening.outcome == "eligible",
        },
    )


def people_linked(link: Judgement, *, revision: int, clusters: Iterable[Collection[UUID]]) -> Event:
    """Records are of one person from now on; each whole cluster is told, so that no history is needed (IN-8)."""
    return _clusters_changed("intake.person.linked.v1", link, revision, clusters)


def people_unlinked(link: Judgement, *, revision: int, clusters: Iterable[Collection[UUID]]) -> Event:
    """A link was taken back; both parts of its cluster are told whole (IN-8)."""
    return _clusters_changed("intake.person.unlinked.v1", link, revision, clusters)


def _clusters_changed(
    key: str, link: Judgement, revision: int, clusters: Iterable[Collection[UUID]]
) -> Event:
    told = [
        {"main_person_id": same_person.main_of(cluster), "person_ids": sorted(cluster)}
        for cluster in clusters
    ]
    return event(key, subject=link.id, data={"link_id": link.id, "revision": revision, "clusters": told})


def accreditation_ended(accreditation: Accreditation) -> Event:
    """An outside system may tell the directory nothing any more (IN-9)."""
    return event(
        "intake.accreditation.ended.v1",
        subject=accreditation.id,
        data={
            "accreditation_id": accreditation.id,
            "system": accreditation.system,
            "because": accreditation.ended_because,
            "at": accreditation.ended_at,
        },
    )


def program_full(capacity: ProgramCapacity, room: Room, *, waiting: int) -> Event:
    """The last place of a program was taken; management is to know (IN-6)."""
    return event(
        "intake.program.full.v1",
        subject=f"program:{capacity.program}",
        data={
            "program": capacity.program,
            "since": capacity.full_since,
            "places": room.places,
            "taken": room.taken,
            "waiting": waiting,
        },
    )


def program_has_room(capacity: ProgramCapacity, room: Room, *, at: datetime) -> Event:
    """A program that was full has a free place again (IN-6)."""
    return event(
        "intake.program.has_room.v1",
        subject=f"program:{capacity.program}",
        data={
            "program": capacity.program,
            "full_since": capacity.full_since,
            "at": at,
            "places": room.places,
            "taken": room.taken,
        },
    )
