"""What the doors are told about a person, in the shape that their schemas let through."""

from __future__ import annotations

from datetime import date
from typing import NotRequired, TypedDict
from uuid import UUID


class NameTold(TypedDict):
    """One name, with its kind and period; its id when it is on record."""

    id: NotRequired[UUID]
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
    """One way to reach the person; its id when it is on record."""

    id: NotRequired[UUID]
    kind: str
    value: str
    safe_to_contact: bool
    safe_to_leave_message: bool
    whose: str | None
    preferred_times: str | None
    note: str | None
    used_from: date | None
    used_until: date | None


class AddressTold(TypedDict):
    """One address; its id when it is on record."""

    id: NotRequired[UUID]
    kind: str
    street: str | None
    unit: str | None
    locality: str | None
    province: str | None
    postal_code: str | None
    country: str
    place: str | None
    safe_to_send_mail: bool
    safe_to_visit: bool
    note: str | None
    used_from: date | None
    used_until: date | None


class IdentifierTold(TypedDict):
    """One identifier in another system."""

    scheme: str
    issuer: str | None
    value: str
    source: str
    used_from: date | None
    used_until: date | None


class AnswerTold(TypedDict):
    """How a question about oneself was answered, by whom and when."""

    answer: str
    told_by: str | None
    told_on: date | None


class DetailsTold(TypedDict, total=False):
    """What else is known; what is left out is not said."""

    born: BornTold | None
    gender: str | None
    pronouns: str | None
    indigenous_identity: str | None
    indigenous_nation: str | None
    languages: list[str]
    written_languages: list[str]
    preferred_language: str | None
    interpreter_needed: bool
    interpreter_language: str | None
    communication_needs: str | None
    self_described: dict[str, AnswerTold | None]
    no_fixed_address: bool


class PersonTold(DetailsTold):
    """A person as first told."""

    names: list[NameTold]
    contact_points: list[ContactPointTold]
    addresses: list[AddressTold]
    identifiers: list[IdentifierTold]
