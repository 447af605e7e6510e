"""The match weights: how much each level of each field says for or against one person (IN-8).

Fellegi and Sunter: for every level of a field, `m` is how often two records of one person come out at it, `u` how
often two records of strangers do; the weight is log2(m/u), in bits. `household` is how often two people of one
household do: they share a family name and an address and are two all the same.

The fields of an address hang together: of those that agree, the strongest counts in full and the others by the share
`nearby`, since who lives in the same street lives in the same town.

The file `weights.yaml` is made by `training/train_weights.py` and can be made again from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log2
from typing import Any

import yaml

from intake.matching.levels import EXACT, FIELDS, LEVELS, SWAPPED

_TABLES = ("m", "u", "household")


class WeightsBroken(ValueError):
    """The weights file does not hold what it must; the message names the field and the rule."""


@dataclass(frozen=True)
class FieldWeights:
    """The probabilities of one field, by level."""

    m: Mapping[str, float]
    u: Mapping[str, float]
    household: Mapping[str, float]

    def bits(self, level: str, *, u: float | None = None) -> float:
        """The weight of a level in bits; `u` stands in for the level's own where the value's frequency is known.

        Exact agreement never speaks against one person.
        """
        # Told the other way round, a value is as rare as it is in its place.
        usual = self.u[EXACT if level == SWAPPED else level]
        bits = log2(self.m[level] / (usual if u is None else u))
        return max(bits, 0.0) if level == EXACT else bits

    def household_bits(self, level: str) -> float:
        """How much less the level says where it is another person of the household, in bits."""
        if level == SWAPPED:
            level = EXACT
        bits = log2(self.household[level] / self.m[level])
        return min(bits, 0.0) if level == EXACT else bits


@dataclass(frozen=True)
class Rarity:
    """How often a value is guessed to be seen before it was counted: as `usual`, as if `counted` people were asked."""

    usual: float
    counted: float
    least: float

    def of(self, *, others: float, among: float) -> float:
        """How often a stranger has the value that `others` of `among` other people have."""
        return max((others + self.counted * self.usual) / (among + self.counted), self.least)


@dataclass(frozen=True)
class Weights:
    """All that a score is made of."""

    fields: Mapping[str, FieldWeights]
    rarity: Mapping[str, Rarity]
    nearby: float
    household_per_match: float
    likely: float
    possible: float

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Weights:
        """From the content of a weights file. Raises WeightsBroken."""
        fields = {}
        for field in FIELDS:
            if field not in told.get("fields", {}):
                raise WeightsBroken(f"fields: {field} is missing")
            lines = told["fields"][field]
            fields[field] = FieldWeights(
                **{table: _distribution(lines, field=field, table=table) for table in _TABLES}
            )
        rarity = {field: Rarity(**numbers) for field, numbers in told["rarity"].items()}
        return cls(
            fields=fields,
            rarity=rarity,
            nearby=float(told["nearby"]),
            household_per_match=float(told["household_per_match"]),
            likely=float(told["bands"]["likely"]),
            possible=float(told["bands"]["possible"]),
        )


def _distribution(lines: Any, *, field: str, table: str) -> dict[str, float]:
    told = lines.get(table)
    if not isinstance(told, Mapping) or set(told) != set(LEVELS[field]):
        raise WeightsBroken(f"{field}.{table}: must name each level of the field once")
    values = {level: float(told[level]) for level in LEVELS[field]}
    if any(not 0 < value < 1 for value in values.values()) or abs(sum(values.values()) - 1) > 0.01:
        raise WeightsBroken(f"{field}.{table}: must be probabilities above 0 that sum to 1")
    return values


@cache
def shipped() -> Weights:
    """The weights that come with the platform."""
    text = resources.files("intake.matching").joinpath("weights.yaml").read_text(encoding="utf-8")
    return Weights.read(yaml.safe_load(text))
