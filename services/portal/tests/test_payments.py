"""One approves, another releases, the provider sees the day (PO-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.clocks import Calendar
from portal.payments.run_days import RunDays, run_days
from services.portal.tests.contract import APPROVER, BOTH_HATS, RELEASER, WORKER, Contract, line


def test_the_provider_sees_when_it_is_paid_and_under_which_reference(contract: Contract, outbox: Any) -> None:
    invoice = contract.approved(line(contract.authorises()))

    payment = contract.done("schedule_payment", {"invoice_id": invoice["id"]}, actor=RELEASER)
    upcoming = contract.done("list_payments", {"state": "scheduled"}, actor=WORKER)["items"]
    paid = contract.done("mark_paid", {"id": payment["id"], "remittance": "EFT 000123"}, actor=RELEASER)

    assert [(each["pay_on"], each["amount"], each["invoice_number"]) for each in upcoming] == [
        ("2026-03-05", "62.50", "2026-001")
    ]
    assert (paid["state"], paid["remittance"]) == ("paid", "EFT 000123")
    assert contract.done("list_payments", {"state": "scheduled"}, actor=WORKER)["items"] == []
    seen = contract.done("read_invoice", {"id": invoice["id"]}, actor=WORKER)
    assert seen["state"] == "paid"
    keys = [each.key for each in outbox() if each.subject == invoice["id"]]
    assert keys == [f"portal.invoice.{what}.v1" for what in ("submitted", "approved", "scheduled", "paid")]


def test_the_approver_does_not_release(contract: Contract) -> None:
    invoice = contract.approved(line(contract.authorises()))

    answer = contract.call("schedule_payment", {"invoice_id": invoice["id"]}, actor=BOTH_HATS)

    assert (answer.status, answer.body["code"]) == (409, "separation_of_duties")


def test_the_database_refuses_it_as_well(contract: Contract, database: Any) -> None:
    invoice = contract.approved(line(contract.authorises()))
    payment = contract.done("schedule_payment", {"invoice_id": invoice["id"]}, actor=RELEASER)

    for change in (
        "UPDATE payments SET released_by = approved_by",
        "UPDATE payments SET approved_by = 'somebody else'",
        "UPDATE payments SET amount = amount + 1",
        "UPDATE invoices SET approved_by = 'releaser'",
        "UPDATE invoices SET subtotal = 100, total = 100",
    ):
        with pytest.raises(IntegrityError), database.lane.begin() as session:
            session.execute(text(change))
    with database.lane() as session:
        amount = session.execute(
            text("SELECT amount FROM payments WHERE id = :id"), {"id": UUID(payment["id"])}
        ).scalar()
    assert str(amount) == "62.50"


def test_only_an_approved_invoice_is_released_and_only_once(contract: Contract) -> None:
    checked = contract.submits(line(contract.authorises()))

    early = contract.call("schedule_payment", {"invoice_id": checked["id"]}, actor=RELEASER)
    contract.done("approve_invoice", {"id": checked["id"]}, actor=APPROVER)
    contract.done("schedule_payment", {"invoice_id": checked["id"]}, actor=RELEASER)
    again = contract.call("schedule_payment", {"invoice_id": checked["id"]}, actor=RELEASER)

    assert (early.status, early.body["code"]) == (409, "invoice_in_another_state")
    assert (again.status, again.body["code"]) == (409, "invoice_in_another_state")


def test_money_is_sent_once(contract: Contract) -> None:
    invoice = contract.approved(line(contract.authorises()))
    payment = contract.done("schedule_payment", {"invoice_id": invoice["id"]}, actor=RELEASER)
    contract.done("mark_paid", {"id": payment["id"], "remittance": "EFT 000123"}, actor=RELEASER)

    again = contract.call("mark_paid", {"id": payment["id"], "remittance": "EFT 000124"}, actor=RELEASER)

    assert (again.status, again.body["code"]) == (409, "payment_paid_already")


def test_a_payment_can_wait_for_a_later_run(contract: Contract) -> None:
    invoice = contract.approved(line(contract.authorises()))

    asked = {"invoice_id": invoice["id"], "not_before": "2026-04-01"}
    payment = contract.done("schedule_payment", asked, actor=RELEASER)

    assert payment["pay_on"] == "2026-04-06"  # the fifth is a Sunday


@pytest.mark.parametrize(
    ("released", "not_before", "paid"),
    [
        ("2026-03-03", None, "2026-03-05"),
        ("2026-03-04", None, "2026-03-05"),
        ("2026-03-05", None, "2026-03-20"),
        ("2026-03-19", None, "2026-03-20"),
        ("2026-03-20", None, "2026-04-06"),
        ("2026-12-18", None, "2026-12-21"),
        ("2026-12-21", None, "2027-01-05"),
        ("2026-03-03", "2026-03-06", "2026-03-20"),
    ],
)
def test_payments_are_made_on_run_days_that_are_working_days(
    released: str, not_before: str | None, paid: str
) -> None:
    """Runs on the 5th and the 20th; a closed day moves to the next working day; one working day ahead."""
    runs = RunDays(days_of_month=(5, 20), working_days_ahead=1)

    day = runs.next_after(
        date.fromisoformat(released),
        not_before=date.fromisoformat(not_before) if not_before else None,
        calendar=Calendar("CA", "BC"),
    )

    assert day == date.fromisoformat(paid)


def test_the_run_days_are_data() -> None:
    assert run_days() == RunDays(days_of_month=(5, 20), working_days_ahead=1)
