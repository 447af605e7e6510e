"""An organisation comes on board, and sees what is its own (PO-1, PO-2)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from chassis.migrations import differences
from services.portal.tests.contract import (
    APPLICANT,
    GROUP,
    OFFICER,
    OTHER,
    OTHER_APPLICANT,
    RELEASER,
    WORKER,
    Contract,
    line,
)


def test_models_and_migrations_agree(database: Any) -> None:
    with database.owner.connect() as connection:
        assert differences("portal", connection=connection) == []


def test_an_approved_provider_is_announced_and_seen_by_its_users(contract: Contract, outbox: Any) -> None:
    provider = contract.done("read_provider", {"id": contract.provider}, actor=WORKER)

    assert (provider["state"], provider["cohort"], provider["approved_by"]) == (
        "approved",
        "first",
        "contracts",
    )
    (told,) = outbox("portal.provider.approved.v1")
    assert told.data == {"provider_id": contract.provider, "organisation": GROUP}


def test_an_organisation_applies_for_itself_only(contract: Contract) -> None:
    body = {
        "organisation": "homework-club",
        "legal_name": "A club",
        "services": ["tutoring"],
        "terms_accepted": "2026-01",
    }

    assert contract.call("apply_provider", body, actor=APPLICANT).status == 403


def test_an_organisation_applies_once_and_is_approved_once(contract: Contract) -> None:
    body = {
        "organisation": GROUP,
        "legal_name": "The same group again",
        "services": ["help_at_home"],
        "terms_accepted": "2026-01",
    }

    again = contract.call("apply_provider", body, actor=APPLICANT)
    approved = contract.call("approve_provider", {"id": contract.provider}, actor=OFFICER)

    assert (again.status, again.body["code"]) == (409, "already_provider")
    assert (approved.status, approved.body["code"]) == (409, "provider_already_approved")


def test_before_approval_nothing_is_authorised_and_colleagues_see_nothing(contract: Contract) -> None:
    body = {
        "organisation": "homework-club",
        "legal_name": "A club",
        "services": ["tutoring"],
        "terms_accepted": "2026-01",
    }
    club = contract.done("apply_provider", body, actor=OTHER_APPLICANT)["id"]

    asked = {
        "provider_id": club,
        "person_id": contract.girl,
        "service": "tutoring",
        "unit": "hour",
        "rate": "40",
        "units": "1",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
    }
    refused = contract.call("issue_authorisation", asked, actor=OFFICER)
    assert (refused.status, refused.body["code"]) == (409, "provider_not_approved")
    assert contract.call("read_provider", {"id": club}, actor=OTHER).status == 403


def test_a_provider_lists_its_users_and_a_sign_in_acts_for_one_provider(contract: Contract) -> None:
    body = {"provider_id": contract.provider, "account": "group-worker", "roles": ["provider_user"]}
    contract.done("add_provider_user", body, actor=APPLICANT)

    again = contract.call("add_provider_user", body, actor=APPLICANT)

    assert (again.status, again.body["code"]) == (409, "user_already_listed")
    listed = contract.done("list_provider_users", {"provider_id": contract.provider}, actor=OFFICER)
    assert [each["account"] for each in listed["items"]] == ["group-worker"]


def test_another_organisation_reaches_nothing(contract: Contract) -> None:
    contract.on_board(actor=OTHER_APPLICANT)
    authorisation = contract.authorises()
    invoice = contract.drafts(
        {"authorisation_id": authorisation["id"], "served_on": "2026-03-03", "units": "1"}
    )
    other = {"actor": OTHER}

    assert contract.call("read_provider", {"id": contract.provider}, **other).status == 403
    assert contract.call("read_authorisation", {"id": authorisation["id"]}, **other).status == 403
    assert contract.call("read_invoice", {"id": invoice["id"]}, **other).status == 403
    assert contract.call("submit_invoice", {"id": invoice["id"]}, **other).status == 403
    assert contract.call("list_invoices", {}, **other).body["items"] == []
    assert contract.call("list_authorisations", {}, **other).body["items"] == []
    assert contract.call("list_payments", {}, **other).body["items"] == []
    users = contract.call("list_provider_users", {"provider_id": contract.provider}, actor=OTHER_APPLICANT)
    assert users.status == 403
    add = {"provider_id": contract.provider, "account": "somebody", "roles": ["provider_user"]}
    assert contract.call("add_provider_user", add, actor=OTHER_APPLICANT).status == 403


def test_another_organisation_sees_no_row_even_without_the_filter(contract: Contract, work_as: Any) -> None:
    invoice = contract.approved(line(contract.authorises()))
    contract.done("schedule_payment", {"invoice_id": invoice["id"]}, actor=RELEASER)
    tables = ("providers", "authorisations", "invoices", "invoice_lines", "invoice_steps", "payments")

    for actor, sees in ((OTHER, False), (WORKER, True)):
        with work_as(actor) as work:
            for table in tables:
                rows = work.session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
                assert (rows > 0) == sees, table
