"""What the doors are told about somebody who is looked for, in the shape that their schemas let through."""

from __future__ import annotations

from typing import TypedDict


class BornTyped(TypedDict):
    """As much of a date of birth as was typed."""

    year: int
    month: int | None
    day: int | None


class AddressTyped(TypedDict):
    """As much of an address as was typed."""

    street: str | None
    locality: str | None
    province: str | None
    postal_code: str | None


class Described(TypedDict):
    """Somebody as far as they are typed in."""

    given: str | None
    family: str | None
    born: BornTyped | None
    phone: str | None
    identifier: str | None
    scheme: str | None
    issuer: str | None
    address: AddressTyped | None
