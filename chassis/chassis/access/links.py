"""Which records a row belongs to, and whose restriction closes it: as the predicate has it, told of a loaded row."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from chassis.access.predicate import kind_of
from chassis.database import Base


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


def guarded_links(model: Base) -> dict[tuple[str, UUID], frozenset[UUID]]:
    """The record links of a row, and for each the persons whose restriction closes it to normal grants (CO-5).

    As the predicate has it: any person of the row, or, where a row is told from each side, the one who is the link.
    """
    protection = type(model).__protected__
    if protection is None:
        return {}
    if protection.through is not None:
        parent = _parent(model, protection.through)
        return guarded_links(parent) if parent is not None else {}
    links = record_links(model)
    if protection.each_link or protection.sides:
        return {(kind, each): frozenset({each} if kind == "person" else ()) for kind, each in links}
    persons: set[UUID] = set()
    for column in protection.person_columns():
        named = getattr(model, column)
        persons.update(named if isinstance(named, list) else [] if named is None else [named])
    return {link: frozenset(persons) for link in links}


def _parent(model: Base, through: tuple[str, type[Base]]) -> Base | None:
    session = Session.object_session(model)
    return session.get(through[1], getattr(model, through[0])) if session is not None else None
