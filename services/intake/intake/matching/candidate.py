"""How likely somebody is the person asked for, and why, as it is told (IN-8)."""

from __future__ import annotations

from dataclasses import dataclass

from intake.matching.score import Reason, Score
from intake.matching.weights import shipped

BANDS = ("likely", "possible", "weak")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A score in bits, which the reasons add up to; the probability, and in which band it falls."""

    score: float
    probability: float
    band: str
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, score: Score, *, prior_bits: float) -> Candidate:
        """From a comparison, given the odds before it as log2."""
        probability = score.probability(prior_bits=prior_bits)
        weights = shipped()
        band = (
            "likely"
            if probability >= weights.likely
            else "possible"
            if probability >= weights.possible
            else "weak"
        )
        return cls(score=score.bits, probability=probability, band=band, reasons=score.reasons)
