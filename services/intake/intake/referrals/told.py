"""What the doors are told about referrals, in the shape that their schemas let through."""

from __future__ import annotations

from typing import NotRequired, TypedDict
from uuid import UUID

from intake.people.told import PersonTold


class DescribedTold(TypedDict):
    """Somebody of whom no name is known: what they are called or look like, and where they are to be found."""

    alias: str | None
    description: str | None
    where_to_find: str | None
    safe_to_look_there: bool


class ReferrerTold(TypedDict):
    """Who asks for help for the person, and whether they want to hear what comes of it."""

    name: str | None
    relation: str | None
    organisation: str | None
    worker: str | None
    phone: str | None
    email: str | None
    note: str | None
    tell_outcome: bool


class WhomTold(TypedDict):
    """Whom a referral is about, in one of three ways."""

    person_id: UUID | None
    person: PersonTold | None
    described: DescribedTold | None


class ForProgramTold(TypedDict):
    """One of the programs that a request is for."""

    program: str
    priority: NotRequired[str | None]
    reason: NotRequired[str | None]
