"""Invented people in households, the same from the same seed: names as common as names are, twins, namesakes, moves.

Nobody in it is real: names are drawn from lists, dates and numbers at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from tests.bench import names

_STREETS = names.words(
    "Main Oak Pine Maple Cedar Elm View Lake Hill Park Church Mill Harbour Victoria King Queen Dunsmuir Granville "
    "Fraser Columbia Douglas Quadra Cook Fort Pandora Johnson Yates Wharf Beach Bay Cliff Forest Garden River Spring "
    "Summit Sunset Valley Willow Birch Cherry Chestnut Heather Ivy Laurel Lilac Poplar Rose Spruce Walnut"
)
_WAYS = ("Street", "Avenue", "Road", "Drive", "Crescent", "Place", "Court", "Lane")
_TOWNS = names.words(
    "Vancouver Surrey Burnaby Richmond Abbotsford Coquitlam Kelowna Langley Delta Kamloops Nanaimo Victoria "
    "Chilliwack Vernon Penticton Courtenay Cranbrook Squamish Terrace Nelson Quesnel Smithers Hope Kitimat"
)
_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"
_EPOCH = date(1925, 1, 1)
_DAYS = (date(2023, 1, 1) - _EPOCH).days


@dataclass(frozen=True)
class Someone:
    """One invented person, all fields as text; an empty one is not known."""

    given_name: str
    family_name: str
    date_of_birth: str
    street: str = ""
    locality: str = ""
    province: str = ""
    postal_code: str = ""
    phone: str = ""
    identifier: str = ""
    culture: str = "english"
    woman: bool = False


def people(
    count: int, *, seed: int, cultures: dict[str, float] | None = None, family_names: int | None = None
) -> list[Someone]:
    """`count` people in households; `family_names` leaves only so many of them, as in a close community."""
    chance = Random(seed)
    made: list[Someone] = []
    for household in _households(chance, cultures or _USUAL, family_names):
        made += household
        if len(made) >= count:
            return made[:count]
    return made


_USUAL = {"english": 0.68, "french": 0.08, "punjabi": 0.1, "chinese": 0.14}


def _households(
    chance: Random, cultures: dict[str, float], family_names: int | None
) -> Iterator[list[Someone]]:
    while True:
        culture = chance.choices(list(cultures), list(cultures.values()))[0]
        families = names.FAMILY[culture][:family_names]
        common = family_names is not None or culture != "english" or chance.random() < 0.45
        family = names.skewed(chance, families) if common else names.rare_family(chance)
        home = _home(chance)
        eldest = _EPOCH + timedelta(days=chance.randrange(_DAYS))
        first = _one(chance, culture, family, eldest, home)
        members = [first]
        if chance.random() < 0.45:
            partner_family = family if chance.random() < 0.7 else names.rare_family(chance)
            members.append(_one(chance, culture, partner_family, _near(chance, eldest, 4_000), home))
        for _ in range(chance.choices([0, 1, 2, 3], [0.5, 0.2, 0.2, 0.1])[0]):
            born = eldest + timedelta(days=chance.randrange(7_300, 14_600))
            if born.year > 2023:
                continue
            child = _one(chance, culture, family, born, home)
            if chance.random() < 0.05:
                child = replace(child, given_name=first.given_name)
            members.append(child)
            if chance.random() < 0.05:
                twin = _one(chance, culture, family, born, home)
                if twin.given_name != child.given_name:
                    members.append(twin)
        yield members


def _one(chance: Random, culture: str, family: str, born: date, home: Someone) -> Someone:
    given = (
        names.skewed(chance, names.GIVEN[culture])
        if culture != "english" or chance.random() < 0.8
        else names.rare_given(chance)
    )
    if chance.random() < 0.08:
        given += " " + names.skewed(chance, names.GIVEN[culture])
    own_phone = chance.random() < 0.6
    return replace(
        home,
        given_name=given,
        family_name=family,
        date_of_birth=born.isoformat(),
        phone=_phone(chance) if own_phone else home.phone,
        identifier=f"9{chance.randrange(10**9):09}",
        culture=culture,
        woman=chance.random() < 0.5,
    )


def home_of(chance: Random, someone: Someone) -> Someone:
    """The same person, moved."""
    new = _home(chance)
    return replace(
        someone,
        street=new.street,
        locality=new.locality if chance.random() < 0.5 else someone.locality,
        province=new.province,
        postal_code=new.postal_code,
    )


def _home(chance: Random) -> Someone:
    town = names.skewed(chance, _TOWNS)
    digits, letters = chance.choices("0123456789", k=3), chance.choices(_LETTERS, k=2)
    code = f"V{_TOWNS.index(town) % 10}{_LETTERS[_TOWNS.index(town) % 20]} {digits[1]}{letters[1]}{digits[2]}"
    unit = f"{chance.randrange(1, 40)}-" if chance.random() < 0.2 else ""
    street = f"{unit}{chance.randrange(1, 9_999)} {chance.choice(_STREETS)} {chance.choice(_WAYS)}"
    return Someone("", "", "", street, town, "BC", code, _phone(chance))


def _phone(chance: Random) -> str:
    return f"{chance.choice(['604', '250', '778', '236'])}-{chance.randrange(200, 999)}-{chance.randrange(10_000):04}"


def _near(chance: Random, day: date, spread: int) -> date:
    moved = day + timedelta(days=chance.randrange(-spread, spread))
    return moved if _EPOCH <= moved < date(2006, 1, 1) else day
