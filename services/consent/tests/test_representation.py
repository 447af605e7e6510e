"""Who decides in a person's place, by which authority, and never against the person's own word (CO-3)."""

from __future__ import annotations

from typing import Any

import pytest

from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    MOTHER,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    STRANGER,
    YOUTH_WORKER,
    Decisions,
)
from services.consent.tests.test_capacity import assessed, found

BY_PARENT = {"capacity": "parent", "name": "The mother", "relationship": "mother", "authority": "parent"}


def appoints(decisions: Decisions, *, by: Any = MENTOR, **told: Any) -> Any:
    body = {
        "person_id": decisions.girl,
        "name": "The aunt",
        "relationship": "aunt",
        "authority": "representation_agreement",
        "evidence": "File 12, page 3",
        **told,
    }
    return decisions.call("appoint_representative", body, actor=by)


def appointed(decisions: Decisions, **told: Any) -> dict[str, Any]:
    answer = appoints(decisions, **told)
    assert answer.status == 200, answer.body
    return answer.body


def by_aunt(decisions: Decisions, aunt: dict[str, Any], **changes: Any) -> Any:
    given_by = {"capacity": "substitute", "representative_id": aunt["id"]}
    return decisions.call("record_consent", decisions.asked(given_by=given_by, **changes), actor=MENTOR)


def lays_down(decisions: Decisions, *, by: Any = MENTOR, **told: Any) -> Any:
    body = {
        "person_id": decisions.girl,
        "kind": "advance_directive",
        "made_on": "2026-02-01",
        "says": "Call the aunt before anybody else.",
        "evidence": "File 12, page 4",
        **told,
    }
    return decisions.call("record_prior_decision", body, actor=by)


def test_a_representative_on_record_decides_with_name_relationship_and_authority(
    decisions: Decisions,
) -> None:
    aunt = appointed(decisions)
    assessed(decisions, findings=found(consequences="not_able"))

    consent = by_aunt(decisions, aunt).body

    assert consent["given_by"]["name"] == "The aunt"
    assert consent["given_by"]["relationship"] == "aunt"
    assert consent["given_by"]["authority"].startswith("representation_agreement")
    assert consent["given_by"]["representative_id"] == aunt["id"]


def test_nobody_decides_in_the_place_of_a_person_found_able(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    assessed(decisions)

    refused = by_aunt(decisions, aunt)

    assert (refused.status, refused.body["code"]) == (409, "decides_for_themselves")


@pytest.mark.parametrize(
    "limits",
    [{"valid_until": "2026-03-10"}, {"valid_from": "2026-05-01"}, {"decides_about": ["housing"]}],
    ids=["over", "to come", "about something else"],
)
def test_an_authority_counts_in_its_period_and_for_what_it_covers(
    decisions: Decisions, clock: Any, limits: dict[str, Any]
) -> None:
    aunt = appointed(decisions, **limits)
    clock.advance(days=20)

    refused = by_aunt(decisions, aunt)

    assert (refused.status, refused.body["code"]) == (409, "no_authority_to_decide")


def test_an_ended_authority_decides_no_more_and_ends_once(decisions: Decisions) -> None:
    aunt = appointed(decisions, account="aunt", valid_until="2026-12-31")
    ending = {"id": aunt["id"], "reason": "The court has appointed somebody else."}

    assert decisions.call("end_authority", ending, actor=MENTOR).status == 200

    assert by_aunt(decisions, aunt).body["code"] == "no_authority_to_decide"
    assert decisions.call("end_authority", ending, actor=MENTOR).body["code"] == "authority_ended"


def test_a_representative_of_another_person_decides_nothing_here(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    decisions.__post_init__()

    assert by_aunt(decisions, aunt).body["code"] == "no_authority_to_decide"


def test_the_persons_own_word_names_no_representative(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    asked = decisions.asked(given_by={"capacity": "person", "representative_id": aunt["id"]})

    refused = decisions.call("record_consent", asked, actor=MENTOR)

    assert refused.body["errors"][0]["pointer"] == "/given_by/representative_id"


@pytest.mark.parametrize("way", ["refusal", "withdrawal"])
def test_a_parent_does_not_open_what_the_child_said_no_to(decisions: Decisions, way: str) -> None:
    decisions.signs_in()
    if way == "refusal":
        decisions.decides(decision="refused", explanation=..., categories=["plan"])
    else:
        consent = decisions.decides(categories=["plan"])
        assert decisions.call("withdraw_consent", {"id": consent["id"]}, actor=GIRL).status == 200

    against = decisions.call("record_consent", decisions.asked(given_by=BY_PARENT), actor=SOCIAL_WORKER)
    assert (against.status, against.body["code"]) == (409, "refused_by_the_person")
    elsewhere = decisions.asked(to="organisation:housing", given_by=BY_PARENT)
    assert decisions.call("record_consent", elsewhere, actor=SOCIAL_WORKER).status == 200
    other = decisions.asked(categories=["identity"], given_by=BY_PARENT)
    assert decisions.call("record_consent", other, actor=SOCIAL_WORKER).status == 200


@pytest.mark.parametrize("whose", ["somebody", "a linked parent"])
def test_who_may_not_record_for_the_girl_learns_nothing_from_the_rules(
    decisions: Decisions, whose: str
) -> None:
    decisions.signs_in(account="mother", relation="parent")
    asker = STRANGER if whose == "somebody" else MOTHER

    def answers() -> list[str]:
        told = ({"capacity": "person"}, BY_PARENT)
        asked = [decisions.asked(given_by=given_by) for given_by in told]
        return [decisions.call("record_consent", each, actor=asker).body["code"] for each in asked]

    assert answers() == ["access_denied"] * 2
    decisions.decides(decision="refused", explanation=..., categories=["plan"])
    assert answers() == ["access_denied"] * 2
    assessed(decisions, findings=found(consequences="not_able"))
    assert answers() == ["access_denied"] * 2
    assessed(decisions)
    assert answers() == ["access_denied"] * 2


def test_the_child_may_change_her_mind(decisions: Decisions) -> None:
    decisions.decides(decision="refused", explanation=..., categories=["plan"])
    decisions.decides(categories=["plan"])

    assert decisions.decides(actor=SOCIAL_WORKER, given_by=BY_PARENT)["state"] == "given"


def test_a_parents_refusal_binds_no_child(decisions: Decisions) -> None:
    decisions.decides(decision="refused", explanation=..., given_by=BY_PARENT)

    assert decisions.decides()["state"] == "given"


def test_what_was_laid_down_is_kept_and_revoked_once(decisions: Decisions) -> None:
    decisions.signs_in()
    directive = lays_down(decisions).body
    assert directive["in_force"]

    revoked = decisions.call(
        "revoke_prior_decision", {"id": directive["id"], "reason": "She wants her mother called."}, actor=GIRL
    )

    assert (revoked.status, revoked.body["in_force"], revoked.body["says"]) == (200, False, directive["says"])
    again = decisions.call("revoke_prior_decision", {"id": directive["id"], "reason": "Again."}, actor=GIRL)
    assert again.body["code"] == "directive_revoked"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": "ulysses_agreement"}, "/applies_when"),
        ({"kind": "representation_agreement"}, "/representative_id"),
        ({"made_on": "2126-01-01"}, "/made_on"),
        ({"made_on": "2026-02-30"}, "/made_on"),
        ({"review_on": "2020-01-01"}, "/review_on"),
        ({"says": ""}, "/says"),
    ],
)
def test_a_prior_decision_that_makes_no_sense_is_pointed_at(
    decisions: Decisions, wrong: dict[str, Any], pointer: str
) -> None:
    refused = lays_down(decisions, **wrong)

    assert refused.status == 422
    assert refused.body["errors"][0]["pointer"] == pointer


def test_a_representation_agreement_names_a_representative_of_the_same_person(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    kind = {"kind": "representation_agreement", "representative_id": aunt["id"]}
    assert lays_down(decisions, **kind).body["representative_id"] == aunt["id"]

    decisions.__post_init__()
    assert lays_down(decisions, **kind).body["errors"][0]["pointer"] == "/representative_id"


def test_others_see_neither_representative_nor_prior_decision(decisions: Decisions) -> None:
    decisions.signs_in()
    appointed(decisions)
    lays_down(decisions)

    for door in ("list_representatives", "list_prior_decisions"):
        asked = {"person_id": decisions.girl}
        listed = {
            actor.subject: len(decisions.call(door, asked, actor=actor).body.get("items", []))
            for actor in (MENTOR, GIRL, PRIVACY_OFFICER, YOUTH_WORKER, MOTHER)
        }
        assert listed == {"mentor": 1, "girl": 1, "privacy": 1, "youth-worker": 0, "mother": 0}
