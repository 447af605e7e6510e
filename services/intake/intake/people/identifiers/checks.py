"""Check digits: the rules by which a number shows that it was copied without an error (IN-7)."""

from __future__ import annotations

from collections.abc import Sequence


def luhn(digits: str) -> bool:
    """Luhn's rule. Catches every wrong digit, and every swap of neighbours but of 0 and 9."""
    if not _are_digits(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def weighted_mod_11(digits: str, *, weights: Sequence[int]) -> bool:
    """The digits after the first, weighted, and the last as it is, add up to a multiple of 11.

    Catches every wrong digit and every swap of neighbours among them.
    """
    if not _are_digits(digits) or len(digits) != len(weights) + 2:
        return False
    weighed = sum(int(digit) * weight for digit, weight in zip(digits[1:-1], weights, strict=True))
    return (weighed + int(digits[-1])) % 11 == 0


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()
