"""What is compared, taken from a person's record as far as the reader may see it (IN-8)."""

from __future__ import annotations

from intake.matching.levels import Birth
from intake.matching.traits import AddressTraits, NameTraits, Traits, identifier_traits, phone_traits
from intake.people.birth import Born
from intake.people.model import Person

NOT_THEIRS = "recorded_in_error"


def traits_of(person: Person) -> Traits:
    """The traits of a record: every name, present and past, what is known of the birth, and where they are reached.

    What row-level security keeps from the reader is not in it. An identifier recorded in error is not theirs.
    """
    return Traits(
        names=tuple(
            dict.fromkeys(name for each in person.names if (name := NameTraits.read(each.given, each.family)))
        ),
        birth=birth_of(person.born),
        addresses=tuple(
            dict.fromkeys(
                address
                for each in person.addresses
                if (
                    address := AddressTraits.read(
                        " ".join(part for part in (each.unit, each.street) if part),
                        each.locality,
                        each.province,
                        each.postal_code,
                    )
                )
            )
        ),
        phones=phone_traits(*(point.value for point in person.contact_points if point.kind == "phone")),
        identifiers=identifier_traits(
            *(
                (f"{each.scheme} {each.issuer}", each.value)
                for each in person.identifiers
                if each.ended_because != NOT_THEIRS
            )
        ),
    )


def birth_of(born: Born | None) -> Birth:
    """What is known of a date of birth, as it is compared."""
    if born is None:
        return Birth()
    return Birth(year=born.year, month=born.month, day=born.day, approximate=bool(born.approximate))
