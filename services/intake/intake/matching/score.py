"""How likely two people are one, and why: a weight for each field, which add up to the score (IN-8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, log2
from typing import Protocol

from intake.matching import levels
from intake.matching.levels import EXACT, MISSING, SWAPPED
from intake.matching.traits import AddressTraits, NameTraits, Traits
from intake.matching.weights import Weights

HOUSEHOLD = "household"
ADDRESS = ("street", "locality", "province", "postal_code")


class Frequencies(Protocol):
    """How often a stranger has a value of a field; None where nothing is known beyond the weights."""

    def of(self, field: str, value: str) -> float | None:
        """Between 0 and 1."""


class Unknown:
    """No frequencies: every value counts as one of the usual."""

    def of(self, field: str, value: str) -> float | None:
        """Nothing is known."""
        return None


@dataclass(frozen=True, slots=True)
class Reason:
    """What one field says: its level, and how many bits for (above 0) or against one person."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of the reasons, in bits: each bit doubles the odds that the two are one person."""

    bits: float
    reasons: tuple[Reason, ...]

    def probability(self, *, prior_bits: float) -> float:
        """The probability, given the odds before anything was compared, as log2."""
        odds_bits = self.bits + prior_bits
        if odds_bits > 60:
            return 1.0
        odds: float = 2.0**odds_bits
        return odds / (1 + odds)


@dataclass(frozen=True, slots=True)
class _Said:
    """A reason, and what the same level says for another person of one household."""

    field: str
    level: str
    bits: float
    household: float


def compare(
    a: Traits, b: Traits, *, weights: Weights, frequencies: Frequencies, household_bits: float = 0.0
) -> Score:
    """Compare two people, the best of their names and addresses each.

    Symmetric. A field that one of them lacks says nothing, and an agreeing field more never lowers the score.
    `household_bits` are the odds, as log2, that two strangers are of one household, before anything was compared.
    """
    said = [
        *_best(_names(a, b, weights, frequencies)),
        *_birth(a, b, weights, frequencies),
        *_best(_addresses(a, b, weights, frequencies)),
        *_best(_phones(a, b, weights, frequencies)),
        *_best(_identifiers(a, b, weights, frequencies)),
    ]
    # Rounded one by one, so that what a person reads adds up to the score.
    reasons = [Reason(each.field, each.level, round(each.bits, 2)) for each in said]
    together = household_bits + sum(each.household for each in said)
    against = -log2(1 + 2.0 ** min(together, 200.0))
    if against < -0.01:
        reasons.append(Reason(HOUSEHOLD, "could_be_of_one_household", round(against, 2)))
    return Score(bits=sum(reason.bits for reason in reasons), reasons=tuple(reasons))


def _best(options: Iterator[list[_Said]]) -> list[_Said]:
    found = list(options)
    return max(found, key=lambda said: sum(each.bits for each in said)) if found else []


def _say(weights: Weights, field: str, level: str, *, u: float | None = None) -> Iterator[_Said]:
    if level == MISSING:
        return
    told = weights.fields[field]
    bits = told.bits(level, u=u if level in (EXACT, SWAPPED) else None)
    yield _Said(field, level, bits, bits + told.household_bits(level))


def _names(a: Traits, b: Traits, weights: Weights, frequencies: Frequencies) -> Iterator[list[_Said]]:
    for one in a.names:
        for other in b.names:
            yield _name(one, other, weights, frequencies)


def name_levels(one: NameTraits, other: NameTraits) -> tuple[str, str]:
    """The levels of given and family name. Held the other way round by one side, the given name is *swapped*.

    The family name then agrees.
    """
    given = levels.given_level(one.given, other.given)
    family = levels.family_level(one.family, other.family)
    poor = (levels.DIFFERS, levels.SOUNDS_ALIKE, levels.INITIAL)
    if given in poor and family in poor and levels.swapped(one.given, one.family, other.given, other.family):
        return SWAPPED, EXACT
    return given, family


def _name(one: NameTraits, other: NameTraits, weights: Weights, frequencies: Frequencies) -> list[_Said]:
    given, family = name_levels(one, other)
    called = min(one.given.squeezed, other.given.squeezed)
    named = min(one.family.squeezed, other.family.squeezed)
    return [
        *_say(weights, "given_name", given, u=frequencies.of("given_name", called)),
        *_say(weights, "family_name", family, u=frequencies.of("family_name", named)),
    ]


def _birth(a: Traits, b: Traits, weights: Weights, frequencies: Frequencies) -> Iterator[_Said]:
    level = levels.birth_level(a.birth, b.birth)
    yield from _say(weights, "date_of_birth", level, u=frequencies.of("date_of_birth", a.birth.eight))


def _addresses(a: Traits, b: Traits, weights: Weights, frequencies: Frequencies) -> Iterator[list[_Said]]:
    for one in a.addresses:
        for other in b.addresses:
            yield _address(one, other, weights, frequencies)


def address_levels(one: AddressTraits, other: AddressTraits) -> tuple[str, str, str, str]:
    """The levels of street, locality, province and postal code."""
    street = levels.street_level(one.street, other.street)
    locality = levels.place_level(one.locality, other.locality)
    if street == locality == levels.DIFFERS and levels.street_and_place_swapped(
        one.street, one.locality, other.street, other.locality
    ):
        street = locality = SWAPPED
    province = levels.province_level(one.province, other.province)
    return street, locality, province, levels.postal_level(one.postal_code, other.postal_code)


def shares(bits: Sequence[float], *, nearby: float) -> list[float]:
    """What each field of an address counts, given its own weight: the strongest in full, agreement beside it in part.

    One agreeing field more never lowers the sum; what disagrees counts in full.
    """
    strongest = max(bits, default=0.0)
    counted = []
    for each in bits:
        first = each == strongest
        counted.append(each if first or each < 0 else each * nearby)
        if first:
            strongest = inf  # of two equals, one counts in full
    return counted


def _address(
    one: AddressTraits, other: AddressTraits, weights: Weights, frequencies: Frequencies
) -> list[_Said]:
    told = (
        (one.street.squeezed, other.street.squeezed),
        (one.locality, other.locality),
        (one.province, other.province),
        (one.postal_code, other.postal_code),
    )
    said = [
        each
        for field, level, values in zip(ADDRESS, address_levels(one, other), told, strict=True)
        for each in _say(weights, field, level, u=frequencies.of(field, min(values)))
    ]
    counted = shares([each.bits for each in said], nearby=weights.nearby)
    return [
        _Said(each.field, each.level, bits, bits + each.household - each.bits)
        for each, bits in zip(said, counted, strict=True)
    ]


def _phones(a: Traits, b: Traits, weights: Weights, frequencies: Frequencies) -> Iterator[list[_Said]]:
    for one in a.phones:
        for other in b.phones:
            level = levels.number_level(one, other)
            yield list(_say(weights, "phone", level, u=frequencies.of("phone", min(one, other))))


def _identifiers(a: Traits, b: Traits, weights: Weights, frequencies: Frequencies) -> Iterator[list[_Said]]:
    for kind, one in a.identifiers:
        for other_kind, other in b.identifiers:
            if kind == other_kind or not kind or not other_kind:
                level = levels.number_level(one, other)
                yield list(
                    _say(weights, "identifier", level, u=frequencies.of("identifier", min(one, other)))
                )
