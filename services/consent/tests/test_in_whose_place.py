"""Parents, children and others: who goes before whom, who disagrees, and when the person decides alone (CO-3)."""

from __future__ import annotations

from typing import Any

import pytest

from consent.directives.actions import keep_clocks
from consent.directives.reviews import owe_confirmation
from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    MOTHER,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    Decisions,
)
from services.consent.tests.test_capacity import assessed, found
from services.consent.tests.test_representation import BY_PARENT, appointed, by_aunt

FATHER = {"capacity": "parent", "name": "The father", "relationship": "father", "authority": "parent"}
BY_CARER = {"capacity": "carer", "name": "The neighbour", "relationship": "neighbour", "authority": "asked"}
NO = {"decision": "refused", "explanation": ...}


def asks(decisions: Decisions, given_by: dict[str, Any], **changes: Any) -> Any:
    return decisions.call(
        "record_consent", decisions.asked(given_by=given_by, **changes), actor=SOCIAL_WORKER
    )


def due(decisions: Decisions, *, actor: Any = MENTOR, **asked: Any) -> list[tuple[str, str]]:
    answer = decisions.call("list_due_consents", asked, actor=actor)
    assert answer.status == 200, answer.body
    return [(each["consent_id"], each["why"]) for each in answer.body["items"]]


def test_of_two_parents_one_does_not_open_what_the_other_refused(decisions: Decisions) -> None:
    by_mother = decisions.decides(given_by=BY_PARENT)
    decisions.decides(given_by=FATHER, categories=["plan"], **NO)
    assert decisions.read(by_mother)["live_categories"] == ["identity"]

    again = asks(decisions, BY_PARENT)

    assert (again.status, again.body["code"]) == (409, "refused_by_another")
    assert asks(decisions, {**BY_PARENT, "name": "the  MOTHER"}, categories=["identity"]).status == 200
    assert asks(decisions, FATHER).status == 200
    assert asks(decisions, BY_PARENT).status == 200


@pytest.mark.parametrize("who", ["the girl", "a court"])
def test_what_parents_dispute_the_girl_or_a_court_decides(decisions: Decisions, who: str) -> None:
    decisions.decides(given_by=FATHER, **NO)

    if who == "the girl":
        decisions.decides()
    else:
        guardian = appointed(decisions, authority="court")
        assert by_aunt(decisions, guardian).status == 200


def test_a_better_authority_goes_before(decisions: Decisions) -> None:
    guardian = appointed(decisions, authority="guardian", decides_about=["plan"], valid_until="2026-06-01")

    for told in (BY_PARENT, BY_CARER):
        refused = asks(decisions, told)
        assert (refused.status, refused.body["code"]) == (409, "somebody_else_decides")
    assert asks(decisions, BY_PARENT, categories=["identity"]).status == 200
    assert asks(decisions, BY_PARENT, **NO).status == 200
    ending = {"id": guardian["id"], "reason": "The court order was lifted."}
    decisions.call("end_authority", ending, actor=MENTOR)
    assert asks(decisions, BY_PARENT).status == 200


def test_a_mature_child_found_able_decides_and_no_parent_in_her_place(decisions: Decisions) -> None:
    assessed(decisions)

    for changes in ({}, NO):
        refused = asks(decisions, BY_PARENT, **changes)
        assert (refused.status, refused.body["code"]) == (409, "decides_for_themselves")
    assert decisions.decides()["state"] == "given"


def test_a_parent_whose_authority_ended_decides_and_sees_no_more(decisions: Decisions) -> None:
    father = appointed(decisions, name="The father", account="mother", authority="parent")
    given_by = {"capacity": "parent", "representative_id": father["id"]}
    consent = decisions.decides(given_by=given_by)
    assert decisions.read(consent, actor=MOTHER)["given_by"]["name"] == "The father"

    ending = {"id": father["id"], "reason": "Removed by the court."}
    assert decisions.call("end_authority", ending, actor=MENTOR).status == 200

    assert decisions.call("read_consent", {"id": consent["id"]}, actor=MOTHER).status == 403
    again = asks(decisions, {**FATHER, "account": "mother"})
    assert (again.status, again.body["code"]) == (409, "no_authority_to_decide")


def test_the_custodian_ends_an_authority_that_a_worker_recorded_who_has_left(decisions: Decisions) -> None:
    father = appointed(decisions, name="The father", account="mother", authority="parent")
    consent = decisions.decides(given_by={"capacity": "parent", "representative_id": father["id"]})
    ending = {"id": father["id"], "reason": "Removed by the court."}

    assert decisions.call("end_authority", ending, actor=SOCIAL_WORKER).status == 403
    assert decisions.call("end_authority", ending, actor=PRIVACY_OFFICER).status == 200

    assert decisions.call("read_consent", {"id": consent["id"]}, actor=MOTHER).status == 403
    again = asks(decisions, {**FATHER, "account": "mother"})
    assert (again.status, again.body["code"]) == (409, "no_authority_to_decide")


def test_a_parents_consent_is_looked_at_once_a_year_or_on_the_last_day_they_decide(
    decisions: Decisions,
) -> None:
    assert decisions.decides(given_by=BY_PARENT)["next_review_on"] == "2027-03-04"
    told = {**BY_PARENT, "until": "2026-09-14"}
    assert decisions.decides(given_by=told)["next_review_on"] == "2026-09-14"
    assert decisions.decides(given_by=told, review_on="2026-05-01")["review_on"] == "2026-05-01"
    assert decisions.decides()["next_review_on"] is None


def test_a_review_that_names_no_day_is_followed_by_the_next_while_a_parent_decides(
    decisions: Decisions, clock: Any
) -> None:
    consent = decisions.decides(given_by=BY_PARENT)
    soon = decisions.decides(given_by={**BY_PARENT, "until": "2026-09-14"}, review_on="2026-05-01")
    own = decisions.decides(review_on="2026-05-01")
    clock.advance(days=30)

    def reviewed(one: Any) -> Any:
        said = {"id": one["id"], "said": "She wants it to go on."}
        return decisions.call("review_consent", said, actor=MENTOR).body["next_review_on"]

    assert [reviewed(each) for each in (consent, soon, own)] == ["2027-04-03", "2026-09-14", None]
    clock.advance(days=200)
    assert reviewed(soon) is None


@pytest.mark.parametrize(
    ("on_paper", "told"), [("2026-12-31", "2026-03-14"), ("2026-03-14", "2026-12-31"), (None, "2026-03-14")]
)
def test_whichever_day_comes_first_ends_what_a_parent_decides_and_sees(
    decisions: Decisions, clock: Any, in_lane: Any, on_paper: str | None, told: str
) -> None:
    mother = appointed(
        decisions, name="The mother", account="mother", authority="parent", valid_until=on_paper
    )
    given_by = {"capacity": "parent", "representative_id": mother["id"], "until": told}
    consent = decisions.decides(given_by=given_by)
    assert consent["given_by"]["until"] == "2026-03-14"
    assert decisions.read(consent, actor=MOTHER)["id"] == consent["id"]

    clock.advance(days=11)

    assert decisions.call("read_consent", {"id": consent["id"]}, actor=MOTHER).status == 403
    for changes in ({}, NO):
        late = asks(decisions, {**FATHER, "until": "2026-03-14"}, **changes)
        assert (late.status, late.body["code"]) == (409, "no_authority_to_decide")
    with in_lane() as work:
        assert owe_confirmation(work) == 1
    assert due(decisions, why="confirmation") == [(consent["id"], "confirmation")]


def test_from_the_day_she_decides_alone_she_confirms_what_was_decided_for_her(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    decisions.signs_in()
    told = {**BY_PARENT, "until": "2026-03-14"}
    consent = decisions.decides(given_by=told, review_on="2026-12-01")
    clock.advance(days=11)
    for expected in (1, 0):
        with in_lane() as work:
            assert owe_confirmation(work) == expected

    late = asks(decisions, told)
    assert (late.status, late.body["code"]) == (409, "no_authority_to_decide")
    assert due(decisions, actor=GIRL) == [(consent["id"], "confirmation")]
    assert decisions.read(consent)["state"] == "given"
    said = {"id": consent["id"], "said": "She wants it to go on.", "review_on": "2026-11-02"}
    reviewed = decisions.call("review_consent", said, actor=MENTOR).body
    assert (reviewed["history"][-1]["state"], reviewed["next_review_on"]) == ("reviewed", "2026-11-02")
    assert due(decisions) == []
    with in_lane() as work:
        assert owe_confirmation(work) == 0


def test_what_others_decided_is_confirmed_once_she_is_found_able_again(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    aunt = appointed(decisions)
    own = decisions.decides(to="organisation:housing")
    assessed(decisions, findings=found(consequences="not_able"))
    in_her_place = by_aunt(decisions, aunt).body
    clock.advance(days=3)
    assessed(decisions)
    with in_lane() as work:
        assert owe_confirmation(work) == 1
    assert due(decisions) == [(in_her_place["id"], "confirmation")]

    clock.advance(days=30)
    with in_lane() as work:
        keep_clocks(work)
    breached = [each.data for each in outbox("consent.clock.breached.v1")]
    confirmed = [each["subject_id"] for each in breached if each["kind"] == "confirmation"]
    assert confirmed == [in_her_place["id"]]
    assert decisions.read(own)["state"] == "given"


def test_what_she_gave_on_a_day_on_which_she_could_not_as_is_found_later_is_confirmed(
    decisions: Decisions, clock: Any, in_lane: Any
) -> None:
    before = clock.now.isoformat()
    clock.advance(days=1)
    consent = decisions.decides()
    clock.advance(days=1)
    assessed(decisions, assessed_at=before, findings=found(consequences="not_able"))

    with in_lane() as work:
        assert owe_confirmation(work) == 1
    assert due(decisions) == [(consent["id"], "confirmation")]


def test_that_she_could_not_decide_that_day_counts_also_when_she_has_been_found_able_since(
    decisions: Decisions, clock: Any, in_lane: Any
) -> None:
    before = clock.now.isoformat()
    clock.advance(days=1)
    consent = decisions.decides()
    clock.advance(days=1)
    assessed(decisions)
    after = decisions.decides(to="organisation:housing")
    assessed(decisions, assessed_at=before, findings=found(consequences="not_able"))

    for expected in (1, 0):
        with in_lane() as work:
            assert owe_confirmation(work) == expected
    assert due(decisions) == [(consent["id"], "confirmation")]
    assert decisions.read(after)["state"] == "given"


def test_what_was_decided_by_an_authority_that_ended_is_confirmed(
    decisions: Decisions, clock: Any, in_lane: Any
) -> None:
    aunt = appointed(decisions)
    consent = by_aunt(decisions, aunt).body
    clock.advance(days=1)
    decisions.call("end_authority", {"id": aunt["id"], "reason": "She moved away."}, actor=MENTOR)

    with in_lane() as work:
        assert owe_confirmation(work) == 1
    assert due(decisions) == [(consent["id"], "confirmation")]
