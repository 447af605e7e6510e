"""Consent is recorded with what it means, withdrawn at once, refused and remembered (CO-1, CO-2, CO-3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from consent.directives.actions import keep_clocks
from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    MOTHER,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    STRANGER,
    YOUTH_WORKER,
    Decisions,
    unknown,
)

GIVEN = "consent.consent.given.v1"
REFUSED = "consent.consent.refused.v1"
WITHDRAWN = "consent.consent.withdrawn.v1"


def test_a_consent_says_who_may_see_what_why_and_how_it_was_explained(
    decisions: Decisions, outbox: Any
) -> None:
    consent = decisions.decides()

    assert consent["state"] == "given"
    assert consent["live_categories"] == ["identity", "plan"]
    assert consent["explanation"]["explained_by"] == "mentor"
    assert consent["explanation"]["meaning"] == ["identity", "plan"]
    assert consent["given_by"]["capacity"] == "person"
    assert [step["state"] for step in consent["history"]] == ["given"]
    (told,) = outbox(GIVEN)
    assert told.subject == consent["id"]
    assert told.data == {
        "consent_id": consent["id"],
        "person_id": decisions.girl,
        "recipient": "organisation:youth-service",
        "categories": ["identity", "plan"],
        "purposes": ["care"],
        "valid_from": "2026-03-04T17:00:00+00:00",
        "valid_until": None,
        "recorded_at": "2026-03-04T17:00:00+00:00",
        "self_recorded": False,
    }


def test_a_consent_that_nobody_explained_is_not_recorded(decisions: Decisions) -> None:
    answer = decisions.call("record_consent", decisions.asked(explanation=...), actor=MENTOR)

    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "/explanation"


def test_a_written_consent_says_where_the_paper_is(decisions: Decisions) -> None:
    answer = decisions.call("record_consent", decisions.asked(form="written"), actor=MENTOR)

    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "/evidence"


def test_health_is_never_opened_by_conduct_alone(decisions: Decisions) -> None:
    asked = decisions.asked(categories=["health"], form="implied")

    answer = decisions.call("record_consent", asked, actor=MENTOR)

    assert (answer.status, answer.body["code"]) == (409, "implied_consent_is_not_enough")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"categories": ["horoscope"]}, "/categories/0"),
        ({"purposes": ["care", "curiosity"]}, "/purposes/1"),
        ({"valid_until": "2026-03-04T16:00:00+00:00"}, "/valid_until"),
        ({"review_on": "2026-03-03"}, "/review_on"),
        ({"recipient": "everybody"}, "/recipient"),
        ({"given_by": {"capacity": "parent"}}, "/given_by/name"),
    ],
)
def test_what_makes_no_sense_is_pointed_at(decisions: Decisions, wrong: dict[str, Any], pointer: str) -> None:
    answer = decisions.call("record_consent", decisions.asked(**wrong), actor=MENTOR)

    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == pointer


def test_nobody_decides_for_a_person_whom_intake_does_not_know(decisions: Decisions) -> None:
    answer = decisions.call("record_consent", decisions.asked(person_id=unknown()), actor=MENTOR)

    assert answer.status == 404


def test_the_girl_withdraws_her_own_consent(decisions: Decisions, outbox: Any, clock: Any) -> None:
    decisions.signs_in()
    consent = decisions.decides()
    clock.advance(days=20)

    answer = decisions.call("withdraw_consent", {"id": consent["id"]}, actor=GIRL)

    assert answer.status == 200
    assert (answer.body["state"], answer.body["live_categories"]) == ("withdrawn", [])
    assert [(step["state"], step["by"]) for step in answer.body["history"]] == [
        ("given", "mentor"),
        ("withdrawn", "girl"),
    ]
    (told,) = outbox(WITHDRAWN)
    assert told.data == {
        "consent_id": consent["id"],
        "person_id": decisions.girl,
        "at": "2026-03-24T17:00:00+00:00",
    }


def test_one_category_can_be_withdrawn_and_the_rest_is_said_anew(decisions: Decisions, outbox: Any) -> None:
    consent = decisions.decides()

    answer = decisions.call("withdraw_consent", {"id": consent["id"], "categories": ["plan"]}, actor=MENTOR)

    assert (answer.body["state"], answer.body["live_categories"]) == ("given", ["identity"])
    assert answer.body["categories"] == ["identity", "plan"]
    assert [each.key for each in outbox() if each.subject == consent["id"]] == [GIVEN, WITHDRAWN, GIVEN]
    assert outbox(GIVEN)[-1].data["categories"] == ["identity"]


def test_a_category_that_is_not_open_cannot_be_withdrawn(decisions: Decisions) -> None:
    consent = decisions.decides()

    answer = decisions.call("withdraw_consent", {"id": consent["id"], "categories": ["health"]}, actor=MENTOR)

    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "/categories/0"


def test_what_was_withdrawn_cannot_be_withdrawn_again(decisions: Decisions) -> None:
    consent = decisions.decides()
    decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR)

    again = decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR)

    assert (again.status, again.body["code"]) == (409, "consent_not_live")


def test_a_refusal_needs_no_explanation_and_opens_nothing(decisions: Decisions, outbox: Any) -> None:
    refusal = decisions.decides(decision="refused", explanation=...)

    assert (refusal["state"], refusal["live_categories"]) == ("refused", [])
    assert outbox(GIVEN) == []
    assert outbox(REFUSED)[0].data["categories"] == ["identity", "plan"]


def test_a_refusal_ends_what_was_given_before_to_the_same_recipient(decisions: Decisions) -> None:
    narrowed = decisions.decides(categories=["identity", "plan"])
    closed = decisions.decides(categories=["plan"])
    other = decisions.decides(to="organisation:housing")

    decisions.decides(decision="refused", explanation=..., categories=["plan", "health"])

    assert decisions.read(narrowed)["live_categories"] == ["identity"]
    assert decisions.read(closed)["state"] == "withdrawn"
    assert decisions.read(closed)["history"][-1]["reason"] == "refused"
    assert decisions.read(other)["state"] == "given"


def test_a_refusal_recorded_by_somebody_who_cannot_see_the_consent_ends_it_too(
    decisions: Decisions, receive: Any, outbox: Any
) -> None:
    consent = decisions.decides(actor=MENTOR)
    decisions.decides(actor=SOCIAL_WORKER, decision="refused", explanation=...)
    assert decisions.read(consent)["state"] == "given"

    (told,) = outbox(REFUSED)
    receive(REFUSED, subject=told.subject, data=told.data)

    ended = decisions.read(consent)
    assert ended["state"] == "withdrawn"
    assert ended["history"][-1]["by"] == "social-worker"
    assert [each.subject for each in outbox(WITHDRAWN)] == [consent["id"]]


def test_a_refusal_does_not_end_a_change_of_mind_that_came_after_it(
    decisions: Decisions, receive: Any, outbox: Any, clock: Any
) -> None:
    decisions.decides(decision="refused", explanation=...)
    clock.advance(minutes=1)
    consent = decisions.decides()

    (told,) = outbox(REFUSED)
    receive(REFUSED, subject=told.subject, data=told.data)

    assert decisions.read(consent)["state"] == "given"


def test_a_consent_expires_at_its_hour(decisions: Decisions, clock: Any, in_lane: Any, outbox: Any) -> None:
    consent = decisions.decides(valid_until="2026-04-01T00:00:00+00:00")
    clock.move_to(datetime(2026, 4, 1, 0, 0, 3, tzinfo=UTC))

    with in_lane() as work:
        keep_clocks(work)

    expired = decisions.read(consent)
    assert expired["state"] == "expired"
    assert expired["history"][-1] == {
        "number": 2,
        "state": "expired",
        "categories": ["identity", "plan"],
        "at": "2026-04-01T00:00:00+00:00",
        "by": "system",
        "reason": None,
        "against_prior_decision": False,
        "given_by": None,
        "form": None,
        "evidence": None,
        "heard_by": None,
    }
    assert len(outbox("consent.consent.expired.v1")) == 1
    assert outbox("consent.clock.breached.v1") == []


def test_a_review_that_nobody_held_is_announced(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    consent = decisions.decides(review_on="2026-06-03")
    clock.move_to(datetime(2026, 6, 4, 17, 0, tzinfo=UTC))

    with in_lane() as work:
        keep_clocks(work)

    (told,) = outbox("consent.clock.breached.v1")
    assert (told.data["kind"], told.data["subject_id"]) == ("review", consent["id"])
    assert decisions.read(consent)["state"] == "given"


def test_withdrawal_stops_the_clocks(decisions: Decisions, clock: Any, in_lane: Any, outbox: Any) -> None:
    consent = decisions.decides(review_on="2026-06-03", valid_until="2026-12-01T00:00:00+00:00")
    decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR)
    clock.advance(days=400)

    with in_lane() as work:
        keep_clocks(work)

    assert outbox("consent.clock.breached.v1") == []
    assert outbox("consent.consent.expired.v1") == []


def test_other_workers_do_not_learn_of_a_decision(decisions: Decisions) -> None:
    consent = decisions.decides()

    assert decisions.call("read_consent", {"id": consent["id"]}, actor=YOUTH_WORKER).status == 403
    assert (
        decisions.call("list_consents", {"person_id": decisions.girl}, actor=YOUTH_WORKER).body["items"] == []
    )


def test_the_girl_and_the_privacy_officer_see_every_decision_about_her(decisions: Decisions) -> None:
    decisions.signs_in()
    first = decisions.decides(actor=MENTOR)
    second = decisions.decides(actor=YOUTH_WORKER, to="organisation:housing")

    for actor in (GIRL, PRIVACY_OFFICER):
        listed = decisions.call("list_consents", {"person_id": decisions.girl}, actor=actor).body["items"]
        assert [each["id"] for each in listed] == [second["id"], first["id"]]
    answer = decisions.call("list_consents", {"person_id": decisions.girl, "limit": 1}, actor=GIRL)
    assert answer.body["next_cursor"]


def test_the_girl_records_a_consent_by_herself_and_nobody_else_does_so_for_her(decisions: Decisions) -> None:
    decisions.signs_in()

    assert decisions.call("record_consent", decisions.asked(), actor=GIRL).status == 200
    assert decisions.call("record_consent", decisions.asked(), actor=STRANGER).status == 403


def test_a_linked_mother_sees_what_she_decided_and_not_what_the_girl_decided(decisions: Decisions) -> None:
    decisions.signs_in(account="mother", relation="parent")
    of_the_girl = decisions.decides()
    of_the_mother = decisions.decides(
        to="organisation:housing",
        given_by={
            "capacity": "parent",
            "name": "the mother",
            "account": "mother",
            "relationship": "mother",
            "authority": "legal guardian",
        },
    )

    assert decisions.read(of_the_mother, actor=MOTHER)["given_by"]["authority"] == "legal guardian"
    assert decisions.call("withdraw_consent", {"id": of_the_mother["id"]}, actor=MOTHER).status == 200
    assert decisions.call("read_consent", {"id": of_the_girl["id"]}, actor=MOTHER).status == 403


def test_a_link_that_is_told_of_twice_gives_one_grant(decisions: Decisions, in_lane: Any) -> None:
    link = decisions.signs_in()
    told = {name: said for name, said in link.items() if name != "linked_at"}
    decisions.receive("intake.person.account_linked.v1", subject=decisions.girl, data=told)

    with in_lane() as work:
        assert len(work.grants.live(record=("person", UUID(decisions.girl)), basis="self")) == 1


def test_the_access_is_in_the_log_with_the_person_it_concerns(decisions: Decisions, outbox: Any) -> None:
    consent = decisions.decides()

    (entry,) = outbox.entries()
    assert (entry["door"], entry["action"], entry["outcome"]) == ("record_consent", "write", "permitted")
    assert entry["persons"] == [decisions.girl]
    assert {"kind": "consent", "id": consent["id"]} in entry["records"]
    assert [each["basis"] for each in entry["basis"]] == ["team"]
