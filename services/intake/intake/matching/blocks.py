"""Which records of two lists are worth comparing: those that share a key (IN-8).

Each kind of key would miss some people; together they miss few. Large blocks are left out, the largest first, so that
the work grows with the lists and not with their product.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from intake.matching.traits import Traits

_PAIRS_A_KIND = 1_000_000
_PAIRS_A_RECORD = 10


def keys_of(person: Traits) -> Iterator[tuple[str, ...]]:
    """The keys of a record of a list; the first word is the kind."""
    (name,), (address,) = person.names, person.addresses
    sounds = sorted(set(name.given.sounds | name.family.sounds))
    eight = person.birth.eight
    year, month_day = eight[:4], "".join(sorted((eight[4:6], eight[6:])))
    street = "".join(sorted(address.street.numbers)) + address.street.words[:4]
    place = address.postal_code or address.locality
    for _, number in person.identifiers:
        yield "identifier", number
    for phone in person.phones:
        yield "phone", phone[-7:]
    if eight:
        yield "birth", year, month_day
        if place:
            yield "day_and_place", month_day, place
            yield "year_and_place", year, place
        if address.street:
            yield "birth_and_street", month_day, street
            yield "year_and_street", year, street
    for at, sound in enumerate(sounds):
        for other in sounds[at + 1 :]:
            yield "names", sound, other
        if eight:
            yield "name_and_year", sound, year
            yield "name_and_day", sound, month_day
            yield "name_and_month", sound, year[:3], eight[4:6]
        if address.postal_code:
            yield "name_and_code", sound, address.postal_code
        if address.locality:
            yield "name_and_town", sound, address.locality
        if address.street:
            yield "name_and_street", sound, street
    if address.street:
        yield "street", address.street.squeezed[:12]
        if address.postal_code:
            yield "street_and_code", address.postal_code, street
    letters = name.given.latin[:3], name.family.latin[:3]
    if all(letters):
        yield "beginnings", *sorted(letters), year


class Blocks:
    """The right list by key, with the blocks that are left in use."""

    def __init__(self, left: Sequence[Traits], right: Sequence[Traits]) -> None:
        self._left = left
        self._holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, person in enumerate(right):
            for key in set(keys_of(person)):
                self._holders[key].append(place)
        asked: Counter[tuple[str, ...]] = Counter()
        for person in left:
            asked.update(key for key in set(keys_of(person)) if key in self._holders)
        most = max(_PAIRS_A_KIND, _PAIRS_A_RECORD * (len(left) + len(right)))
        sizes: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
        for key, count in asked.items():
            sizes[key[0]].append((count * len(self._holders[key]), key))
        self._used: set[tuple[str, ...]] = set()
        for of_kind in sizes.values():
            pairs = 0
            for size, key in sorted(of_kind):
                pairs += size
                if pairs > most:
                    break
                self._used.add(key)

    def candidates(self, place: int) -> list[int]:
        """The places in the right list that share a key in use with this record of the left list, in order."""
        found: set[int] = set()
        for key in set(keys_of(self._left[place])):
            if key in self._used:
                found.update(self._holders[key])
        return sorted(found)
