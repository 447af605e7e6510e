"""Amounts are exact, and no order of submissions uses a unit twice (PO-3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from portal.money.amounts import cents, line_amount
from portal.money.taxes import rate_on, tax_on
from services.portal.tests.contract import APPROVER, WORKER, Contract, line

UNITS = st.integers(1, 400).map(lambda hundredths: Decimal(hundredths) / 100)
RATES = st.integers(1, 2_000_000).map(lambda parts: Decimal(parts) / 10_000)


@pytest.mark.parametrize(
    ("exact", "rounded"), [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("1.125", "1.13")]
)
def test_half_a_cent_goes_up(exact: str, rounded: str) -> None:
    assert cents(Decimal(exact)) == Decimal(rounded)


def test_the_rate_of_the_day_applies() -> None:
    assert rate_on("gst", date(2007, 12, 31)) == Decimal("0.06")
    assert rate_on("gst", date(2008, 1, 1)) == Decimal("0.05")
    assert rate_on("exempt", date(2026, 1, 1)) == 0


def test_tax_is_worked_out_over_the_sum_and_not_line_by_line() -> None:
    day = date(2026, 3, 3)

    assert tax_on([("gst", day, Decimal("0.10"))] * 10) == Decimal("0.05")


@given(lines=st.lists(st.tuples(UNITS, RATES), min_size=1, max_size=40))
def test_amounts_are_whole_cents_within_half_a_cent_and_sums_are_exact(
    lines: list[tuple[Decimal, Decimal]],
) -> None:
    amounts = [line_amount(units=units, rate=rate) for units, rate in lines]

    for amount, (units, rate) in zip(amounts, lines, strict=True):
        assert amount.as_tuple().exponent == -2
        assert abs(amount - units * rate) <= Decimal("0.005")
    assert sum(amounts) * 100 == sum(int(amount * 100) for amount in amounts)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each step is a real transaction: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    authorised=UNITS,
    invoices=st.lists(st.lists(UNITS, min_size=1, max_size=3), min_size=1, max_size=5),
    held=st.sets(st.integers(0, 4)),
)
def test_units_used_never_exceed_what_was_authorised_and_totals_are_exact(
    contract: Contract, database: Any, authorised: Decimal, invoices: list[list[Decimal]], held: set[int]
) -> None:
    """Any invoices, some of them held by finance and handed in again: the books agree after each step."""
    authorisation = contract.authorises(units=str(authorised))
    marks = iter(range(10_000))
    for position, units in enumerate(invoices):
        lines = [line(authorisation, f"2026-03-0{1 + next(marks) % 4}", str(each)) for each in units]
        invoice = contract.submits(*lines, number=f"{authorisation['id']}-{position}")
        if invoice["state"] == "checked" and position in held:
            asked = {"id": invoice["id"], "reason": "Please look again"}
            contract.done("hold_invoice", asked, actor=APPROVER)
            contract.done("submit_invoice", {"id": invoice["id"]}, actor=WORKER)
        with database.lane() as session:
            used, claimed = session.execute(_BOOKS, {"id": authorisation["id"]}).one()
        assert used == (claimed or 0)
        assert used <= authorised
        total = sum((Decimal(each["amount"]) for each in invoice["lines"]), Decimal(0))
        assert Decimal(invoice["total"]) == total + Decimal(invoice["tax"])


_BOOKS = text(
    "SELECT units_used, (SELECT sum(units) FROM invoice_lines WHERE authorisation_id = a.id AND claimed)"
    " FROM authorisations a WHERE id = :id"
)


def test_two_invoices_at_once_do_not_share_the_last_units(contract: Contract) -> None:
    authorisation = contract.authorises(units="2.00")
    drafts = [
        contract.drafts(line(authorisation, f"2026-03-0{day}"), number=str(day))["id"] for day in (1, 2, 3, 4)
    ]
    together = Barrier(len(drafts))

    def submit(invoice_id: str) -> Any:
        together.wait(timeout=10)
        return contract.done("submit_invoice", {"id": invoice_id}, actor=WORKER)

    with ThreadPoolExecutor(max_workers=len(drafts)) as pool:
        states = sorted(each["state"] for each in pool.map(submit, drafts))

    assert states == ["checked", "held", "held", "held"]
    left = contract.done("read_authorisation", {"id": authorisation["id"]}, actor=WORKER)
    assert left["units_left"] == "0.00"
