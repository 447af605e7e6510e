"""Which tax applies to a service on a day, from the table taxes.yaml (PO-3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from portal.money.amounts import ZERO, cents, total_of

_TABLE = Path(__file__).with_name("taxes.yaml")


@cache
def _table() -> dict[str, list[tuple[date, Decimal]]]:
    listed = yaml.safe_load(_TABLE.read_text())
    return {
        code: sorted((each["since"], Decimal(each["rate"])) for each in told["rates"])
        for code, told in listed.items()
    }


def is_known(code: str) -> bool:
    """Whether the tax table has this code."""
    return code in _table()


def rate_on(code: str, day: date) -> Decimal:
    """The rate in force on a day, as a fraction; 0 before the first. Raises KeyError for an unknown code."""
    in_force = [rate for since, rate in _table()[code] if since <= day]
    return in_force[-1] if in_force else Decimal(0)


def tax_on(lines: Iterable[tuple[str, date, Decimal]]) -> Decimal:
    """The tax on lines of (code, day, amount): worked out once for each rate, over the sum of its lines."""
    taxed: dict[Decimal, Decimal] = {}
    for code, day, amount in lines:
        rate = rate_on(code, day)
        taxed[rate] = taxed.get(rate, ZERO) + amount
    return total_of(cents(rate * amount) for rate, amount in taxed.items())
