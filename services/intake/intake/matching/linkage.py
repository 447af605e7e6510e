"""Linking two lists of people: who stands in both (IN-8)."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import log2

from intake.matching.blocks import Blocks
from intake.matching.clusters import Edge, gathered
from intake.matching.estimating import begin, fit, with_strangers
from intake.matching.levels import EXACT, FIELDS, LEVELS, SWAPPED
from intake.matching.pairs import Comparer, codes_of
from intake.matching.score import ADDRESS, shares
from intake.matching.traits import Traits
from intake.matching.weights import Weights

_SEED = 20_260_401
_SAMPLED = 60_000
_NO_HOPE_BITS = -14.0
_WORTH_A_THOUGHT_BITS = -5.0
_RAREST_BONUS = 8.0
_SWAPPED = LEVELS["given_name"].index(SWAPPED) + 1
_LEFTOVERS = 250_000


class Linkage:
    """Two lists, or one list with itself, and what was learned about them."""

    def __init__(
        self, left: Sequence[Traits], right: Sequence[Traits], *, weights: Weights, same_list: bool
    ) -> None:
        self._left, self._right, self._same = left, right, same_list
        self._offset = 0 if same_list else len(left)
        self._people = list(left) if same_list else [*left, *right]
        self._comparer = Comparer(self._people)
        self._pairs = len(left) * (len(left) - 1) / 2 if same_list else float(len(left) * len(right))
        self._fitted = begin(weights, left=len(left), right=len(right))
        self._known: dict[int, tuple[float, float]] = {}

    def found(self) -> list[tuple[int, int]]:
        """The pairs (place left, place right) that are one person, in order; within one list each pair once."""
        if not self._left or not self._right:
            return []
        candidates = self._candidates()
        self._count_values()
        self._learn(candidates)
        edges = [
            (bits, i, j)
            for i, j, pattern in candidates
            if (bits := self._bits(i, j, pattern)) > _WORTH_A_THOUGHT_BITS
        ]
        self._learn_doubles(edges)
        groups = gathered(edges, bits=self._pair_bits)
        if not self._same:
            groups += self._among_the_left_over(groups)
        return sorted(pair for group in groups for pair in self._pairs_of(group))

    # -- candidates ----------------------------------------------------------------------------------------------

    def _candidates(self) -> list[tuple[int, int, int]]:
        blocks = Blocks(self._left, self._right)
        verdicts: dict[int, bool] = {}
        fitted = self._fitted

        def hopeless(pattern: int) -> bool:
            verdict = verdicts.get(pattern)
            if verdict is None:
                best = fitted.strength(pattern)[0] + fitted.prior_bits + 13 + _RAREST_BONUS
                verdict = verdicts[pattern] = best < _NO_HOPE_BITS
            return verdict

        kept: list[tuple[int, int, int]] = []
        promising: dict[int, bool] = {-1: False}
        for i in range(len(self._left)):
            for place in blocks.candidates(i):
                if self._same and place <= i:
                    continue
                j = place + self._offset
                pattern = self._comparer.pattern(i, j, hopeless=hopeless)
                keep = promising.get(pattern)
                if keep is None:
                    best = fitted.strength(pattern)[0] + fitted.prior_bits + _RAREST_BONUS
                    keep = promising[pattern] = best > _NO_HOPE_BITS
                if keep:
                    kept.append((i, j, pattern))
        return kept

    # -- learning ------------------------------------------------------------------------------------------------

    def _learn(self, candidates: list[tuple[int, int, int]]) -> None:
        chance = random.Random(_SEED)  # noqa: S311 - a sample, not a secret
        sampled: Counter[int] = Counter()
        for _ in range(int(min(_SAMPLED, self._pairs))):
            i = chance.randrange(len(self._left))
            j = chance.randrange(len(self._right)) + self._offset
            if i != j:
                sampled[self._comparer.pattern(i, j)] += 1
        weights = with_strangers(self._fitted.weights, sampled, believed=self._fitted)
        self._fitted = replace(self._fitted, weights=weights)
        patterns = Counter((pattern, self._rarity(i, j, pattern)) for i, j, pattern in candidates)
        self._fitted = fit(self._fitted, patterns, pairs=self._pairs, addresses=self._addresses())

    def _addresses(self) -> bool:
        streets, codes = self._comparer.numbers("street"), self._comparer.numbers("postal_code")
        known = sum(1 for street, code in zip(streets, codes, strict=True) if street or code)
        return known > len(self._people) / 3

    def _rarity(self, i: int, j: int, pattern: int) -> int:
        return round(self._raw(i, j, pattern)[0] - self._fitted.strength(pattern)[0])

    def _count_values(self) -> None:
        """How many others have each value, for the fields in which a rare value says more."""
        self._usual: dict[str, dict[int, float]] = {}
        for field, rarity in self._fitted.weights.rarity.items():
            ids = self._comparer.numbers(field)
            counts = Counter(number for number in ids if number)
            among = sum(counts.values())
            if field in ("phone", "identifier", "street"):
                holders = self._comparer.holders(field)
                counts = Counter({number: max(holders[number] - 2, 1) for number in counts})
            self._usual[field] = {
                number: rarity.of(others=max(times - 2, 0), among=among) for number, times in counts.items()
            }
        namesakes = Counter(name for at in range(len(self._people)) if all(name := self._comparer.called(at)))
        self._namesakes = {
            name: (times - 2) / len(self._people) for name, times in namesakes.items() if times > 2
        }

    def _learn_doubles(self, edges: list[Edge]) -> None:
        """How likely one person stands twice in one of the lists, from those who compete for the same record."""
        self._double_bits = dict.fromkeys((0, 1), self._fitted.prior_bits)
        if self._same:
            return
        for side, people in ((0, self._left), (1, self._right)):
            rivals: dict[int, list[int]] = defaultdict(list)
            for bits, i, j in edges:
                if bits > 0:
                    rivals[j if side == 0 else i].append(i if side == 0 else j)
            pairs = {
                (a, b)
                for claimants in rivals.values()
                for at, a in enumerate(sorted(claimants)[:12])
                for b in sorted(claimants)[at + 1 : 12]
            }
            all_pairs = max(len(people) * (len(people) - 1) / 2, 1.0)
            strengths = [self._raw(a, b, self._comparer.pattern(a, b)) for a, b in sorted(pairs)]
            prior = self._fitted.prior_bits - 3
            for _ in range(12):
                expected = 0.2 + sum(_posterior(person + prior, household) for person, household in strengths)
                prior = log2(min(expected / all_pairs, 0.5))
            self._double_bits[side] = prior

    # -- deciding ------------------------------------------------------------------------------------------------

    def _raw(self, i: int, j: int, pattern: int) -> tuple[float, float]:
        """Bits for one person, and for housemates with their prior, the frequency of values considered."""
        weights = self._fitted.weights
        codes = codes_of(pattern)
        own, house = [0.0] * len(FIELDS), 0.0
        for at, code in enumerate(codes):
            own[at], added = self._fitted.tables[at][code]
            house += added
            field = FIELDS[at]
            if field not in self._usual or (code != 1 and (at or code != _SWAPPED)):
                continue
            numbers, usual = self._comparer.numbers(field), self._usual[field]
            # The other way round, one side's name is counted where it belongs and the other's is not.
            seen = max(usual.get(numbers[i], 0.0), usual.get(numbers[j], 0.0))
            if seen:
                own[at] = weights.fields[field].bits(LEVELS[field][code - 1], u=seen)
        if codes[1] == 1 and codes[0] in (1, _SWAPPED):
            # Names go together (a given name of one language with a family name of it): count those who bear both.
            level = LEVELS["given_name"][codes[0] - 1]
            if seen := max(self._namesakes.get(self._comparer.called(each), 0.0) for each in (i, j)):
                both = weights.fields["given_name"].m[level] * weights.fields["family_name"].m[EXACT]
                own[1] = min(own[0] + own[1], max(log2(both / seen), 0.0)) - own[0]
        places = [FIELDS.index(field) for field in ADDRESS]
        for at, bits in zip(places, shares([own[at] for at in places], nearby=weights.nearby), strict=True):
            own[at] = bits
        total = sum(own)
        return total, total + house + self._fitted.household_bits

    def _bits(self, i: int, j: int, pattern: int, prior: float | None = None) -> float:
        person, household = self._raw(i, j, pattern)
        return (
            person
            + (self._fitted.prior_bits if prior is None else prior)
            - log2(1 + 2.0 ** min(household, 300.0))
        )

    def _pair_bits(self, i: int, j: int) -> float:
        prior = None
        if not self._same and (i < self._offset) == (j < self._offset):
            prior = self._double_bits[0 if i < self._offset else 1]
        return self._bits(i, j, self._comparer.pattern(i, j), prior)

    def _among_the_left_over(self, groups: list[list[int]]) -> list[list[int]]:
        """Who was linked with nobody is compared again, each with each: fewer are left to be mistaken for."""
        taken = {place for group in groups for place in group}
        left = [i for i in range(len(self._left)) if i not in taken]
        right = [j for j in range(self._offset, self._offset + len(self._right)) if j not in taken]
        if not left or not right or len(left) * len(right) > _LEFTOVERS:
            return []
        if max(self._double_bits.values()) > self._fitted.prior_bits - 3:
            return []
        strengths = []
        for i in left:
            for j in right:
                person, household = self._raw(i, j, self._comparer.pattern(i, j))
                if person > 0:
                    strengths.append((person, household, i, j))
        prior = self._fitted.prior_bits
        for _ in range(10):
            expected = 0.1 + sum(
                _posterior(person + prior, household) for person, household, _, _ in strengths
            )
            prior = log2(min(expected / (len(left) * len(right)), 0.5))
        edges = [
            (bits, i, j)
            for person, household, i, j in strengths
            if (bits := person + prior - log2(1 + 2.0 ** min(household, 300.0))) > _WORTH_A_THOUGHT_BITS
        ]
        return gathered(edges, bits=self._pair_bits)

    def _pairs_of(self, group: list[int]) -> list[tuple[int, int]]:
        if self._same:
            return [(i, j) for at, i in enumerate(group) for j in group[at + 1 :]]
        left = [place for place in group if place < self._offset]
        right = [place - self._offset for place in group if place >= self._offset]
        return [(i, j) for i in left for j in right]


def _posterior(bits: float, household: float) -> float:
    one = 2.0 ** min(bits, 300.0)
    return one / (one + 2.0 ** min(household, 300.0) + 1.0)


__all__ = ["Linkage"]
