"""What a consent would show before it is given: the predicate itself, asked with the grant supposed (CO-7).

The grant is written as the consent's event will write it, inside a savepoint that is rolled back; PostgreSQL then says
what the recipient would see. Counted are only records that the caller sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Text, cast, func, literal, or_, select

from chassis import contracts
from chassis.access.asking import OVERSEE
from chassis.access.bound import Bound
from chassis.access.explain import Views, shown_fields
from chassis.access.kinds import explainable, root_protection
from chassis.access.looking import looking_as
from chassis.access.model import CONSENT
from chassis.access.predicate import may_see, of_transaction
from chassis.access.standing import standing_of
from chassis.database import Base
from chassis.errors import invalid

if TYPE_CHECKING:
    from chassis.work import Work

_MOST = 1_000


@dataclass(frozen=True)
class Supposed:
    """The consent that is not given yet."""

    person_id: UUID
    recipient: str
    categories: Sequence[str]
    purposes: Sequence[str]
    valid_from: datetime
    valid_until: datetime | None


def reveal(
    work: Work,
    *,
    person_id: UUID,
    recipient: str,
    categories: Sequence[str],
    purposes: Sequence[str],
    valid_from: datetime | None,
    valid_until: datetime | None,
    views: Views,
) -> dict[str, Any]:
    """Which kinds of records, which fields and how many of them a consent would open to its recipient (CO-7).

    A person hidden from the caller is answered like one of whom nothing is kept. What the recipient sees already is
    told to the person, to the recipient and to who oversees. Raises InvalidInput for unknown codes and a period that
    is over.
    """
    _known_codes("categories", categories)
    _known_codes("purposes", purposes)
    begins = max(valid_from or work.now, work.now)
    if valid_until is not None and valid_until <= begins:
        raise invalid("/valid_until", "range", "Must lie after the beginning, and in the future.")
    supposed = Supposed(
        person_id=_as_known(work, person_id),
        recipient=recipient,
        categories=categories,
        purposes=purposes,
        valid_from=begins,
        valid_until=valid_until,
    )
    if work.trail is not None:
        work.trail.touched(persons=[person_id])
    of_person = {
        kind: model
        for kind, model in explainable(work.service).items()
        if kind in views and _person_columns(model)
    }
    seen_by_caller = {kind: _of_person(work, model, supposed) for kind, model in of_person.items()}
    already, opened = _records(work, supposed, of_person, seen_by_caller)
    opens, closed = [], []
    with _with_it_given(work, supposed, grantees=(f"supposed:{uuid4()}",)) as theirs:
        for kind, model in sorted(of_person.items()):
            shown = _opened_categories(theirs, model, supposed)
            if shown is None and not opened[kind]:
                closed.append(kind)
                continue
            fields = list(shown_fields(views, kind))
            would = [each for each in fields if each.category is None or each.category in (shown or ())]
            opens.append(
                {
                    "kind": kind,
                    "title": kind.replace("_", " ").capitalize(),
                    "fields": [
                        {"name": each.name, "title": each.title, "category": each.category} for each in would
                    ],
                    "withheld": sorted(
                        {each.category for each in fields if each not in would if each.category}
                    ),
                    "records": len(opened[kind]),
                    "records_more": len(seen_by_caller[kind]) > _MOST,
                    "already": None if already is None else len(already[kind]),
                }
            )
    return {
        "opens": opens,
        "stays_closed": closed,
        "valid_from": begins,
        "valid_until": valid_until,
        "linked_records_included": False,
    }


def _known_codes(name: str, codes: Sequence[str]) -> None:
    listed = contracts.access_list(name)
    for position, code in enumerate(codes):
        if code not in listed:
            raise invalid(f"/{name}/{position}", "choice", f"Must be one of contracts/access/{name}.yaml.")


def _as_known(work: Work, person_id: UUID) -> UUID:
    """The person, or somebody of whom nothing is kept in the place of one who is hidden from the caller (CO-5)."""
    reaches, restricted = work.grants.reaching([("person", person_id)])
    if person_id not in restricted or any(each.reaches_restricted for each in reaches):
        return person_id
    work.attempted_restricted(person_id)
    return uuid4()


def _person_columns(model: type[Base]) -> list[str]:
    protection = model.__protected__
    return [column for kind, column in protection.links if kind == "person"] if protection is not None else []


def _of_person(
    work: Work, model: type[Base], supposed: Supposed, among: Sequence[UUID] | None = None
) -> list[UUID]:
    """The records of a kind about the person that `work` sees, one more than are counted."""
    key = model.id  # type: ignore[attr-defined]
    is_they = []
    for name in _person_columns(model):
        column = getattr(model, name)
        listed = isinstance(column.type, ARRAY)
        is_they.append(
            literal(supposed.person_id) == func.any(column) if listed else column == supposed.person_id
        )
    wanted = work.visible(model).where(or_(*is_they)).with_only_columns(key).order_by(key)
    if among is not None:
        wanted = wanted.where(key.in_(among))
    return list(work.session.scalars(wanted.limit(_MOST + 1)))


@contextmanager
def _with_it_given(
    work: Work, supposed: Supposed, *, grantees: Sequence[str], purpose: str | None = None, given: bool = True
) -> Iterator[Work]:
    """What `grantees` see at the beginning of the period, with the consent given to the first of them or without it."""
    bound = Bound(
        grantees=tuple(grantees),
        purpose=purpose or supposed.purposes[0],
        now=supposed.valid_from,
        consent_current=True if given else work.consent_current,
    )
    with looking_as(work, bound) as theirs:
        if given:
            theirs.grants.give(
                grantee=grantees[0],
                record=("person", supposed.person_id),
                categories=supposed.categories,
                purposes=supposed.purposes,
                basis=CONSENT,
                valid_from=supposed.valid_from,
                valid_until=supposed.valid_until,
            )
        yield theirs


def _records(
    work: Work,
    supposed: Supposed,
    of_person: Mapping[str, type[Base]],
    seen_by_caller: Mapping[str, Sequence[UUID]],
) -> tuple[dict[str, set[UUID]] | None, dict[str, set[UUID]]]:
    """Of the records that the caller sees: those the recipient sees now, if that may be told, and would see."""

    def by(grantees: Sequence[str], *, given: bool) -> dict[str, set[UUID]]:
        found: dict[str, set[UUID]] = {kind: set() for kind in of_person}
        for purpose in supposed.purposes:
            with _with_it_given(work, supposed, grantees=grantees, purpose=purpose, given=given) as theirs:
                for kind, model in of_person.items():
                    counted = seen_by_caller[kind][:_MOST]
                    if counted:
                        found[kind].update(_of_person(theirs, model, supposed, among=counted))
        return found

    if not _may_know_what_they_see(work, supposed):
        return None, by([f"supposed:{uuid4()}"], given=True)
    names = [supposed.recipient]
    kind, _, subject = supposed.recipient.partition(":")
    if kind == "worker":
        standing = standing_of(work.session, subject, at=work.now)
        names += standing.grantees if standing is not None else []
    return by(names, given=False), by(names, given=True)


def _may_know_what_they_see(work: Work, supposed: Supposed) -> bool:
    actor = work.actor
    if supposed.recipient in actor.grantees or actor.may(OVERSEE.format(service=work.service)):
        return True
    reaches, _ = work.grants.reaching([("person", supposed.person_id)])
    return any(reach.basis == "self" for reach in reaches)


def _opened_categories(theirs: Work, model: type[Base], supposed: Supposed) -> set[str] | None:
    """The categories that would be open of such a record about the person, were there one; None when it is closed."""
    protection = model.__protected__
    if protection is None:
        return None
    columns = _person_columns(model)
    values: dict[str, Any] = {columns[0]: supposed.person_id}
    if protection.each_link:
        values |= dict.fromkeys(columns[1:], uuid4())
    kinds = (
        [supposed.categories]
        if protection.category_column is None
        else [[each] for each in supposed.categories]
    )
    opened: set[str] = set()
    shown = False
    for own in kinds:
        if protection.category_column is not None:
            values[protection.category_column] = own[0]
        if theirs.session.scalar(_would_be_seen(model, values)):
            shown = True
            # A category that is worked out from other rows is no column that a row could be made with.
            made = {name: value for name, value in values.items() if name in model.__table__.columns}
            opened |= theirs.seen([model(**_as_lists(model, made))])[0].categories
    return opened if shown else None


def _as_lists(model: type[Base], values: Mapping[str, Any]) -> dict[str, Any]:
    columns = model.__table__.columns
    return {
        name: [value] if name in columns and isinstance(columns[name].type, ARRAY) else value
        for name, value in values.items()
    }


def _would_be_seen(model: type[Base], values: Mapping[str, Any]) -> Any:
    """The predicate over one row that is not there."""
    told = _as_lists(model, values)
    columns = model.__table__.columns
    protection = replace(root_protection(model), kept_by=None)
    row = select(
        *(cast(literal(told.get(each.key)), each.type).label(each.key) for each in columns),
        *(cast(literal(value), Text()).label(name) for name, value in told.items() if name not in columns),
    ).subquery()
    table = SimpleNamespace(**{each.key: each for each in row.c})
    return select(may_see(table, protection, of_transaction())).select_from(row)
