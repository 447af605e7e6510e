"""The weights fitted to two lists, without being told who is who (IN-8).

How often a field is wrong differs from list to list, and some lists leave a field empty throughout. So the shipped
weights are the starting point only: expectation maximisation over the patterns of agreement adjusts `m`, the number of
people in both lists and the number of housemates, held near the shipped weights by as many imagined pairs. Strangers
are sampled, and the frequency of values is counted. Deterministic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import log2

from intake.matching.levels import DIFFERS, EXACT, FIELDS, LEVELS
from intake.matching.pairs import codes_of
from intake.matching.score import ADDRESS, shares
from intake.matching.weights import FieldWeights, Weights

_ROUNDS = 12
# A name alone recurs; who is born on another day is another person, unless a list gives much reason to doubt it.
_IMAGINED_PAIRS = {"date_of_birth": 300.0}
_IMAGINED_PAIRS_ELSE = 60.0
_IMAGINED_STRANGERS = 2_000.0
_ADDRESS_PLACES = [FIELDS.index(field) for field in ADDRESS]
# No list is so poor that its people are mostly called otherwise; beyond that, other people are taken for the same.
_MOST_DIFFERING = {"given_name": 0.25, "family_name": 0.3, "date_of_birth": 0.12, "identifier": 0.3}
# Who lists people lists brothers, sisters and twins. Where there are addresses they show how many; else this many.
_FEWEST_HOUSEMATES, _FEWEST_HOUSEMATES_UNSHOWN = 0.01, 0.7
_LARGEST = 300.0


@dataclass(frozen=True)
class Fitted:
    """Weights, and the odds before anything was compared, as log2: that two records are one person, one household."""

    weights: Weights
    prior_bits: float
    household_bits: float

    @cached_property
    def tables(self) -> list[list[tuple[float, float]]]:
        """By place of field and code of level: bits for one person, and what a household adds to them."""
        return [
            [
                (0.0, 0.0),
                *(
                    (self.weights.fields[field].bits(level), self.weights.fields[field].household_bits(level))
                    for level in LEVELS[field]
                ),
            ]
            for field in FIELDS
        ]

    def strength(self, pattern: int) -> tuple[float, float]:
        """The bits of a pattern for one person, and for another person of the household; without priors."""
        own, house = [], 0.0
        for table, code in zip(self.tables, codes_of(pattern), strict=True):
            bits, added = table[code]
            own.append(bits)
            house += added
        counted = shares([own[at] for at in _ADDRESS_PLACES], nearby=self.weights.nearby)
        for at, bits in zip(_ADDRESS_PLACES, counted, strict=True):
            own[at] = bits
        total = sum(own)
        return total, total + house

    def posteriors(self, pattern: int, rarity: float = 0.0) -> tuple[float, float]:
        """How likely the pattern is one person, and how likely another person of the household.

        `rarity` is what the frequency of the values adds, in bits.
        """
        person, household = self.strength(pattern)
        one = 2.0 ** min(person + rarity + self.prior_bits, _LARGEST)
        housemate = 2.0 ** min(household + rarity + self.household_bits, _LARGEST)
        whole = one + housemate + 1.0
        return one / whole, housemate / whole


def begin(weights: Weights, *, left: int, right: int) -> Fitted:
    """The starting point: half of the shorter list is in the longer one."""
    expected = max(min(left, right) / 2, 0.5)
    prior = log2(expected / max(left * right, 1))
    return Fitted(weights=weights, prior_bits=prior, household_bits=prior + log2(weights.household_per_match))


def with_strangers(weights: Weights, sampled: Mapping[int, int], *, believed: Fitted) -> Weights:
    """`u` as it is among pairs drawn at random, those that look like one person left out."""
    seen: dict[str, Counter[int]] = {field: Counter() for field in FIELDS}
    for pattern, times in sampled.items():
        if believed.posteriors(pattern)[0] > 0.2:
            continue
        for field, code in zip(FIELDS, codes_of(pattern), strict=True):
            seen[field][code] += times
    fields = {
        field: replace(
            told,
            u=_shrunk(
                told.u,
                {level: float(seen[field][place]) for place, level in enumerate(LEVELS[field], start=1)},
                imagined=_IMAGINED_STRANGERS,
            ),
        )
        for field, told in weights.fields.items()
    }
    return replace(weights, fields=fields)


def fit(fitted: Fitted, patterns: Mapping[tuple[int, int], int], *, pairs: float, addresses: bool) -> Fitted:
    """Adjust `m` and the priors to the pairs that were worth comparing, of `pairs` in all.

    They come by pattern and by what the rarity of their values adds, in whole bits. `addresses` says whether the lists
    have any, so that households show.
    """
    fewest = _FEWEST_HOUSEMATES if addresses else _FEWEST_HOUSEMATES_UNSHOWN
    shipped = fitted.weights
    for _ in range(_ROUNDS):
        seen: dict[str, dict[int, float]] = {field: {} for field in FIELDS}
        matches, housemates = 0.5, 0.5
        for (pattern, rarity), times in patterns.items():
            one, housemate = fitted.posteriors(pattern, rarity)
            matches += one * times
            housemates += housemate * times
            if one * times < 1e-9:
                continue
            for field, code in zip(FIELDS, codes_of(pattern), strict=True):
                counts = seen[field]
                counts[code] = counts.get(code, 0.0) + one * times
        fields = {
            field: replace(
                told,
                m=_within_reason(
                    field,
                    _shrunk(
                        told.m,
                        {
                            level: seen[field].get(place, 0.0)
                            for place, level in enumerate(LEVELS[field], start=1)
                        },
                        imagined=_IMAGINED_PAIRS.get(field, _IMAGINED_PAIRS_ELSE),
                    ),
                ),
            )
            for field, told in shipped.fields.items()
        }
        ratio = min(max(housemates / matches, fewest), 2.0)
        prior = log2(min(matches / max(pairs, 1.0), 0.5))
        fitted = Fitted(
            weights=replace(fitted.weights, fields=fields, household_per_match=ratio),
            prior_bits=prior,
            household_bits=prior + log2(ratio),
        )
    return fitted


def _within_reason(field: str, told: dict[str, float]) -> dict[str, float]:
    most = _MOST_DIFFERING.get(field, 1.0)
    if told[DIFFERS] <= most:
        return told
    rest = (1 - most) / (1 - told[DIFFERS])
    return {level: most if level == DIFFERS else share * rest for level, share in told.items()}


def _shrunk(usual: Mapping[str, float], counts: Mapping[str, float], *, imagined: float) -> dict[str, float]:
    whole = sum(counts.values()) + imagined
    return {level: (counts[level] + imagined * usual[level]) / whole for level in usual}


__all__ = ["EXACT", "FieldWeights", "Fitted", "begin", "fit", "with_strangers"]
