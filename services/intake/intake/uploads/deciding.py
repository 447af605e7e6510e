"""A worker of intake says who is meant by a row that named its person unclearly (IN-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from chassis.clocks import house_calendar
from chassis.errors import NotFound, RuleBroken
from chassis.ids import new_id
from chassis.work import Page, Work
from intake.accreditation.model import Accreditation
from intake.directory.listing import is_child, listed_among, must_be_listed
from intake.directory.model import Agency, Involvement, Listing
from intake.matching.levels import Birth
from intake.matching.queries import alike
from intake.matching.traits import NameTraits, Traits, identifier_traits
from intake.uploads.columns import Named
from intake.uploads.finding import candidates
from intake.uploads.model import HeldRow
from intake.uploads.record import record_the_choice

UNDECIDED_KEPT = timedelta(days=90)
AT_ONCE = 200
MOST_CANDIDATES = 10


class DecidedAlready(RuleBroken):
    """Somebody has said already who is meant."""

    code = "decided_already"
    title = "Somebody has decided about this row already"


@dataclass(frozen=True)
class Question:
    """A row that waits, with everybody whom the caller may see and who may be meant."""

    held: HeldRow
    candidates: list[Listing]


def waiting(work: Work, *, because: str | None, limit: int, cursor: str | None) -> Page:
    """Rows that wait for a decision, the oldest first."""
    asked = work.visible(HeldRow).where(HeldRow.decision.is_(None))
    if because is not None:
        asked = asked.where(HeldRow.because == because)
    return work.page(asked, model=HeldRow, limit=limit, cursor=cursor, newest_first=False)


def read(work: Work, *, held_row_id: UUID) -> Question:
    """One row with the candidates of now: somebody recorded since then is among them, and who is spelt otherwise.

    Raises NotFound.
    """
    held = work.load(HeldRow, held_row_id)
    named = _named(held)
    found = [*candidates(work, named), *_alike(work, named)] if named is not None else []
    shown = work.session.scalars(
        work.visible(Listing).where(Listing.id.in_(found)).order_by(Listing.id)
    ).all()
    work.saw(shown)
    return Question(held=held, candidates=list(shown))


def decide(work: Work, *, held_row_id: UUID, person_id: UUID | None) -> HeldRow:
    """Say who is meant, or that it is nobody whom we know; the involvement is listed right after.

    What the system told of the person is forgotten with that; sent again in the same words, it gets the same answer.
    Raises NotFound, DecidedAlready, ConsentNotCurrent while nobody knows whether an adult still consents to be listed.
    """
    held = work.load(HeldRow, held_row_id, for_update=True)
    if held.decision is not None:
        raise DecidedAlready
    if person_id is not None:
        chosen = work.load(Listing, person_id)
        must_be_listed(work, chosen.id, otherwise=NotFound)
    held.decision, held.person_id = ("none" if person_id is None else "chosen"), person_id
    held.decided_at, held.decided_by, held.told = work.now, work.actor.subject, None
    return held


def settle_decided(work: Work) -> int:
    """List the involvements whose person a worker has chosen, and forget rows that nobody decided on; say how many.

    A timer calls this. What the system told since then in another way is left as it is, and nothing is listed for a
    system that may speak no more, nor of somebody who is listed no more. The choice of an adult waits while nobody
    knows which consents stand (CO-8).
    """
    due = select(HeldRow).where(HeldRow.decision == "chosen", HeldRow.settled_at.is_(None))
    if not work.consent_current:
        due = due.where(HeldRow.person_id.in_(select(Listing.id).where(is_child(at=work.now))))
    chosen = work.session.scalars(
        due.order_by(HeldRow.id).limit(AT_ONCE).with_for_update(of=HeldRow, skip_locked=True)
    ).all()
    listed = listed_among(work, {held.person_id for held in chosen if held.person_id is not None})
    for held in chosen:
        held.settled_at = work.now
        if held.person_id in listed:
            _list(work, held)
    old = delete(HeldRow).where(HeldRow.decision.is_(None), HeldRow.held_at <= work.now - UNDECIDED_KEPT)
    gone = work.session.execute(old.returning(HeldRow.id).execution_options(synchronize_session=False)).all()
    return len(chosen) + len(gone)


def _list(work: Work, held: HeldRow) -> None:
    said = held.involvement
    accreditation = work.session.scalar(select(Accreditation).where(Accreditation.system == held.system))
    agency = work.session.scalar(select(Agency).where(Agency.organisation == said["organisation"]))
    known = select(Involvement.id).where(
        Involvement.source == held.system, Involvement.reference == held.reference
    )
    today = house_calendar().day_of(work.now)
    if (
        accreditation is None
        or not accreditation.is_live(today=today)
        or not accreditation.speaks_for(said["organisation"])
        or agency is None
        or work.session.scalar(known.with_for_update()) is not None
    ):
        return
    entry = work.add(Involvement(**_entry(held, said)))
    category = entry.concealed_as or agency.concealed_as
    if category is not None:
        work.grants.give(
            grantee=f"worker:{held.system}",
            record=("involvement", entry.id),
            categories=[category],
            basis="agreement",
            may_write=True,
        )
    record_the_choice(work, held=held, entry=entry)


def _entry(held: HeldRow, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "person_id": held.person_id,
        "source": held.system,
        "reference": held.reference,
        "organisation": said["organisation"],
        "worker": said["worker"],
        "role": said["role"],
        "since": date.fromisoformat(said["since"]),
        "until": date.fromisoformat(said["until"]) if said["until"] else None,
        "concealed_as": said["concealed_as"],
        "told_at": held.told_at,
    }


def _named(held: HeldRow) -> Named | None:
    told = held.told
    if told is None:
        return None
    identifier = told.get("identifier")
    return Named(
        given=told["given"],
        family=told["family"],
        born_on=date.fromisoformat(told["born_on"]) if told["born_on"] else None,
        identifier=(identifier[0], identifier[1], identifier[2]) if identifier else None,
    )


def _alike(work: Work, named: Named) -> list[UUID]:
    """People whom the caller may see and who are likely meant, though something is spelt or typed otherwise."""
    name = NameTraits.read(named.given, named.family)
    scheme, issuer, key = named.identifier or ("", "", "")
    kind = f"{scheme} {issuer}" if issuer else scheme
    asked = Traits(
        names=(name,) if name else (),
        birth=Birth(*_parts(named.born_on)),
        identifiers=identifier_traits((kind, key)) if kind else (),
    )
    return [person.id for person in alike(work, asked)[:MOST_CANDIDATES]] if asked.says_anything else []


def _parts(day: date | None) -> tuple[int, int, int] | tuple[()]:
    return () if day is None else (day.year, day.month, day.day)
