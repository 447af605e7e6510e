"""Which records a row belongs to, and whose restriction closes it: as the predicate has it, told of a loaded row."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.access.predicate import kind_of
from chassis.database import Base


@dataclass(frozen=True)
class Guard:
    """Whose restriction closes a link to normal grants: any of `persons`, or all of `everyone` together (CO-5)."""

    persons: frozenset[UUID] = frozenset()
    everyone: frozenset[UUID] = frozenset()

    @property
    def asked(self) -> frozenset[UUID]:
        """The persons about whom it must be known whether they are restricted."""
        return self.persons | self.everyone

    def closed(self, restricted: Set[UUID]) -> bool:
        """Whether only a grant that reaches restricted records opens the link."""
        return not restricted.isdisjoint(self.persons) or bool(self.everyone and self.everyone <= restricted)


def record_links(model: Base) -> list[tuple[str, UUID]]:
    """The record links of a row, its parents' where it is protected through one."""
    protection = type(model).__protected__
    if protection is None:
        return []
    if protection.through is not None:
        parent = _parent(model, protection.through)
        return record_links(parent) if parent is not None else []
    links: list[tuple[str, UUID]] = []
    for declared, column in protection.links:
        kind, named = kind_of(model, declared), getattr(model, column)
        links += [
            (kind, each) for each in (named if isinstance(named, list) else [named]) if each is not None
        ]
    return links


def guarded_links(model: Base) -> dict[tuple[str, UUID], Guard]:
    """The record links of a row, and for each whose restriction closes it to normal grants (CO-5).

    As the predicate has it: any person of the row, or, where a row is told from each side, the one who is the link; and
    all who share it together.
    """
    protection = type(model).__protected__
    if protection is None:
        return {}
    if protection.through is not None:
        parent = _parent(model, protection.through)
        return guarded_links(parent) if parent is not None else {}
    links = record_links(model)
    if protection.each_link or protection.sides:
        return {(kind, each): Guard(frozenset({each} if kind == "person" else ())) for kind, each in links}
    guard = Guard(
        persons=_named(model, protection.person_columns()),
        everyone=_named(model, [protection.everyone] if protection.everyone is not None else []),
    )
    return dict.fromkeys(links, guard)


def _named(model: Base, columns: Collection[str]) -> frozenset[UUID]:
    """The persons whom columns of one id or of several name."""
    persons: set[UUID] = set()
    for column in columns:
        named = getattr(model, column)
        persons.update(named if isinstance(named, list) else [] if named is None else [named])
    return frozenset(persons)


def _parent(model: Base, through: tuple[str, type[Base]]) -> Base | None:
    session = Session.object_session(model)
    return session.get(through[1], getattr(model, through[0])) if session is not None else None
