"""What is compared of a person: names, birth, addresses, phones and identifiers, taken apart once (IN-8)."""

from __future__ import annotations

from dataclasses import dataclass

from intake.matching.levels import Birth
from intake.matching.spelling import (
    Name,
    Street,
    code_of,
    name_of,
    phone_of,
    place_of,
    province_of,
    street_of,
)

_NO_NAME = name_of("")
_NO_STREET = street_of("")
_NOT_KNOWN = Birth()


@dataclass(frozen=True, slots=True)
class NameTraits:
    """One name of a person."""

    given: Name = _NO_NAME
    family: Name = _NO_NAME

    @classmethod
    def read(cls, given: str | None, family: str | None) -> NameTraits:
        """From the parts as they were told."""
        return cls(given=name_of(given or ""), family=name_of(family or ""))

    def __bool__(self) -> bool:
        return bool(self.given or self.family)


@dataclass(frozen=True, slots=True)
class AddressTraits:
    """One address of a person."""

    street: Street = _NO_STREET
    locality: str = ""
    province: str = ""
    postal_code: str = ""

    @classmethod
    def read(
        cls, street: str | None, locality: str | None, province: str | None, postal_code: str | None
    ) -> AddressTraits:
        """From the lines as they were told."""
        return cls(
            street=street_of(street or ""),
            locality=place_of(locality or ""),
            province=province_of(province or ""),
            postal_code=code_of(postal_code or ""),
        )

    def __bool__(self) -> bool:
        return bool(self.street or self.locality or self.province or self.postal_code)


@dataclass(frozen=True, slots=True)
class Traits:
    """All of a person that is compared. What is not known is empty.

    `identifiers` are pairs of kind and number: only numbers of one kind are compared, one of no kind with all.
    """

    names: tuple[NameTraits, ...] = ()
    birth: Birth = _NOT_KNOWN
    addresses: tuple[AddressTraits, ...] = ()
    phones: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()

    @property
    def says_anything(self) -> bool:
        """Whether anything is known at all."""
        return bool(any(self.names) or self.birth or any(self.addresses) or self.phones or self.identifiers)


def phone_traits(*numbers: str | None) -> tuple[str, ...]:
    """Phone numbers in one spelling, those without a digit left out."""
    return tuple(dict.fromkeys(number for told in numbers if told and (number := phone_of(told))))


def identifier_traits(*told: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Identifiers, as pairs of kind and number, in one spelling; empty ones left out."""
    return tuple(dict.fromkeys((kind, code) for kind, text in told if text and (code := code_of(text))))
