"""What happens to a person's details between two desks; another model than FEBRL's, for lists nobody tuned on.

Nicknames and initials, married names, names the other way round, day and month swapped, slips of the hand, what a
scanner misreads, another script, a move, a new phone, and what was not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from tests.bench import names
from tests.bench.population import Someone, home_of

_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
_MISREAD = (
    ("rn", "m"),
    ("m", "rn"),
    ("l", "1"),
    ("o", "0"),
    ("i", "l"),
    ("cl", "d"),
    ("vv", "w"),
    ("u", "v"),
)
_HEARD = (
    ("ph", "f"),
    ("c", "k"),
    ("y", "i"),
    ("ee", "ea"),
    ("tt", "t"),
    ("ll", "l"),
    ("ck", "k"),
    ("z", "s"),
)
_ABBREVIATED = {
    "Street": "St",
    "Avenue": "Ave",
    "Road": "Rd",
    "Drive": "Dr",
    "Crescent": "Cres",
    "Place": "Pl",
}


@dataclass(frozen=True)
class Habits:
    """How often each mishap happens to a record."""

    nickname: float = 0.08
    initial: float = 0.02
    first_of_two: float = 0.3
    slip: float = 0.12
    scanned: float = 0.03
    heard: float = 0.05
    swapped: float = 0.03
    married: float = 0.04
    hyphenated: float = 0.02
    day_and_month: float = 0.02
    birth_slip: float = 0.04
    birth_wrong: float = 0.005
    moved: float = 0.2
    abbreviated: float = 0.4
    new_phone: float = 0.25
    number_slip: float = 0.04
    missing: float = 0.05
    other_script: float = 0.0
    without: tuple[str, ...] = ()


def retold(someone: Someone, chance: Random, habits: Habits) -> Someone:
    """The person as another desk wrote them down."""

    def happens(share: float) -> bool:
        return chance.random() < share

    given, family = someone.given_name, someone.family_name
    if " " in given and happens(habits.first_of_two):
        given = given.split()[0]
    if happens(habits.nickname):
        given = names.SHORT.get(given, given)
    elif happens(habits.initial):
        given = given[:1]
    if someone.woman and happens(habits.married):
        family = names.rare_family(chance)
    elif happens(habits.hyphenated):
        family = f"{family}-{names.rare_family(chance)}"
    if happens(habits.other_script):
        family = names.FAMILY_TRANSLITERATED.get(family, family)
    given, family = (_misprinted(part, chance, habits) for part in (given, family))
    if happens(habits.swapped):
        given, family = family, given
    told = replace(
        someone, given_name=given, family_name=family, date_of_birth=_birth(someone, chance, habits)
    )
    if happens(habits.moved):
        told = home_of(chance, told)
    if happens(habits.new_phone):
        told = replace(told, phone=f"604-{chance.randrange(200, 999)}-{chance.randrange(10_000):04}")
    if happens(habits.abbreviated):
        told = replace(told, street=_abbreviated(told.street))
    if happens(habits.slip / 2):
        told = replace(told, street=_slip(told.street, chance))
    if happens(habits.slip / 3):
        told = replace(told, locality=_slip(told.locality, chance))
    for field in ("phone", "identifier", "postal_code"):
        if happens(habits.number_slip):
            told = replace(told, **{field: _digit_slip(getattr(told, field), chance)})
    for field in (
        "given_name",
        "family_name",
        "date_of_birth",
        "street",
        "locality",
        "postal_code",
        "phone",
        "identifier",
    ):
        if happens(habits.missing):
            told = replace(told, **{field: ""})
    return replace(told, **dict.fromkeys(habits.without, ""))


def _misprinted(part: str, chance: Random, habits: Habits) -> str:
    if chance.random() < habits.slip:
        part = _slip(part, chance)
    if chance.random() < habits.scanned:
        part = _one_of(part, _MISREAD, chance)
    if chance.random() < habits.heard:
        part = _one_of(part, _HEARD, chance)
    return part


def _birth(someone: Someone, chance: Random, habits: Habits) -> str:
    year, month, day = someone.date_of_birth.split("-")
    if int(day) <= 12 and chance.random() < habits.day_and_month:
        return f"{year}-{day}-{month}"
    if chance.random() < habits.birth_slip:
        return _kept_date(_digit_slip(someone.date_of_birth, chance), someone.date_of_birth)
    if chance.random() < habits.birth_wrong:
        return f"{int(year) + chance.choice([-10, -3, 3, 10])}-01-01"
    return someone.date_of_birth


def _kept_date(told: str, before: str) -> str:
    year, month, day = (int(part) for part in told.split("-"))
    return told if 1900 <= year <= 2025 and 1 <= month <= 12 and 1 <= day <= 28 else before


def _slip(text: str, chance: Random) -> str:
    if len(text) < 3:
        return text
    at = chance.randrange(1, len(text) - 1)
    kinds: list[Callable[[], str]] = [
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + text[at] + text[at:],
        lambda: text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        lambda: text[:at] + chance.choice(_NEIGHBOURS.get(text[at].lower(), text[at])) + text[at + 1 :],
    ]
    return chance.choice(kinds)()


def _digit_slip(text: str, chance: Random) -> str:
    places = [at for at, sign in enumerate(text) if sign.isdigit()]
    if not places:
        return text
    at = chance.choice(places)
    if chance.random() < 0.3 and at + 1 < len(text) and text[at + 1].isdigit():
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + chance.choice("0123456789") + text[at + 1 :]


def _one_of(text: str, changes: tuple[tuple[str, str], ...], chance: Random) -> str:
    fitting = [change for change in changes if change[0] in text]
    return text.replace(*chance.choice(fitting), 1) if fitting else text


def _abbreviated(street: str) -> str:
    for whole, short in _ABBREVIATED.items():
        street = street.replace(whole, short)
    return street
