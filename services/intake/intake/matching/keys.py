"""The keys of a person: whoever shares one is worth comparing (IN-8).

Keys are compound, so that the people who share one stay few however many people there are: two sounds, a sound and a
month of birth, half of a number. Names are used in both orders, days and months too. Pure functions of traits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from intake.matching.levels import nicknames_of
from intake.matching.spelling import Name, name_of
from intake.matching.traits import AddressTraits, NameTraits, Traits

IDENTITY, CONTACT = "identity", "contact"
_MOST_WORDS = 4
_MOST_NICKNAMES = 12
_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Key:
    """A key, the category of what it is made of, and how much sharing it says: the fewer share it, the more."""

    number: int
    category: str
    says: int


def keys_of(person: Traits, *, asking: bool = False) -> list[Key]:
    """Every key of a person, each once; when `asking`, also those of the nicknames of a given name."""
    made: dict[int, Key] = {}
    for category, says, words in _words(person, asking=asking):
        number = _number(words)
        made.setdefault(number, Key(number=number, category=category, says=says))
    return list(made.values())


def _words(person: Traits, *, asking: bool) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    for _, number in person.identifiers:
        yield IDENTITY, 30, ("identifier", number)
        if len(number) >= 6:
            half = len(number) // 2
            yield IDENTITY, 9, ("begins", number[:half])
            yield IDENTITY, 9, ("ends", number[half:])
    for phone in person.phones:
        yield CONTACT, 12, ("phone", phone[-7:])
    births = list(_births(person))
    yield from ((IDENTITY, says, words) for says, words in births)
    for name in person.names:
        yield from ((IDENTITY, says, words) for says, words in _of_name(name, person, asking=asking))
    for address in person.addresses:
        yield from ((CONTACT, says, words) for says, words in _of_address(address, person))


def _births(person: Traits) -> Iterator[tuple[int, tuple[str, ...]]]:
    eight = person.birth.eight
    if eight:
        yield 5, ("birth", eight[:4], *_day_and_month(eight))


def _of_name(name: NameTraits, person: Traits, *, asking: bool) -> Iterator[tuple[int, tuple[str, ...]]]:
    birth, eight = person.birth, person.birth.eight
    givens, families = _sounds(name.given), _sounds(name.family)
    called = list(givens)
    if asking and name.given.words:
        called += _sounds_of_nicknames(name.given.words[0])
    for given in called:
        for family in families:
            yield 6, ("names", *sorted((given, family)))
    for sounds, part in ((givens, name.family), (families, name.given)):
        if len(part.latin) >= _LETTERS:
            for sound in sounds:
                yield 3, ("sound_and_ends", sound, part.latin[0], part.latin[-1])
    letters = [part.latin[:_LETTERS] for part in (name.given, name.family) if len(part.latin) >= _LETTERS]
    if len(letters) == 2:
        yield 2, ("letters", *sorted(letters))
    for sound in dict.fromkeys((*called, *families)):
        if birth.year is not None:
            yield 3, ("sound_and_year", sound, str(birth.year))
            if birth.month is not None:
                yield 6, ("sound_and_month", sound, str(birth.year), str(birth.month))
        if eight:
            yield 6, ("sound_and_day", sound, *_day_and_month(eight))
        if not givens or not families:
            yield 1, ("sound", sound)
    if eight:
        for part in (name.given, name.family):
            if part:
                yield 8, ("birth_and_letter", eight[:4], *_day_and_month(eight), part.latin[:1])


def _of_address(address: AddressTraits, person: Traits) -> Iterator[tuple[int, tuple[str, ...]]]:
    number = min(address.street.numbers, default="")
    place = address.postal_code or address.locality
    if number and place:
        yield 6, ("door", number, address.postal_code or place, address.street.words[:_LETTERS])
    for name in person.names:
        for sound in dict.fromkeys((*_sounds(name.given), *_sounds(name.family))):
            if address.postal_code:
                yield 6, ("sound_and_code", sound, address.postal_code)


def _sounds(name: Name) -> list[str]:
    return sorted(name.sounds)[:_MOST_WORDS]


def _sounds_of_nicknames(word: str) -> list[str]:
    others = sorted(nicknames_of(word) - {word})[:_MOST_NICKNAMES]
    return [sound for other in others for sound in sorted(name_of(other).sounds)]


def _day_and_month(eight: str) -> list[str]:
    """Month and day in either order: the same key when they were swapped."""
    return sorted((eight[4:6], eight[6:]))


def _number(words: Iterable[str]) -> int:
    digest = blake2b("\N{INFORMATION SEPARATOR ONE}".join(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
