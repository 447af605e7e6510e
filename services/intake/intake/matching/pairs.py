"""Comparing records of lists fast: each two values of a field are compared once, patterns are numbers (IN-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from intake.matching import levels
from intake.matching.levels import DIFFERS, EXACT, FIELDS, INITIAL, LEVELS, MISSING, SOUNDS_ALIKE, SWAPPED
from intake.matching.score import ADDRESS
from intake.matching.traits import Traits

_MOST_REMEMBERED = 400_000  # pairs of values a field: memory stays flat on long lists
BASE = 10  # more than any field has levels, with 0 for missing
_CODES = {
    field: {MISSING: 0, **{level: place for place, level in enumerate(LEVELS[field], start=1)}}
    for field in FIELDS
}
_PLACE = {field: BASE**at for at, field in enumerate(FIELDS)}
_POOR_GIVEN = frozenset(_CODES["given_name"][level] for level in (DIFFERS, SOUNDS_ALIKE, INITIAL))
_POOR_FAMILY = frozenset(_CODES["family_name"][level] for level in (DIFFERS, SOUNDS_ALIKE, INITIAL))
_SWAPPED_NAMES = (_CODES["given_name"][SWAPPED], _CODES["family_name"][EXACT])
_BUT_NAMES = [field for field in FIELDS if field not in ("given_name", "family_name")]


def codes_of(pattern: int) -> list[int]:
    """The level of each field as a number: 0 is missing, 1 the first level."""
    codes = []
    for _ in FIELDS:
        pattern, code = divmod(pattern, BASE)
        codes.append(code)
    return codes


def levels_of(pattern: int) -> dict[str, str]:
    """The level of each field that says something, by name."""
    return {
        field: LEVELS[field][code - 1] for field, code in zip(FIELDS, codes_of(pattern), strict=True) if code
    }


class _Compared:
    """The levels of pairs of values of one field, remembered."""

    def __init__(self, field: str, level: Callable[[Any, Any], str]) -> None:
        self._codes, self._place, self._level = _CODES[field], _PLACE[field], level
        self.known: dict[tuple[int, int], int] = {}

    def learn(self, key: tuple[int, int], a: Any, b: Any) -> int:
        if len(self.known) >= _MOST_REMEMBERED:
            self.known.clear()
        code = self.known[key] = self._codes[self._level(a, b)] * self._place
        return code


class Comparer:
    """Compares records of one list of all records, given by their places in it."""

    def __init__(self, people: Sequence[Traits]) -> None:
        self.values = {field: [_value(person, field) for person in people] for field in FIELDS}
        self._ids = {field: _numbered(self.values[field]) for field in FIELDS}
        given, family = self.values["given_name"], self.values["family_name"]
        either = _numbered([*given, *family])
        self._ids["given_name"], self._ids["family_name"] = either[: len(people)], either[len(people) :]
        self._given = _Compared("given_name", levels.given_level)
        self._family = _Compared("family_name", levels.family_level)
        self._others = [
            (_Compared(field, how), self._ids[field], self.values[field])
            for field, how in (
                ("date_of_birth", levels.birth_level),
                ("identifier", levels.number_level),
                ("phone", levels.number_level),
                ("postal_code", levels.postal_level),
                ("province", levels.province_level),
                ("locality", levels.place_level),
                ("street", levels.street_level),
            )
        ]
        self._both_differ = (
            _CODES["locality"][DIFFERS] * _PLACE["locality"] + _CODES["street"][DIFFERS] * _PLACE["street"]
        )
        self._both_swapped = (
            _CODES["locality"][SWAPPED] * _PLACE["locality"] + _CODES["street"][SWAPPED] * _PLACE["street"]
        )

    def pattern(self, i: int, j: int, *, hopeless: Callable[[int], bool] | None = None) -> int:
        """The levels of all fields in one number; -1 where `hopeless` says so of what is known without the address."""
        pattern = self._names(i, j)
        place_and_street = 0
        for at, (compared, ids, values) in enumerate(self._others):
            a, b = ids[i], ids[j]
            if a == 0 or b == 0:
                continue
            if a > b:
                a, b = b, a
            code = compared.known.get((a, b))
            if code is None:
                code = compared.learn((a, b), values[i], values[j])
            pattern += code
            if at == 3 and hopeless is not None and hopeless(pattern):
                return -1
            if at >= 5:
                place_and_street += code
        if place_and_street == self._both_differ and self._crossed_address(i, j):
            pattern += self._both_swapped - self._both_differ
        return pattern

    def numbers(self, field: str) -> list[int]:
        """The number of each record's value of a field; 0 where it is missing."""
        return self._ids[field]

    def called(self, at: int) -> tuple[int, int]:
        """The numbers of a record's given and family name."""
        return self._ids["given_name"][at], self._ids["family_name"][at]

    def holders(self, field: str) -> dict[int, int]:
        """How many people of different names and birth hold each value, so that one person's records count once."""
        known: dict[int, set[tuple[Any, Any]]] = defaultdict(set)
        givens, births = self.values["given_name"], self.values["date_of_birth"]
        for place, number in enumerate(self._ids[field]):
            known[number].add((givens[place].latin[:2], births[place].eight[:4]))
        return {number: len(people) for number, people in known.items()}

    def _names(self, i: int, j: int) -> int:
        given, family = self._ids["given_name"], self._ids["family_name"]
        givens, families = self.values["given_name"], self.values["family_name"]
        first = last = 0
        a, b = given[i], given[j]
        if a and b:
            key = (a, b) if a <= b else (b, a)
            first = self._given.known.get(key, -1)
            if first < 0:
                first = self._given.learn(key, givens[i], givens[j])
        a, b = family[i], family[j]
        if a and b:
            key = (a, b) if a <= b else (b, a)
            last = self._family.known.get(key, -1)
            if last < 0:
                last = self._family.learn(key, families[i], families[j])
        if (
            first in _POOR_GIVEN
            and last // BASE in _POOR_FAMILY
            and levels.swapped(givens[i], families[i], givens[j], families[j])
        ):
            return _SWAPPED_NAMES[0] + _SWAPPED_NAMES[1] * BASE
        return first + last

    def _crossed_address(self, i: int, j: int) -> bool:
        streets, places = self.values["street"], self.values["locality"]
        return levels.street_and_place_swapped(streets[i], places[i], streets[j], places[j])


def _value(person: Traits, field: str) -> Any:
    (name,), (address,) = person.names, person.addresses
    if field == "given_name":
        return name.given
    if field == "family_name":
        return name.family
    if field == "date_of_birth":
        return person.birth
    if field in ADDRESS:
        return getattr(address, field)
    if field == "phone":
        return person.phones[0] if person.phones else ""
    return person.identifiers[0][1] if person.identifiers else ""


def _numbered(values: Sequence[Any]) -> list[int]:
    """A number for each different value; 0 for one that says nothing."""
    numbers: dict[Any, int] = {}
    fresh = count(1)
    return [
        0 if not value else numbers.get(value) or numbers.setdefault(value, next(fresh)) for value in values
    ]
