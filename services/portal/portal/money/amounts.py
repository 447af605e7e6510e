"""Exact amounts. CAD in two decimals, quantities in two, rates in four; never a float (PO-3).

Rounding: half a cent goes up (away from zero), as tax law rounds, in two places only: the amount of one line,
and the tax of one rate over the sum of its lines. Sums are never rounded: what they add is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

CURRENCY = "CAD"
CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LIMIT = Decimal("1e12")


def cents(amount: Decimal) -> Decimal:
    """The amount in whole cents, half a cent up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def line_amount(*, units: Decimal, rate: Decimal) -> Decimal:
    """What so many units cost at this rate."""
    return cents(units * rate)


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    return sum(amounts, ZERO)
