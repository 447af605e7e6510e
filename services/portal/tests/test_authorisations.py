"""A service is authorised for a person; the provider learns who she is by her consent alone (PO-2, PO-3, CO-8)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import moment
from chassis.ids import new_id
from services.portal.tests.contract import APPROVER, OFFICER, WORKER, Contract, line


def _seen(contract: Contract, authorisation: Any, **who: Any) -> Any:
    return contract.done("read_authorisation", {"id": authorisation["id"]}, **({"actor": WORKER} | who))


def test_an_authorisation_says_what_how_much_and_until_when(contract: Contract, outbox: Any) -> None:
    authorisation = contract.authorises()

    assert (authorisation["rate"], authorisation["units_left"]) == ("31.2500", "10.00")
    assert authorisation["person_id"] == contract.girl
    (told,) = outbox("portal.authorisation.issued.v1")
    assert told.data["case_id"] == contract.case


def test_without_consent_the_provider_sees_the_money_part_only(contract: Contract) -> None:
    seen = _seen(contract, contract.authorises())

    assert (seen["rate"], seen["units"]) == ("31.2500", "10.00")
    assert "person_id" not in seen
    assert "case_id" not in seen
    assert seen["withheld"] == ["identity"]


def test_with_her_consent_the_provider_sees_who_the_client_is(contract: Contract) -> None:
    authorisation = contract.authorises()
    contract.consents(categories=["identity"])

    seen = _seen(contract, authorisation)

    assert (seen["person_id"], seen["case_id"], seen["withheld"]) == (contract.girl, contract.case, [])


def test_once_she_withdraws_it_the_client_detail_is_withheld_and_the_money_part_stays(
    contract: Contract,
) -> None:
    authorisation = contract.authorises()
    consent = contract.consents(categories=["identity"])
    contract.withdraws(consent)

    seen = _seen(contract, authorisation)

    assert "person_id" not in seen
    assert (seen["withheld"], seen["units_left"]) == (["identity"], "10.00")


def test_a_consent_to_another_organisation_opens_nothing_to_this_one(contract: Contract) -> None:
    authorisation = contract.authorises()
    contract.consents(categories=["identity"], recipient="organisation:homework-club")

    assert _seen(contract, authorisation)["withheld"] == ["identity"]


def test_when_consent_was_not_heard_of_for_too_long_the_client_detail_is_withheld(contract: Contract) -> None:
    authorisation = contract.authorises()
    contract.consents(categories=["identity"])
    contract.clock.advance(seconds=30)

    seen = _seen(contract, authorisation)

    assert (seen["withheld"], seen["units_left"]) == (["identity"], "10.00")
    why = contract.done("why", {"kind": "authorisation", "id": authorisation["id"]}, actor=WORKER)
    by_basis = {grant["basis"]: grant["because"] for grant in why["grants"]}
    assert by_basis == {"agreement": "counts", "consent": "consent_not_current"}


def test_a_search_by_person_is_no_way_round_what_is_withheld(contract: Contract) -> None:
    authorisation = contract.authorises()
    asked = {"person_id": contract.girl}

    assert contract.done("list_authorisations", asked, actor=WORKER)["items"] == []
    contract.consents(categories=["identity"])
    found = contract.done("list_authorisations", asked, actor=WORKER)["items"]
    assert [each["id"] for each in found] == [authorisation["id"]]
    assert contract.done("list_authorisations", asked, actor=OFFICER)["items"]


def test_finance_sees_amounts_and_not_the_client(contract: Contract) -> None:
    seen = _seen(contract, contract.authorises(), actor=APPROVER)

    assert (seen["units"], seen["withheld"]) == ("10.00", ["identity"])


def test_a_restricted_client_stays_hidden_but_what_is_owed_stays_payable(contract: Contract) -> None:
    authorisation = contract.authorises()
    contract.consents(categories=["identity"])
    told = {"person_id": contract.girl, "restriction_id": str(new_id())}
    contract.receive("consent.restriction.placed.v1", subject=contract.girl, data=told)

    assert _seen(contract, authorisation)["withheld"] == ["identity"]
    assert contract.call("read_authorisation", {"id": authorisation["id"]}, actor=OFFICER).status == 404
    assert contract.submits(line(authorisation))["state"] == "checked"


def test_a_search_for_the_services_of_a_restricted_person_is_an_attempt_at_her(
    contract: Contract, outbox: Any
) -> None:
    contract.authorises()
    told = {"person_id": contract.girl, "restriction_id": str(new_id())}
    contract.receive("consent.restriction.placed.v1", subject=contract.girl, data=told)
    for person, attempt in ((contract.girl, True), (str(new_id()), False)):
        assert contract.done("list_authorisations", {"person_id": person}, actor=OFFICER)["items"] == []
        entry = outbox.entries()[-1]
        assert (entry["restricted"], entry["persons"]) == (attempt, [person] if attempt else [])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"service": "driving"}, "service_not_offered"),
        ({"case_id": str(new_id())}, "person_not_in_case"),
        ({"person_id": str(new_id())}, "not_found"),
        ({"tax": "luxury"}, "invalid_input"),
        ({"rate": "0"}, "invalid_input"),
        ({"rate": 31.25}, "invalid_input"),
        ({"units": "1.005"}, "invalid_input"),
        ({"ends_on": "2026-02-01"}, "invalid_input"),
    ],
)
def test_what_cannot_be_authorised_is_refused_by_name(
    contract: Contract, wrong: dict[str, Any], code: str
) -> None:
    body = {
        "provider_id": contract.provider,
        "person_id": contract.girl,
        "case_id": contract.case,
        "service": "help_at_home",
        "unit": "hour",
        "rate": "31.25",
        "units": "10",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
    }

    answer = contract.call("issue_authorisation", body | wrong, actor=OFFICER)

    assert answer.body["code"] == code


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE authorisations SET rate = 99",
        "UPDATE authorisations SET units = 1000",
        "UPDATE authorisations SET units_used = 10.01",
        "UPDATE authorisations SET units_used = -1",
    ],
)
def test_not_even_the_service_rewrites_what_was_authorised(
    contract: Contract, database: Any, change: str
) -> None:
    contract.authorises()

    with pytest.raises(DBAPIError), database.lane.begin() as session:
        session.execute(text(change))


def seen_by_the_girl(work_as: Any, an_actor: Any) -> list[str]:
    from portal.authorisations.model import Authorisation

    with work_as(an_actor(subject="girl", roles=["client"], organisation=None)) as work:
        return [str(each.person_id) for each in work.session.scalars(work.visible(Authorisation))]


def test_the_client_sees_what_was_authorised_for_her_until_the_sign_in_is_hers_no_more(
    contract: Contract, work_as: Any, an_actor: Any
) -> None:
    contract.authorises()
    link = {"link_id": new_id(), "person_id": contract.girl, "account": "girl", "relation": "self"}
    contract.receive("intake.person.account_linked.v1", subject=contract.girl, data=link)
    assert seen_by_the_girl(work_as, an_actor) == [contract.girl]

    at = moment.now()
    ended = {**link, "because": "recorded_in_error", "linked_at": at, "at": at}
    contract.receive("intake.person.account_unlinked.v1", subject=contract.girl, data=ended)
    assert seen_by_the_girl(work_as, an_actor) == []

    again = {**link, "link_id": new_id()}
    contract.receive("intake.person.account_linked.v1", subject=contract.girl, data=again)
    assert seen_by_the_girl(work_as, an_actor) == [contract.girl]


def test_somebody_added_to_the_case_later_can_be_served(contract: Contract) -> None:
    brother = str(new_id())
    contract.receive("intake.person.recorded.v1", subject=brother, data={"person_id": brother})
    added = {"case_id": contract.case, "person_id": brother}
    contract.receive("cases.member.added.v1", subject=contract.case, data=added)

    assert contract.authorises(person_id=brother)["person_id"] == brother
