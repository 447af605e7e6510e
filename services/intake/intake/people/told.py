"""What the doors are told about a person, in the shape that their schemas let through."""

from __future__ import annotations

from datetime import date
from typing import TypedDict


class NameTold(TypedDict):
    """One name, with its kind and period."""

    kind: str
    given: str | None
    family: str | None
    used_from: date | None
    used_until: date | None


class BornTold(TypedDict):
    """As much of a date of birth as is known."""

    year: int
    month: int | None
    day: int | None
    approximate: bool


class ContactPointTold(TypedDict):
    """One way to reach the person."""

    kind: str
    value: str
    safe_to_contact: bool
    safe_to_leave_message: bool
    note: str | None


class DetailsTold(TypedDict, total=False):
    """What else is known; what is left out is not said."""

    born: BornTold | None
    gender: str | None
    pronouns: str | None
    indigenous_identity: str | None
    indigenous_nation: str | None
    languages: list[str]
    interpreter_needed: bool
    no_fixed_address: bool


class PersonTold(DetailsTold):
    """A person as first told."""

    names: list[NameTold]
    contact_points: list[ContactPointTold]
