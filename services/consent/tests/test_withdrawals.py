"""Much is taken back in one step, from one or from everybody, and ends whoever recorded it (CO-1, CO-8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from chassis.ids import new_id
from chassis.testing import Answer, make_actor
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
from services.consent.tests.test_representation import BY_PARENT, appointed

GIVEN = "consent.consent.given.v1"
WITHDRAWN = "consent.consent.withdrawn.v1"
DECLARED = "consent.withdrawal.declared.v1"
AUNT = make_actor(subject="aunt", roles=["client"], organisation=None)
HOUSING = "organisation:housing"
YOUTH = "organisation:youth-service"


def takes_back(decisions: Decisions, *, by: Any = MENTOR, **told: Any) -> Answer:
    return decisions.call("declare_withdrawal", {"person_id": decisions.girl, **told}, actor=by)


@pytest.fixture
def lane_follows(outbox: Any, receive: Callable[..., Any]) -> Callable[[], None]:
    """The service's own lane hears what the service has published so far."""

    def follow() -> None:
        for told in outbox(DECLARED):
            receive(DECLARED, subject=told.subject, data=told.data)

    return follow


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"recipient": HOUSING}, {"housing": [], "youth": ["health", "identity", "plan"]}),
        ({"categories": ["plan"]}, {"housing": ["identity"], "youth": ["health", "identity"]}),
        (
            {"recipient": YOUTH, "categories": ["health"]},
            {"housing": ["identity", "plan"], "youth": ["identity", "plan"]},
        ),
        ({}, {"housing": [], "youth": []}),
    ],
    ids=["from one", "one category from everybody", "one category from one", "all"],
)
def test_what_others_recorded_ends_too_at_any_grain(
    decisions: Decisions, lane_follows: Any, said: dict[str, Any], left: dict[str, list[str]]
) -> None:
    to_housing = decisions.decides(actor=SOCIAL_WORKER, to=HOUSING)
    to_youth = decisions.decides(actor=YOUTH_WORKER, categories=["identity", "plan", "health"])

    assert takes_back(decisions, **said).status == 200
    lane_follows()

    assert decisions.read(to_housing, actor=SOCIAL_WORKER)["live_categories"] == left["housing"]
    assert decisions.read(to_youth, actor=YOUTH_WORKER)["live_categories"] == left["youth"]


def test_nothing_is_refused_or_taken_back_from_a_name_that_nobody_has(decisions: Decisions) -> None:
    pasted = f"{HOUSING}\n"

    refusal = decisions.asked(to=pasted, decision="refused", explanation=...)
    for answer in (
        takes_back(decisions, recipient=pasted),
        decisions.call("record_consent", refusal, actor=MENTOR),
    ):
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/recipient")


def test_of_two_authorities_at_one_sign_in_the_one_that_covers_it_takes_it_back(decisions: Decisions) -> None:
    about_health = appointed(decisions, account="aunt", authority="court", decides_about=["health"])
    about_all = appointed(decisions, account="aunt", authority="parent")

    def by_which(**told: Any) -> Any:
        return takes_back(decisions, by=AUNT, **told).body["given_by"]["representative_id"]

    assert by_which(categories=["plan"]) == about_all["id"]
    assert by_which(categories=["health"]) == about_health["id"]
    assert by_which() == about_all["id"]


def test_who_takes_the_word_ends_at_once_what_they_see_and_is_told_nothing_of_the_rest(
    decisions: Decisions, outbox: Any, lane_follows: Any
) -> None:
    mine, other = decisions.decides(), decisions.decides(actor=SOCIAL_WORKER, to=HOUSING)

    answer = takes_back(decisions, reason="She moves away.")

    assert decisions.read(mine)["state"] == "withdrawn"
    assert decisions.read(mine)["history"][-1]["reason"] == "declared"
    assert answer.body["recorded_by"] == answer.body["heard_by"] == "mentor"
    assert other["id"] not in str(answer.body)
    (told,) = outbox(DECLARED)
    assert told.data == {
        "withdrawal_id": answer.body["id"],
        "person_ids": [decisions.girl],
        "recipient": None,
        "categories": [],
        "at": answer.body["recorded_at"],
    }
    lane_follows()
    lane_follows()
    assert sorted(each.subject for each in outbox(WITHDRAWN)) == sorted([mine["id"], other["id"]])


def test_a_withdrawal_is_seen_by_who_recorded_it_the_person_and_the_custodian(decisions: Decisions) -> None:
    decisions.signs_in()
    made = takes_back(decisions).body

    def listed(actor: Any) -> list[str]:
        asked = {"person_id": decisions.girl}
        return [
            each["id"]
            for each in decisions.call("list_withdrawals", asked, actor=actor).body.get("items", [])
        ]

    assert [listed(each) for each in (MENTOR, GIRL, PRIVACY_OFFICER)] == [[made["id"]]] * 3
    assert [listed(each) for each in (YOUTH_WORKER, STRANGER)] == [[], []]
    assert decisions.call("read_withdrawal", {"id": made["id"]}, actor=YOUTH_WORKER).status == 403
    assert decisions.call("read_withdrawal", {"id": unknown()}, actor=YOUTH_WORKER).status == 404


def test_a_person_unknown_and_one_hidden_are_answered_alike(decisions: Decisions) -> None:
    nobody = takes_back(decisions, person_id=unknown())
    decisions.restricts()
    hidden = takes_back(decisions)

    assert nobody.status == hidden.status == 404
    assert {**nobody.body, "instance": None} == {**hidden.body, "instance": None}


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"categories": ["horoscope"]}, "/categories/0"),
        ({"categories": []}, "/categories"),
        ({"recipient": "everybody"}, "/recipient"),
        ({"form": "written"}, "/evidence"),
        ({"given_by": {"capacity": "parent"}}, "/given_by/name"),
    ],
)
def test_what_makes_no_sense_is_pointed_at(decisions: Decisions, wrong: dict[str, Any], pointer: str) -> None:
    answer = takes_back(decisions, **wrong)

    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == pointer


def test_the_girl_takes_all_back_at_her_own_sign_in_and_a_stranger_nothing(
    decisions: Decisions, outbox: Any
) -> None:
    decisions.signs_in()
    consent = decisions.decides()

    assert takes_back(decisions, by=STRANGER).status == 403
    assert takes_back(decisions, by=GIRL).status == 200

    assert decisions.read(consent)["history"][-1]["by"] == "girl"
    told = outbox(WITHDRAWN)
    assert [each.subject for each in told] == [consent["id"]]


def test_nobody_says_at_the_girls_own_sign_in_that_they_are_her_mother(decisions: Decisions) -> None:
    decisions.signs_in()

    refused = takes_back(decisions, by=GIRL, given_by=BY_PARENT)

    assert refused.body["errors"][0]["pointer"] == "/given_by/capacity"


def test_a_representative_takes_back_at_their_own_sign_in_within_their_authority(
    decisions: Decisions, lane_follows: Any
) -> None:
    appointed(decisions, account="aunt", decides_about=["plan"])
    consent = decisions.decides(actor=SOCIAL_WORKER)

    beyond = takes_back(decisions, by=AUNT)
    assert (beyond.status, beyond.body["code"]) == (409, "no_authority_to_decide")
    made = takes_back(decisions, by=AUNT, categories=["plan"]).body
    lane_follows()

    assert (made["given_by"]["name"], made["reach"]) == ("The aunt", "everything")
    assert decisions.read(consent, actor=SOCIAL_WORKER)["live_categories"] == ["identity"]


def test_a_mother_without_authority_on_record_takes_back_what_she_gave_and_no_more(
    decisions: Decisions, outbox: Any
) -> None:
    hers = decisions.decides(to=HOUSING, given_by={**BY_PARENT, "account": "mother"})
    of_the_girl = decisions.decides()

    made = takes_back(decisions, by=MOTHER).body

    assert made["reach"] == "own_decisions"
    assert (decisions.read(hers)["state"], decisions.read(of_the_girl)["state"]) == ("withdrawn", "given")
    assert outbox(DECLARED) == []


@pytest.mark.parametrize("said", [{}, {"recipient": HOUSING}, {"categories": ["identity", "plan"]}])
def test_what_the_girl_took_back_no_parent_gives_again_until_she_does(
    decisions: Decisions, said: dict[str, Any]
) -> None:
    takes_back(decisions, **said)
    asked = decisions.asked(to=HOUSING, given_by=BY_PARENT)
    against = decisions.call("record_consent", asked, actor=SOCIAL_WORKER)
    assert (against.status, against.body["code"]) == (409, "refused_by_the_person")

    decisions.decides(to=HOUSING)

    assert decisions.call("record_consent", asked, actor=SOCIAL_WORKER).status == 200
    elsewhere = decisions.asked(to="organisation:clinic", given_by=BY_PARENT)
    expected = 200 if "recipient" in said else 409
    assert decisions.call("record_consent", elsewhere, actor=SOCIAL_WORKER).status == expected


def test_a_withdrawal_reaches_what_was_given_on_a_linked_record(
    decisions: Decisions, call: Any, receive: Any, outbox: Any, lane_follows: Any
) -> None:
    again = Decisions(call=call, receive=receive)
    there = again.decides(actor=SOCIAL_WORKER)
    link, both = str(new_id()), sorted([decisions.girl, again.girl])
    told = {"link_id": link, "revision": 1, "clusters": [{"main_person_id": both[0], "person_ids": both}]}
    receive("intake.person.linked.v1", subject=link, data=told)

    assert takes_back(decisions).status == 200
    lane_follows()

    assert outbox(DECLARED)[0].data["person_ids"] == both
    assert again.read(there, actor=SOCIAL_WORKER)["state"] == "withdrawn"
    later = again.decides(actor=SOCIAL_WORKER)
    lane_follows()
    assert again.read(later, actor=SOCIAL_WORKER)["state"] == "given"


def test_the_later_decision_wins_at_the_same_moment_and_however_late_the_lane_is(
    decisions: Decisions, lane_follows: Any
) -> None:
    before = decisions.decides(actor=SOCIAL_WORKER)
    takes_back(decisions)
    after = decisions.decides(actor=SOCIAL_WORKER)

    lane_follows()

    assert decisions.read(before, actor=SOCIAL_WORKER)["state"] == "withdrawn"
    assert decisions.read(after, actor=SOCIAL_WORKER)["state"] == "given"


def test_consents_and_withdrawals_at_once_end_as_if_one_came_after_the_other(
    decisions: Decisions, lane_follows: Any
) -> None:
    steps = ["give", "take"] * 8
    together = Barrier(4)

    def act(hand: int) -> list[dict[str, Any]]:
        together.wait(timeout=30)
        made = []
        for step in steps[hand::4]:
            if step == "give":
                made.append(decisions.decides(actor=SOCIAL_WORKER))
            else:
                made.append(takes_back(decisions, by=YOUTH_WORKER).body)
        return made

    with ThreadPoolExecutor(max_workers=4) as pool:
        made = [each for hand in pool.map(act, range(4)) for each in hand]
    lane_follows()

    assert len({each["recorded_at"] for each in made}) == len(made)
    last = max(each["recorded_at"] for each in made if "reach" in each)
    for consent in (each for each in made if "reach" not in each):
        state = decisions.read(consent, actor=SOCIAL_WORKER)["state"]
        assert state == ("given" if consent["recorded_at"] > last else "withdrawn")


def test_hundreds_of_consents_end_in_one_step_of_the_lane(
    decisions: Decisions, in_lane: Any, outbox: Any, lane_follows: Any, database: Any
) -> None:
    consent = decisions.decides(actor=SOCIAL_WORKER)
    with database.lane.begin() as session:
        columns = session.execute(
            text(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
                " WHERE table_name = 'consents' AND column_name NOT IN ('id', 'recipient')"
            )
        ).scalar_one()
        session.execute(
            text(
                f"INSERT INTO consents (id, recipient, {columns})"
                f" SELECT gen_random_uuid(), 'team:' || n, {columns} FROM consents, generate_series(1, 450) AS n"
            )
        )
        session.execute(
            text(
                "INSERT INTO consent_states (id, consent_id, number, state, categories, at, by)"
                " SELECT gen_random_uuid(), id, 1, state, categories, recorded_at, recorded_by FROM consents"
                " WHERE recipient LIKE 'team:%'"
            )
        )

    takes_back(decisions)
    lane_follows()

    assert len(outbox(WITHDRAWN)) == 451
    with database.lane() as session:
        live = session.execute(text("SELECT count(*) FROM consents WHERE state = 'given'")).scalar_one()
    assert (live, decisions.read(consent, actor=SOCIAL_WORKER)["state"]) == (0, "withdrawn")
