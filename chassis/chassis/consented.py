"""How every data-owning service follows the consent service: grants, restrictions, heartbeat.

These are the handlers of the standard events; a service names them in its `service.py`:

    on_consent_given = event("consent.consent.given.v1", do=consented.given)
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from chassis import inbox
from chassis.access.model import CONSENT, Grant
from chassis.events import Received
from chassis.work import Work

EMERGENCY = "emergency"


def given(work: Work, *, event: Received) -> Grant | None:
    """A person lets a recipient see categories of her record, for purposes, in a period (CO-1).

    The grant that it gives; None when it opens nothing, because it was overtaken or its time is over.

    Saying it again with other words replaces what was said before under the same consent. What was overtaken by a
    later word opens nothing (CO-8).
    """
    if inbox.overtaken(work.session, event):
        return None
    told = event.data
    reference = UUID(told["consent_id"])
    work.grants.end(reference=reference, basis=CONSENT)
    valid_until = _moment(told.get("valid_until"))
    if valid_until is not None and valid_until <= work.now:
        return None
    return work.grants.give(
        grantee=told["recipient"],
        record=("person", UUID(told["person_id"])),
        categories=told["categories"],
        purposes=told["purposes"],
        basis=CONSENT,
        valid_from=_moment(told["valid_from"]),
        valid_until=valid_until,
        reference=reference,
        given_at=_moment(told.get("recorded_at")),
    )


def withdrawn(work: Work, *, event: Received) -> None:
    """A consent has ended: by withdrawal or because its time is over (CO-8)."""
    work.grants.end(reference=UUID(event.data["consent_id"]), basis=CONSENT)


def refused(work: Work, *, event: Received) -> None:
    """A person refuses a recipient some categories: what was given before loses them, begun or not (CO-1)."""
    told = event.data
    before = _moment(told.get("recorded_at"))
    _close(work, [told["person_id"]], told["recipient"], set(told["categories"]), before=before)


def withdrawal_declared(work: Work, *, event: Received) -> None:
    """A person takes back all that was given before, from one or from everybody, all of it or some (CO-1, CO-8).

    It is closed here and now. The ending of each consent follows, and arrives where a consent itself came late.
    """
    told = event.data
    categories = set(told["categories"]) or None
    _close(work, told["person_ids"], told["recipient"], categories, before=_moment(told["at"]))


def _close(
    work: Work,
    persons: list[str],
    recipient: str | None,
    categories: set[str] | None,
    *,
    before: datetime | None,
) -> None:
    """Take categories (None: all) out of the grants by consent on these persons, with all that follows from them.

    A grant that was given later stands: of two decisions the later one counts, whichever arrives first.
    """
    concerned = select(Grant).where(
        Grant.record_kind == "person",
        Grant.record_id.in_([UUID(each) for each in persons]),
        Grant.basis == CONSENT,
        Grant.ended_at.is_(None),
        or_(Grant.valid_until.is_(None), Grant.valid_until > work.now),
    )
    if recipient is not None:
        concerned = concerned.where(Grant.grantee == recipient)
    if before is not None:
        concerned = concerned.where(Grant.given_at < before)
    over: list[UUID] = []
    in_part: list[UUID] = []
    for grant in work.session.scalars(concerned.order_by(Grant.id)).all():
        kept = _without(grant, categories)
        if len(kept) == len(grant.categories) or grant.record_id is None:
            continue
        _narrow(work, grant, to=kept)
        if grant.reference is not None:
            (in_part if kept else over).append(grant.reference)
    follows = update(Grant).where(Grant.reference.in_(over), Grant.ended_at.is_(None))
    work.session.execute(follows.values(ended_at=work.now))
    followed = select(Grant).where(
        Grant.reference.in_(in_part),
        Grant.record_kind != "person",
        Grant.ended_at.is_(None),
        or_(Grant.valid_until.is_(None), Grant.valid_until > work.now),
    )
    for grant in work.session.scalars(followed.order_by(Grant.id)).all():
        kept = _without(grant, categories)
        if len(kept) < len(grant.categories):
            _narrow(work, grant, to=kept)


def _without(grant: Grant, categories: set[str] | None) -> set[str]:
    return set(grant.categories) - categories if categories is not None else set()


def _narrow(work: Work, grant: Grant, *, to: set[str]) -> None:
    """End a grant on a record, and give anew what stays of it."""
    grant.ended_at = work.now
    if to and grant.record_id is not None:
        work.grants.give(
            grantee=grant.grantee,
            record=(grant.record_kind, grant.record_id),
            categories=to,
            purposes=grant.purposes,
            basis=grant.basis,
            may_write=grant.may_write,
            valid_from=grant.valid_from,
            valid_until=grant.valid_until,
            reference=grant.reference,
            given_at=grant.given_at,
        )


def restriction_placed(work: Work, *, event: Received) -> None:
    """Normal roles no longer reach this person's records (CO-5)."""
    work.restrict(UUID(event.data["person_id"]))


def restriction_lifted(work: Work, *, event: Received) -> None:
    """Normal roles reach this person's records again, unless they were shut anew since (CO-5)."""
    if inbox.overtaken(work.session, event):
        return
    work.unrestrict(UUID(event.data["person_id"]))


def emergency_opened(work: Work, *, event: Received) -> None:
    """A worker has broken the glass: a person's record is open to them, for this purpose, for hours (CO-6)."""
    if inbox.overtaken(work.session, event):
        return
    told = event.data
    valid_until = _moment(told["valid_until"])
    if valid_until is not None and valid_until <= work.now:
        return
    work.grants.give(
        grantee=f"worker:{told['worker']}",
        record=("person", UUID(told["person_id"])),
        categories=told["categories"],
        purposes=[EMERGENCY],
        basis=EMERGENCY,
        reaches_restricted=told["reaches_restricted"],
        valid_from=_moment(told["valid_from"]),
        valid_until=valid_until,
        reference=UUID(told["emergency_id"]),
    )


def emergency_ended(work: Work, *, event: Received) -> None:
    """The record is closed again (CO-6)."""
    work.grants.end(reference=UUID(event.data["emergency_id"]), basis=EMERGENCY)


@inbox.tells_of_its_source
def heartbeat(work: Work, *, event: Received) -> None:
    """The consent service's state is known here up to the moment at which it sent this (CO-8)."""
    work.heard(CONSENT, sent_at=_moment(event.data["sent_at"]) or event.time)


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
