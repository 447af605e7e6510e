"""What organisations agreed to share, until when, and with which of the standard's partners (CO-4)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.testing import make_actor
from consent.directives.actions import keep_clocks
from services.consent.tests.decisions import MENTOR, PRIVACY_OFFICER, Decisions

CONTRACTS = make_actor(subject="contracts", roles=["contracts_officer"], organisation="ministry")


def signs(decisions: Decisions, *, by: Any = PRIVACY_OFFICER, **told: Any) -> Any:
    body = {
        "kind": "memorandum",
        "title": "Working together for young carers",
        "organisations": ["youth-service", "school"],
        "partner": "housing",
        "categories": ["identity", "plan"],
        "purposes": ["care", "coordination"],
        "evidence": "Cabinet 2, folder 7",
        "signed_on": "2026-03-01",
        **told,
    }
    return decisions.call("sign_agreement", body, actor=by)


def previewed(decisions: Decisions, **asked: Any) -> Any:
    body = {
        "person_id": decisions.girl,
        "recipient": "organisation:youth-service",
        "categories": ["plan"],
        "purposes": ["care"],
        **asked,
    }
    return decisions.call("preview", body, actor=MENTOR).body["agreement"]


def test_a_preview_says_which_agreement_covers_what_is_asked(decisions: Decisions) -> None:
    assert previewed(decisions) is None
    agreement = signs(decisions).body

    assert previewed(decisions)["id"] == agreement["id"]
    assert previewed(decisions, categories=["plan", "health"]) is None
    assert previewed(decisions, purposes=["payment"]) is None
    assert previewed(decisions, recipient="organisation:housing") is None


def test_an_agreement_counts_in_its_period_and_until_it_is_ended(decisions: Decisions, clock: Any) -> None:
    first = signs(decisions, valid_until="2026-03-31").body
    assert first["state"] == "in_force"
    clock.advance(days=40)
    assert previewed(decisions) is None
    assert decisions.call("read_agreement", {"id": first["id"]}, actor=MENTOR).body["state"] == "expired"

    second = signs(decisions).body
    ending = {"id": second["id"], "reason": "The service has closed."}
    assert decisions.call("end_agreement", ending, actor=CONTRACTS).body["state"] == "ended"
    assert previewed(decisions) is None
    assert decisions.call("end_agreement", ending, actor=CONTRACTS).body["code"] == "agreement_ended"


def test_its_end_is_announced_beforehand_and_once(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    agreement = signs(decisions, valid_until="2026-06-30").body

    clock.advance(days=117)
    for _ in range(2):
        with in_lane() as work:
            keep_clocks(work)

    (warned,) = outbox("consent.clock.forecast.v1")
    assert (warned.data["kind"], warned.data["subject_id"]) == ("agreement_expiry", agreement["id"])


def test_the_partners_of_the_standard_that_are_missing_are_named(decisions: Decisions) -> None:
    signs(decisions)
    signs(decisions, partner="harm_reduction")
    ended = signs(decisions, partner="income_assistance").body
    decisions.call("end_agreement", {"id": ended["id"], "reason": "Replaced."}, actor=CONTRACTS)

    covered = decisions.call("agreement_coverage", {"organisation": "school"}, actor=PRIVACY_OFFICER).body

    assert covered["held"] == ["housing", "harm_reduction"]
    assert len(covered["missing"]) == 6 and "income_assistance" in covered["missing"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"organisations": ["school"]}, "/organisations"),
        ({"organisations": ["school", "school"]}, "/organisations"),
        ({"categories": ["horoscope"]}, "/categories/0"),
        ({"purposes": ["curiosity"]}, "/purposes/0"),
        ({"partner": "circus"}, "/partner"),
        ({"signed_on": "2126-01-01"}, "/signed_on"),
        ({"valid_until": "2026-02-01"}, "/valid_until"),
    ],
)
def test_an_agreement_that_makes_no_sense_is_pointed_at(
    decisions: Decisions, wrong: dict[str, Any], pointer: str
) -> None:
    refused = signs(decisions, **wrong)

    assert refused.status == 422
    assert refused.body["errors"][0]["pointer"] == pointer


def test_a_practitioner_reads_agreements_and_signs_none(decisions: Decisions) -> None:
    agreement = signs(decisions).body

    assert signs(decisions, by=MENTOR).status == 403
    listed = decisions.call(
        "list_agreements", {"organisation": "school", "with_organisation": "youth-service"}, actor=MENTOR
    )
    assert [each["id"] for each in listed.body["items"]] == [agreement["id"]]
    none = decisions.call("list_agreements", {"organisation": "housing"}, actor=MENTOR)
    assert none.body["items"] == []


def expiring(decisions: Decisions, *, within: int = 90) -> list[str]:
    asked = {"organisation": "school", "expiring_within_days": within}
    return [each["id"] for each in decisions.call("list_agreements", asked, actor=CONTRACTS).body["items"]]


def test_what_ends_soon_stands_on_a_list_until_it_is_renewed(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    soon = signs(decisions, valid_until="2026-04-30").body
    signs(decisions, valid_until="2027-04-30")
    signs(decisions)
    assert (expiring(decisions), expiring(decisions, within=30)) == ([soon["id"]], [])

    following = signs(decisions, valid_from="2026-05-01", valid_until="2027-05-01", renews=soon["id"]).body

    assert following["renews"] == soon["id"]
    assert expiring(decisions) == []
    clock.advance(days=60)
    with in_lane() as work:
        keep_clocks(work)
    assert outbox("consent.clock.breached.v1") == []
    assert previewed(decisions)["id"] != soon["id"]


@pytest.mark.parametrize("by", [CONTRACTS, PRIVACY_OFFICER], ids=["contracts officer", "privacy officer"])
def test_whoever_may_sign_keeps_the_deadlines_of_agreements_whoever_signed(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any, by: Any
) -> None:
    other = PRIVACY_OFFICER if by is CONTRACTS else CONTRACTS
    told = signs(decisions, by=by, valid_until="2026-04-30").body["id"]
    ended = signs(decisions, by=other, valid_until="2026-04-30").body["id"]
    renewed = signs(decisions, by=other, valid_until="2026-04-30").body["id"]
    ending = {"id": ended, "reason": "The service has closed."}
    assert decisions.call("end_agreement", ending, actor=by).status == 200
    assert signs(decisions, by=by, valid_until="2027-04-30", renews=renewed).status == 200

    clock.advance(days=60)
    with in_lane() as work:
        keep_clocks(work)
    breached = [each.data["subject_id"] for each in outbox("consent.clock.breached.v1")]
    assert breached == [told]


def test_what_is_renewed_by_an_agreement_that_ends_is_told_to_expire_again(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    soon = signs(decisions, valid_until="2026-04-30").body
    following = signs(decisions, valid_from="2026-05-01", renews=soon["id"]).body
    ending = {"id": following["id"], "reason": "Signed by mistake."}
    assert decisions.call("end_agreement", ending, actor=CONTRACTS).status == 200

    assert expiring(decisions) == [soon["id"]]
    clock.advance(days=60)
    with in_lane() as work:
        keep_clocks(work)
    breached = [each.data for each in outbox("consent.clock.breached.v1")]
    assert [(each["kind"], each["subject_id"]) for each in breached] == [("agreement_expiry", soon["id"])]


def test_a_renewal_follows_one_agreement_between_the_same_and_only_once(decisions: Decisions) -> None:
    first = signs(decisions, valid_until="2026-04-30").body
    others = signs(decisions, renews=first["id"], organisations=["school", "clinic"])
    assert others.body["errors"][0]["pointer"] == "/renews"
    partner = signs(decisions, renews=first["id"], partner="harm_reduction")
    assert partner.body["errors"][0]["pointer"] == "/renews"
    second = signs(decisions, renews=first["id"]).body

    assert signs(decisions, renews=first["id"]).body["code"] == "renewed_already"
    decisions.call("end_agreement", {"id": second["id"], "reason": "Signed by mistake."}, actor=CONTRACTS)
    assert signs(decisions, renews=first["id"]).status == 200


def test_a_recorded_consent_names_the_agreement_that_covers_it(decisions: Decisions) -> None:
    agreement = signs(decisions).body

    assert decisions.decides(categories=["plan"])["agreement_id"] == agreement["id"]
    assert decisions.decides(categories=["health"])["agreement_id"] is None
    assert decisions.decides(to="worker:mentor")["agreement_id"] is None
