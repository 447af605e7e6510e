"""How alike two values of a field are, in a few named levels (IN-8).

Each function answers with one level of its field. *Missing* means that at least one side says nothing: it is never
disagreement. Pure functions of two values; symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from nicknames import NickNamer
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from intake.matching.spelling import Name, Street, place_of

MISSING = "missing"
EXACT = "exact"
DIFFERS = "differs"
SWAPPED = "swapped"
TYPING_ERROR = "typing_error"
SOUNDS_ALIKE = "sounds_alike"
NICKNAME = "nickname"
PART = "part"
INITIAL = "initial"

# Per field, from the most alike to the least; a weight file has a line for each.
LEVELS: dict[str, tuple[str, ...]] = {
    "given_name": (EXACT, NICKNAME, TYPING_ERROR, PART, INITIAL, SOUNDS_ALIKE, SWAPPED, DIFFERS),
    "family_name": (EXACT, TYPING_ERROR, PART, INITIAL, SOUNDS_ALIKE, DIFFERS),
    "date_of_birth": (
        EXACT,
        "day_and_month_swapped",
        TYPING_ERROR,
        "one_part_differs",
        "year_and_month",
        "year",
        "year_near",
        DIFFERS,
    ),
    "street": (EXACT, "similar", "same_street", SWAPPED, "same_number", DIFFERS),
    "locality": (EXACT, TYPING_ERROR, "similar", SWAPPED, DIFFERS),
    "province": (EXACT, TYPING_ERROR, DIFFERS),
    "postal_code": (EXACT, TYPING_ERROR, "same_area", DIFFERS),
    "phone": (EXACT, TYPING_ERROR, DIFFERS),
    "identifier": (EXACT, TYPING_ERROR, DIFFERS),
}
FIELDS = tuple(LEVELS)

_SURELY = (EXACT, TYPING_ERROR)
_PERHAPS = (EXACT, TYPING_ERROR, NICKNAME, PART, INITIAL)
_ALIKE = 0.88
_SHORTEST_PREFIX = 3
_CLOSE_WORDS = 84.0


@dataclass(frozen=True, slots=True)
class Birth:
    """What was told of a date of birth. `digits` keeps eight digits that no calendar has, to compare misprints."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    approximate: bool = False
    digits: str = ""

    def __bool__(self) -> bool:
        return self.year is not None or bool(self.digits)

    @property
    def eight(self) -> str:
        """Year, month and day as eight digits; empty when a part is unknown."""
        if self.digits:
            return self.digits
        if self.year is None or self.month is None or self.day is None:
            return ""
        return f"{self.year:04}{self.month:02}{self.day:02}"

    @classmethod
    def read(cls, text: str) -> Birth:
        """From ISO text, whole or in part (1980, 1980-02, 1980-02-03). Eight digits that are no date are kept as such.

        Raises ValueError for anything else.
        """
        plain = text.strip().replace("/", "-")
        if len(plain) == 8 and plain.isascii() and plain.isdigit():
            plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
        parts = plain.split("-")
        if (
            not all(part.isascii() and part.isdigit() for part in parts)
            or [len(part) for part in parts] != [4, 2, 2][: len(parts)]
        ):
            raise ValueError("not a date as in 1980-02-03")
        numbers = [int(part) for part in parts]
        year, month, day = (*numbers, None, None)[:3]
        try:
            date(year or 0, 1 if month is None else month, 1 if day is None else day)
        except ValueError:
            if len(parts) == 3:
                return cls(digits="".join(parts))
            raise
        return cls(year, month, day)


@cache
def nicknames_of(word: str) -> frozenset[str]:
    """The given name itself and those that go with it: robert, bob, bobby, rob."""
    known = _nicknames()
    return frozenset((word, *known.nicknames_of(word), *known.canonicals_of(word)))


@cache
def _nicknames() -> NickNamer:
    return NickNamer()


def given_level(a: Name, b: Name) -> str:
    """How alike two given names are; *swapped* is not decided here."""
    level = _name_level(a, b)
    if level in (EXACT, MISSING, TYPING_ERROR) or _of_two_generations(a, b):
        return level
    first, other = a.words[0], b.words[0]
    if first == other:
        return PART
    if other in nicknames_of(first) or first in nicknames_of(other):
        return NICKNAME
    if level not in (DIFFERS, SOUNDS_ALIKE):
        return level
    if _begins(a.squeezed, b.squeezed):
        return PART
    if len(a.words) + len(b.words) > 2 and _slipped(first, other):
        return PART
    return SOUNDS_ALIKE if _slipped_nickname(first, other) or _slipped_nickname(other, first) else level


def _slipped(a: str, b: str) -> bool:
    return max(len(a), len(b)) >= 4 and OSA.distance(a, b, score_cutoff=1) == 1


def _slipped_nickname(a: str, b: str) -> bool:
    return len(a) >= 3 and any(
        nickname[:1] == a[:1] and abs(len(nickname) - len(a)) <= 1 and _slipped(a, nickname)
        for nickname in nicknames_of(b)
    )


def family_level(a: Name, b: Name) -> str:
    """How alike two family names are; *swapped* is not decided here."""
    return _name_level(a, b)


def _name_level(a: Name, b: Name) -> str:
    if not a or not b:
        return MISSING
    if _of_two_generations(a, b):
        return DIFFERS
    if a.squeezed == b.squeezed or sorted(a.words) == sorted(b.words):
        return EXACT
    shorter, longer = sorted((len(a.squeezed), len(b.squeezed)))
    if shorter == 1:
        return INITIAL if a.latin[:1] == b.latin[:1] else DIFFERS
    if a.latin == b.latin:
        return TYPING_ERROR
    edits = OSA.distance(a.latin, b.latin, score_cutoff=2)
    if (edits == 1 and longer >= 4) or (edits and a.scanned == b.scanned):
        return TYPING_ERROR
    if _one_within_the_other(a.words, b.words):
        return PART
    if edits == 2 and shorter >= 6:
        return SOUNDS_ALIKE
    if a.sounds == b.sounds and shorter >= 3:
        return SOUNDS_ALIKE
    if edits == 1 or JaroWinkler.similarity(a.latin, b.latin, prefix_weight=0.1) >= _ALIKE:
        return SOUNDS_ALIKE
    return DIFFERS


def _of_two_generations(a: Name, b: Name) -> bool:
    return bool(a.generation and b.generation) and a.generation != b.generation


def _one_within_the_other(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    if len(a) == len(b) == 1:
        return False
    fewer, more = (a, b) if len(a) <= len(b) else (b, a)
    telling = [word for word in fewer if len(word) >= 3]
    return bool(telling) and all(word in more for word in telling)


def _begins(a: str, b: str) -> bool:
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    return len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter)


def swapped(given_a: Name, family_a: Name, given_b: Name, family_b: Name) -> bool:
    """Whether one side holds the given name where the other holds the family name."""
    if not (given_a and family_a and given_b and family_b):
        return False
    one, other = given_level(given_a, family_b), given_level(family_a, given_b)
    if (one in _SURELY and other in _PERHAPS) or (other in _SURELY and one in _PERHAPS):
        return True
    return sorted((*given_a.words, *family_a.words)) == sorted((*given_b.words, *family_b.words))


def birth_level(a: Birth, b: Birth) -> str:
    """How well two dates of birth agree, as far as both are known."""
    if not a or not b:
        return MISSING
    one, other = a.eight, b.eight
    if one and other:
        return _whole_birth_level(a, b, one, other)
    if a.year is None or b.year is None:
        return MISSING  # eight misprinted digits against a year alone
    if a.year != b.year:
        return (
            "year_near" if abs(a.year - b.year) <= (3 if a.approximate or b.approximate else 1) else DIFFERS
        )
    if a.month is None or b.month is None:
        return "year"
    return "year_and_month" if a.month == b.month else "year_near"


def _whole_birth_level(a: Birth, b: Birth, one: str, other: str) -> str:
    if one == other:
        return EXACT
    if one[:4] == other[:4] and one[4:6] == other[6:] and one[6:] == other[4:6]:
        return "day_and_month_swapped"
    if OSA.distance(one, other, score_cutoff=1) == 1:
        return TYPING_ERROR
    same = (one[:4] == other[:4]) + (one[4:6] == other[4:6]) + (one[6:] == other[6:])
    if same == 2:
        return "one_part_differs"
    if a.digits or b.digits:
        return MISSING  # one of them is no date, and it resembles nothing: it says nothing
    if a.approximate or b.approximate:
        return "year_near" if abs(int(one[:4]) - int(other[:4])) <= 3 else DIFFERS
    if one[:4] == other[:4]:
        return "year"
    if OSA.distance(one, other, score_cutoff=2) == 2:
        return "year_near"
    return DIFFERS


def street_level(a: Street, b: Street) -> str:
    """How alike two street lines are; *swapped* is not decided here."""
    if not a or not b:
        return MISSING
    if a.squeezed == b.squeezed:
        return EXACT
    alike = _words_alike(a, b)
    if a.numbers and b.numbers:
        if a.numbers == b.numbers:
            return "similar" if alike else "same_number"
        if alike:
            near = a.numbers & b.numbers or _numbers_near(a.numbers, b.numbers)
            return "similar" if near else "same_street"
        return DIFFERS
    return "same_street" if alike else DIFFERS


def _words_alike(a: Street, b: Street) -> bool:
    if not a.words or not b.words:
        return False
    if a.words == b.words:
        return True
    squeezed = fuzz.ratio(a.words.replace(" ", ""), b.words.replace(" ", ""))
    return squeezed >= _CLOSE_WORDS or fuzz.token_set_ratio(a.words, b.words) >= _CLOSE_WORDS + 4


def _numbers_near(a: frozenset[str], b: frozenset[str]) -> bool:
    one, other = max(a), max(b)
    return len(one) > 1 and len(other) > 1 and OSA.distance(one, other, score_cutoff=1) == 1


def place_level(a: str, b: str) -> str:
    """How alike two towns are, spelled by `place_of`; *swapped* is not decided here."""
    if not a or not b:
        return MISSING
    if a == b:
        return EXACT
    edits = OSA.distance(a, b, score_cutoff=2)
    if edits == 1 and min(len(a), len(b)) >= 4:
        return TYPING_ERROR
    if (edits == 2 and min(len(a), len(b)) >= 6) or fuzz.ratio(a, b) >= _CLOSE_WORDS:
        return "similar"
    return "similar" if min(len(a), len(b)) >= 5 and (a in b or b in a) else DIFFERS


def province_level(a: str, b: str) -> str:
    """Whether two provinces agree."""
    if not a or not b:
        return MISSING
    if a == b:
        return EXACT
    slip = len(a) == len(b) >= 3 and sorted(a) == sorted(b)
    longer = max(len(a), len(b))
    return TYPING_ERROR if slip or (longer >= 3 and OSA.distance(a, b, score_cutoff=1) == 1) else DIFFERS


def postal_level(a: str, b: str) -> str:
    """How well two postal codes agree; the same area is the same beginning, half of the code."""
    if not a or not b:
        return MISSING
    if a == b:
        return EXACT
    if min(len(a), len(b)) >= 4 and OSA.distance(a, b, score_cutoff=1) == 1:
        return TYPING_ERROR
    half = (max(len(a), len(b)) + 1) // 2
    return "same_area" if a[:half] == b[:half] else DIFFERS


def number_level(a: str, b: str) -> str:
    """Whether two phone numbers or identifiers agree, or but for one slip of the hand."""
    if not a or not b:
        return MISSING
    if a == b:
        return EXACT
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= 7 and longer.endswith(shorter):
        return EXACT if len(longer) <= 10 and longer.isdigit() else TYPING_ERROR
    slip = len(shorter) >= 5 and OSA.distance(a, b, score_cutoff=1) == 1
    return TYPING_ERROR if slip else DIFFERS


def street_and_place_swapped(street_a: Street, place_a: str, street_b: Street, place_b: str) -> bool:
    """Whether one side holds the street where the other holds the town."""
    return bool(street_a and street_b and place_a and place_b) and (
        _reads_as(street_a, place_b) and _reads_as(street_b, place_a)
    )


def _reads_as(street: Street, place: str) -> bool:
    return place_level(place_of(street.squeezed), place) in (EXACT, TYPING_ERROR, "similar")
