"""A record as plain values, and what an amendment changed of them (IN-7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database import Base
from chassis.work import Work
from intake.people.history.model import PersonChange
from intake.people.model import Person

# Each field of a record that has one value, with its category.
FIELDS = {
    "born": "identity",
    "gender": "identity",
    "pronouns": "identity",
    "indigenous_identity": "identity",
    "indigenous_nation": "identity",
    "languages": "identity",
    "written_languages": "identity",
    "preferred_language": "identity",
    "interpreter_needed": "identity",
    "interpreter_language": "identity",
    "communication_needs": "identity",
    "self_described": "identity",
    "no_fixed_address": "contact",
}
# Each field that has many, with its category. Keys to compare by are left out: they follow from what was typed.
PARTS = {
    "names": "identity",
    "contact_points": "contact",
    "addresses": "contact",
    "identifiers": "identity",
    "relationships": "family",
}
_NOT_TOLD = {"id", "person_id", "key", "value_key", "postal_key", "shown_to_id"}

Key = tuple[str, UUID | None]


def as_it_is(person: Person) -> dict[Key, Any]:
    """Every field and every part of the record that says something, as JSON has it."""
    said: dict[Key, Any] = {(field, None): _plain(getattr(person, field)) for field in FIELDS}
    for field in PARTS:
        said |= {(field, part.id): _row(part) for part in getattr(person, field)}
    return {key: value for key, value in said.items() if value not in (None, [], {}, False)}


def keep_changes(work: Work, person: Person, *, before: dict[Key, Any]) -> None:
    """Write down what is different now, by whom and when."""
    work.session.add_all(_changes(work, person, before=before, after=as_it_is(person)))


def _changes(
    work: Work, person: Person, *, before: dict[Key, Any], after: dict[Key, Any]
) -> Iterator[PersonChange]:
    for field, part_id in {**before, **after}:
        was, is_now = before.get((field, part_id)), after.get((field, part_id))
        if was != is_now:
            yield PersonChange(
                person_id=person.id,
                changed_at=work.now,
                changed_by=work.actor.subject,
                organisation=work.actor.organisation,
                category=(FIELDS | PARTS)[field],
                field=field,
                part_id=part_id,
                before=was,
                after=is_now,
            )


def _row(part: Base) -> dict[str, Any]:
    columns = (column.key for column in type(part).__mapper__.columns)
    told = {name: _plain(getattr(part, name)) for name in columns if name not in _NOT_TOLD}
    return {name: value for name, value in told.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if hasattr(value, "as_told"):
        return value.as_told()
    return list(value) if isinstance(value, list) else value
