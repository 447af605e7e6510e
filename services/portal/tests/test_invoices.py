"""Invoices are checked line by line, held with reasons, corrected, approved (PO-3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.portal.tests.contract import (
    APPROVER,
    BOTH_HATS,
    OFFICER,
    OTHER_APPLICANT,
    RELEASER,
    WORKER,
    Contract,
    line,
)


def test_what_a_line_leaves_out_is_taken_from_its_authorisation(contract: Contract) -> None:
    authorisation = contract.authorises()

    invoice = contract.drafts(line(authorisation, units="2.50"))

    assert invoice["state"] == "draft"
    (only,) = invoice["lines"]
    assert (only["service"], only["rate"], only["amount"]) == ("help_at_home", "31.2500", "78.13")
    assert (invoice["subtotal"], invoice["tax"], invoice["total"]) == ("78.13", "0.00", "78.13")


def test_an_invoice_that_is_right_is_checked_and_uses_its_units(contract: Contract, outbox: Any) -> None:
    authorisation = contract.authorises()

    invoice = contract.submits(line(authorisation), line(authorisation, "2026-03-04", "3.00"))

    assert (invoice["state"], invoice["reasons"]) == ("checked", [])
    left = contract.done("read_authorisation", {"id": authorisation["id"]}, actor=WORKER)
    assert (left["units_used"], left["units_left"]) == ("5.00", "5.00")
    assert [step["state"] for step in invoice["history"]] == ["draft", "checked"]
    (told,) = outbox("portal.invoice.submitted.v1")
    assert told.subject == invoice["id"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"rate": "31.26"}, "rate_differs"),
        ({"amount": "62.51"}, "amount_differs"),
        ({"served_on": "2026-04-01"}, "outside_authorised_period"),
        ({"served_on": "2026-02-28"}, "outside_invoice_period"),
        ({"served_on": "2026-03-05"}, "in_the_future"),
        ({"service": "driving"}, "service_not_authorised"),
        ({"units": "10.01"}, "units_exceeded"),
    ],
)
def test_a_line_that_is_wrong_is_held_with_the_reason(
    contract: Contract, outbox: Any, wrong: dict[str, Any], reason: str
) -> None:
    authorisation = contract.authorises()

    invoice = contract.submits(line(authorisation) | wrong)

    assert (invoice["state"], invoice["reasons"]) == ("held", ["lines_held"])
    assert reason in invoice["lines"][0]["reasons"]
    assert reason in outbox("portal.invoice.held.v1")[0].data["reasons"]
    left = contract.done("read_authorisation", {"id": authorisation["id"]}, actor=WORKER)
    assert left["units_used"] == "0.00"


def test_the_line_too_many_is_named_and_the_ones_that_fit_are_not(contract: Contract) -> None:
    authorisation = contract.authorises(units="3.00")

    invoice = contract.submits(
        line(authorisation, "2026-03-02"),
        line(authorisation, "2026-03-03"),
        line(authorisation, "2026-03-04", "1.00"),
    )

    assert [each["reasons"] for each in invoice["lines"]] == [[], ["units_exceeded"], []]


def test_a_service_of_a_day_is_paid_once(contract: Contract) -> None:
    authorisation = contract.authorises()
    contract.submits(line(authorisation, units="1.00"), number="1")

    again = contract.submits(line(authorisation, units="1.00"), number="2")
    twice = contract.submits(
        line(authorisation, "2026-03-04", "1.00"), line(authorisation, "2026-03-04", "1.00"), number="3"
    )

    assert again["lines"][0]["reasons"] == ["duplicate"]
    assert [each["reasons"] for each in twice["lines"]] == [[], ["duplicate"]]


def test_sums_that_were_stated_are_checked(contract: Contract) -> None:
    authorisation = contract.authorises(tax="gst")

    right = contract.submits(line(authorisation), tax="3.13", total="65.63", number="1")
    wrong = contract.submits(line(authorisation, "2026-03-04"), tax="3.12", total="65.63", number="2")

    assert right["state"] == "checked"
    assert wrong["reasons"] == ["tax_differs", "total_differs"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"tax": "-1.00"}, "/tax"),
        ({"total": 62.5}, "/total"),
        ({"total": "62.505"}, "/total"),
        ({"total": "NaN"}, "/total"),
        ({"lines": []}, "/lines"),
        ({"state": "approved"}, "/state"),
        ({"number": "2026\u0000"}, "/number"),
        ({"ends_on": "2026-02-01"}, "/ends_on"),
    ],
)
def test_what_is_no_invoice_is_pointed_at(contract: Contract, wrong: dict[str, Any], pointer: str) -> None:
    body = contract.invoice(line(contract.authorises()))

    answer = contract.call("draft_invoice", body | wrong, actor=WORKER)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_more_money_than_there_is_is_refused_and_not_stumbled_over(contract: Contract) -> None:
    authorisation = contract.authorises()
    lines = [line(authorisation, amount="999999999999.99"), line(authorisation, amount="999999999999.99")]

    answer = contract.call("draft_invoice", contract.invoice(*lines), actor=WORKER)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/lines")


def test_a_held_invoice_is_put_right_and_handed_in_again(contract: Contract) -> None:
    authorisation = contract.authorises()
    draft = contract.drafts(line(authorisation, rate="40"))
    held = contract.call("submit_invoice", {"id": draft["id"]}, actor=WORKER)
    body = contract.invoice(line(authorisation))
    del body["provider_id"]

    amended = contract.done("amend_invoice", body | {"id": draft["id"]}, actor=WORKER, if_match=held.etag)
    checked = contract.done("submit_invoice", {"id": draft["id"]}, actor=WORKER)

    assert (amended["state"], amended["reasons"]) == ("draft", [])
    assert checked["state"] == "checked"
    assert [step["state"] for step in checked["history"]] == ["draft", "held", "draft", "checked"]


def test_amending_asks_for_the_version_that_was_read(contract: Contract) -> None:
    authorisation = contract.authorises()
    drafted = contract.call("draft_invoice", contract.invoice(line(authorisation)), actor=WORKER)
    body = contract.invoice(line(authorisation, "2026-03-02"))
    del body["provider_id"]
    body["id"] = drafted.body["id"]

    assert contract.call("amend_invoice", body, actor=WORKER).status == 428
    assert contract.call("amend_invoice", body, actor=WORKER, if_match=drafted.etag).status == 200
    assert contract.call("amend_invoice", body, actor=WORKER, if_match=drafted.etag).status == 412


def test_a_checked_invoice_is_amended_no_more(contract: Contract) -> None:
    authorisation = contract.authorises()
    invoice = contract.submits(line(authorisation))
    body = contract.invoice(line(authorisation))
    del body["provider_id"]

    answer = contract.call("amend_invoice", body | {"id": invoice["id"]}, actor=WORKER, if_match="*")

    assert (answer.status, answer.body["code"]) == (409, "invoice_in_another_state")
    again = contract.call("submit_invoice", {"id": invoice["id"]}, actor=WORKER)
    assert (again.status, again.body["code"]) == (409, "invoice_in_another_state")


def test_finance_holds_a_checked_invoice_and_its_units_stay_claimed(contract: Contract, outbox: Any) -> None:
    authorisation = contract.authorises(units="2.00")
    invoice = contract.submits(line(authorisation), number="1")

    asked = {"id": invoice["id"], "reason": "Please send the time sheet"}
    held = contract.done("hold_invoice", asked, actor=APPROVER)
    other = contract.submits(line(authorisation, "2026-03-04"), number="2")
    back = contract.done("submit_invoice", {"id": invoice["id"]}, actor=WORKER)

    assert (held["state"], held["reasons"], held["hold_note"]) == (
        "held",
        ["by_finance"],
        "Please send the time sheet",
    )
    assert outbox("portal.invoice.held.v1")[0].data["reasons"] == ["by_finance"]
    assert other["lines"][0]["reasons"] == ["units_exceeded"]
    assert (back["state"], back["hold_note"]) == ("checked", None)
    left = contract.done("read_authorisation", {"id": authorisation["id"]}, actor=WORKER)
    assert left["units_used"] == "2.00"


def test_what_was_written_anew_frees_what_it_had_claimed(contract: Contract) -> None:
    authorisation = contract.authorises(units="2.00")
    invoice = contract.submits(line(authorisation), number="1")
    contract.done("hold_invoice", {"id": invoice["id"], "reason": "Please check"}, actor=APPROVER)
    body = contract.invoice(line(authorisation, units="0.50"), number="1")
    del body["provider_id"]

    contract.done("amend_invoice", body | {"id": invoice["id"]}, actor=WORKER, if_match="*")

    left = contract.done("read_authorisation", {"id": authorisation["id"]}, actor=WORKER)
    assert left["units_used"] == "0.00"


def test_a_number_is_used_once_by_a_provider(contract: Contract) -> None:
    authorisation = contract.authorises()
    contract.drafts(line(authorisation), number="7")
    other = contract.drafts(line(authorisation, "2026-03-04"), number="8")

    again = contract.call("draft_invoice", contract.invoice(line(authorisation), number="7"), actor=WORKER)
    body = contract.invoice(line(authorisation), number="7")
    del body["provider_id"]
    renamed = contract.call("amend_invoice", body | {"id": other["id"]}, actor=WORKER, if_match="*")

    assert (again.status, again.body["code"]) == (409, "invoice_number_used")
    assert (renamed.status, renamed.body["code"]) == (409, "invoice_number_used")


def test_a_line_names_an_authorisation_of_the_same_provider(contract: Contract) -> None:
    club = contract.on_board(actor=OTHER_APPLICANT)
    theirs = contract.authorises(provider_id=club)

    answer = contract.call("draft_invoice", contract.invoice(line(theirs)), actor=WORKER)

    assert answer.status == 403


def test_finance_approves_a_checked_invoice_once(contract: Contract, outbox: Any) -> None:
    authorisation = contract.authorises()
    draft = contract.drafts(line(authorisation))

    early = contract.call("approve_invoice", {"id": draft["id"]}, actor=APPROVER)
    contract.done("submit_invoice", {"id": draft["id"]}, actor=WORKER)
    approved = contract.done("approve_invoice", {"id": draft["id"]}, actor=APPROVER)
    again = contract.call("approve_invoice", {"id": draft["id"]}, actor=APPROVER)

    assert (early.status, early.body["code"]) == (409, "invoice_in_another_state")
    assert (approved["state"], approved["approved_by"]) == ("approved", "approver")
    assert again.status == 409
    assert len(outbox("portal.invoice.approved.v1")) == 1


def test_neither_the_provider_nor_the_releaser_approves(contract: Contract) -> None:
    invoice = contract.submits(line(contract.authorises()))

    for actor in (WORKER, RELEASER, OFFICER):
        answer = contract.call("approve_invoice", {"id": invoice["id"]}, actor=actor)
        assert (answer.status, answer.body["code"]) == (403, "permission_missing")


def test_who_handed_an_invoice_in_does_not_approve_it(contract: Contract, an_actor: Any) -> None:
    two_hats = an_actor(subject="group-worker", roles=["finance_approver"], organisation="ministry")
    invoice = contract.submits(line(contract.authorises()))

    answer = contract.call("approve_invoice", {"id": invoice["id"]}, actor=two_hats)

    assert (answer.status, answer.body["code"]) == (409, "separation_of_duties")


def test_lists_are_narrowed_by_provider_and_state(contract: Contract) -> None:
    authorisation = contract.authorises()
    contract.drafts(line(authorisation), number="1")
    checked = contract.submits(line(authorisation), number="2")

    asked = {"provider_id": contract.provider, "state": "checked"}
    listed = contract.done("list_invoices", asked, actor=BOTH_HATS)["items"]

    assert [each["id"] for each in listed] == [checked["id"]]


def test_the_day_is_told_by_the_calendar_of_the_house(contract: Contract) -> None:
    """At 03:00 UTC on 5 March it is still 4 March in Vancouver: a service of the fifth is in the future."""
    authorisation = contract.authorises()
    contract.clock.move_to(datetime(2026, 3, 5, 3, 0, tzinfo=UTC))

    invoice = contract.submits(line(authorisation, "2026-03-05"))

    assert invoice["lines"][0]["reasons"] == ["in_the_future"]
