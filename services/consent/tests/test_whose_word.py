"""A consent taken back says whose word that was, how it was said and who heard it (CO-1, CO-3)."""

from __future__ import annotations

from typing import Any

import pytest

from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    MOTHER,
    SOCIAL_WORKER,
    Decisions,
)
from services.consent.tests.test_capacity import assessed
from services.consent.tests.test_representation import BY_PARENT, appointed, by_aunt, lays_down

BY_MOTHER = {**BY_PARENT, "account": "mother"}


def taken_back(decisions: Decisions, consent: Any, *, by: Any = MENTOR, **told: Any) -> Any:
    return decisions.call("withdraw_consent", {"id": consent["id"], **told}, actor=by)


def last_step(answer: Any) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    step: dict[str, Any] = answer.body["history"][-1]
    return step


def test_at_a_desk_it_is_kept_who_said_it_how_and_who_heard_it(decisions: Decisions) -> None:
    consent = decisions.decides(given_by=BY_MOTHER)
    told = {"given_by": BY_MOTHER, "form": "verbal"}

    step = last_step(taken_back(decisions, consent, **told))

    assert (step["given_by"]["capacity"], step["given_by"]["name"]) == ("parent", "The mother")
    assert (step["form"], step["heard_by"], step["by"]) == ("verbal", "mentor", "mentor")
    assert decisions.read(consent, actor=MOTHER)["history"][-1] == step


def test_a_signed_withdrawal_names_its_paper(decisions: Decisions) -> None:
    consent = decisions.decides()
    wrong = taken_back(decisions, consent, form="written")
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/evidence")

    told = {"form": "written", "evidence": "File 12, page 9", "given_by": {"capacity": "person"}}
    step = last_step(taken_back(decisions, consent, **told))

    assert (step["evidence"], step["heard_by"]) == ("File 12, page 9", None)


def test_at_a_desk_where_nobody_said_nobody_is_named(decisions: Decisions) -> None:
    step = last_step(taken_back(decisions, decisions.decides()))

    assert [step[name] for name in ("given_by", "form", "evidence", "heard_by")] == [None] * 4


def test_at_her_own_sign_in_it_is_her_word_and_nobody_elses(decisions: Decisions) -> None:
    decisions.signs_in()
    wrong = taken_back(decisions, decisions.decides(), by=GIRL, given_by=BY_PARENT)
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/given_by/capacity")

    step = last_step(taken_back(decisions, decisions.decides(), by=GIRL))

    assert (step["given_by"]["capacity"], step["by"]) == ("person", "girl")


def test_at_a_parents_sign_in_it_is_the_word_of_who_gave_it_whatever_is_told(decisions: Decisions) -> None:
    consent = decisions.decides(given_by=BY_MOTHER)
    assessed(decisions)

    step = last_step(taken_back(decisions, consent, by=MOTHER, given_by={"capacity": "person"}))

    assert (step["given_by"]["capacity"], step["given_by"]["account"]) == ("parent", "mother")


def test_what_she_takes_back_at_a_desk_nobody_gives_in_her_place(decisions: Decisions) -> None:
    taken_back(decisions, decisions.decides(), given_by={"capacity": "person"}, categories=["plan"])

    again = decisions.call(
        "record_consent", decisions.asked(given_by=BY_PARENT, categories=["plan"]), actor=SOCIAL_WORKER
    )

    assert (again.status, again.body["code"]) == (409, "refused_by_the_person")
    assert decisions.decides(given_by=BY_PARENT, categories=["identity"])["state"] == "given"


def test_what_one_parent_takes_back_at_a_desk_the_other_does_not_open(decisions: Decisions) -> None:
    father = {"capacity": "parent", "name": "The father", "relationship": "father", "authority": "parent"}
    taken_back(decisions, decisions.decides(given_by=BY_PARENT), given_by=father)

    again = decisions.call("record_consent", decisions.asked(given_by=BY_PARENT), actor=SOCIAL_WORKER)

    assert (again.status, again.body["code"]) == (409, "refused_by_another")


def test_nobody_takes_back_at_a_desk_in_the_place_of_a_person_found_able(decisions: Decisions) -> None:
    consent = decisions.decides(given_by=BY_PARENT)
    assessed(decisions)

    refused = taken_back(decisions, consent, given_by=BY_PARENT)

    assert (refused.status, refused.body["code"]) == (409, "decides_for_themselves")
    assert last_step(taken_back(decisions, consent))["given_by"] is None


def test_an_ended_authority_takes_nothing_back_at_a_desk(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    consent = by_aunt(decisions, aunt).body
    ending = {"id": aunt["id"], "reason": "The court has appointed somebody else."}
    decisions.call("end_authority", ending, actor=MENTOR)

    refused = taken_back(
        decisions, consent, given_by={"capacity": "substitute", "representative_id": aunt["id"]}
    )

    assert (refused.status, refused.body["code"]) == (409, "no_authority_to_decide")


def test_in_her_place_what_she_laid_down_to_be_open_is_taken_back_for_a_reason(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    laid_down = {
        "kind": "ulysses_agreement",
        "applies_when": "She does not sleep for three nights.",
        "rules": [{"effect": "permit", "categories": ["plan"]}],
        "representative_id": aunt["id"],
    }
    prior = lays_down(decisions, **laid_down).body
    signs = {"id": prior["id"], "signs": "She has not slept since Monday."}
    assert decisions.call("begin_prior_decision", signs, actor=MENTOR).status == 200
    consent = decisions.decides()
    given_by = {"capacity": "substitute", "representative_id": aunt["id"]}

    refused = taken_back(decisions, consent, given_by=given_by)
    assert (refused.status, refused.body["code"]) == (409, "says_why_it_departs")
    because = {**given_by, "departs_because": "The worker is her neighbour."}
    step = last_step(taken_back(decisions, consent, given_by=because))

    assert (step["against_prior_decision"], step["given_by"]["name"]) == (True, "The aunt")
    assert step["given_by"]["departs_because"] == "The worker is her neighbour."


@pytest.mark.parametrize("how", ["refusal", "withdrawal of much"])
def test_what_ended_otherwise_names_nobody_in_the_consent(decisions: Decisions, how: str) -> None:
    consent = decisions.decides()
    if how == "refusal":
        decisions.decides(decision="refused", explanation=..., given_by=BY_PARENT)
    else:
        told = {"person_id": decisions.girl, "given_by": BY_PARENT}
        assert decisions.call("declare_withdrawal", told, actor=MENTOR).status == 200

    step = decisions.read(consent)["history"][-1]

    assert (step["state"], step["given_by"], step["form"]) == ("withdrawn", None, None)
