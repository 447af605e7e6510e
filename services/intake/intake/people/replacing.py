"""A whole list of contact points or addresses in place of another: nothing is lost by it (IN-7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar
from uuid import UUID

from chassis.errors import RuleBroken, invalid


class KnownAlready(RuleBroken):
    """The record holds the same, in use: it is amended, not added."""

    code = "known_already"
    title = "The record holds this already"


class Replaceable(Protocol):
    """A part of a record that is in use for a time and can be told from others of its kind."""

    id: UUID
    used_until: date | None

    @property
    def same_as(self) -> tuple[Any, ...]:
        """What makes it this one and no other."""

    def end(self, *, on: date) -> None:
        """It is in use no longer."""


R = TypeVar("R", bound=Replaceable)


def replace(parts: list[R], told: Sequence[Any], *, of: type[R], at: str, on: date) -> None:
    """Take these for the present ones. One that is told with its id, or that is the same, is kept and put right.

    One in use that is not among them ends on this day and stays on record. Raises InvalidInput for an id that is
    not of this record, or comes twice.
    """
    left = {part.id: part for part in parts}
    for place, each in enumerate(told):
        values = {field: value for field, value in each.items() if field != "id"}
        fresh = of(**values)
        part = _meant(left, fresh, each.get("id"), pointer=f"{at}/{place}/id")
        if part is None:
            parts.append(fresh)
            continue
        del left[part.id]
        put_right(part, values)
    for part in left.values():
        if part.used_until is None:
            part.end(on=on)


def must_be_new(part: R, parts: Iterable[R]) -> None:
    """Refuse what the record holds already, in use. Raises KnownAlready."""
    if part.used_until is None and any(
        each.used_until is None and each.same_as == part.same_as for each in parts
    ):
        raise KnownAlready


def put_right(part: Any, told: dict[str, Any]) -> None:
    """Set every field of a part to what is now known."""
    for field, value in told.items():
        setattr(part, field, value)


def _meant(left: dict[UUID, R], fresh: R, told_id: UUID | None, *, pointer: str) -> R | None:
    if told_id is not None:
        if told_id not in left:
            raise invalid(pointer, "known", "Must be the id of one on this record, once.")
        return left[told_id]
    same = (part for part in left.values() if part.used_until is None and part.same_as == fresh.same_as)
    return next(same, None)
