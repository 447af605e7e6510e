"""Nobody opens a person's record to themselves by what they decide in the person's place (CO-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chassis.access.standing import Standing
from chassis.testing import make_actor
from services.consent.tests.decisions import GIRL, MENTOR, SOCIAL_WORKER, Decisions
from services.consent.tests.test_capacity import assessed, found
from services.consent.tests.test_in_whose_place import BY_CARER
from services.consent.tests.test_representation import BY_PARENT, appointed, lays_down

BY_MOTHER = {**BY_PARENT, "account": "mother"}
NO = {"decision": "refused", "explanation": ...}


def opens(decisions: Decisions, *, to: str, given_by: dict[str, Any], by: Any = MENTOR, **told: Any) -> Any:
    return decisions.call("record_consent", decisions.asked(to=to, given_by=given_by, **told), actor=by)


def is_refused(answer: Any, *, pointer: str = "/recipient") -> bool:
    (error,) = answer.body.get("errors") or [{}]
    named = (answer.status, answer.body.get("code"), error.get("pointer"), error.get("rule"))
    return named == (409, "in_ones_own_favour", pointer, "in_ones_own_favour")


@pytest.fixture
def belongs(receive: Callable[..., Any]) -> Callable[..., str]:
    """`belongs("mother", "nurse")` links these sign-ins to one new person as her own; which record that is."""

    def linked(*accounts: str) -> str:
        person = str(uuid4())
        for account in accounts:
            told = {"person_id": person, "account": account, "relation": "self"}
            receive("intake.person.account_linked.v1", subject=person, data=told)
        return person

    return linked


@pytest.mark.parametrize("capacity", ["parent", "carer", "substitute"])
def test_who_decides_in_her_place_opens_nothing_to_themselves(decisions: Decisions, capacity: str) -> None:
    given_by = {**BY_CARER, "capacity": capacity, "account": "mother"}

    assert is_refused(opens(decisions, to="worker:mother", given_by=given_by))
    assert opens(decisions, to="worker:mentor", given_by=given_by).status == 200


def test_nor_does_a_representative_on_record(decisions: Decisions) -> None:
    aunt = appointed(decisions, account="aunt", authority="court")
    given_by = {"capacity": "substitute", "representative_id": aunt["id"]}

    assert is_refused(opens(decisions, to="worker:aunt", given_by=given_by))


def test_to_another_sign_in_of_theirs_neither(
    decisions: Decisions, belongs: Any, told: Callable[..., None]
) -> None:
    one, other = belongs("mother", "mother-at-work"), belongs("mother-before")

    assert is_refused(opens(decisions, to="worker:mother-at-work", given_by=BY_MOTHER))
    assert opens(decisions, to="worker:mother-before", given_by=BY_MOTHER).status == 200
    told(1, {one, other})
    assert is_refused(opens(decisions, to="worker:mother-before", given_by=BY_MOTHER))
    told(2, {one}, {other})
    assert opens(decisions, to="worker:mother-before", given_by=BY_MOTHER).status == 200


def test_closing_is_open_to_them_as_ever(decisions: Decisions) -> None:
    assert opens(decisions, to="worker:mother", given_by=BY_MOTHER, **NO).status == 200


def test_the_girl_opens_her_record_to_her_mother_and_to_a_sign_in_of_her_own(decisions: Decisions) -> None:
    decisions.signs_in()
    decisions.signs_in(account="mother", relation="parent")

    for to in ("worker:mother", "worker:girl"):
        assert decisions.call("record_consent", decisions.asked(to=to), actor=GIRL).status == 200
        assert decisions.decides(to=to)["state"] == "given"


@pytest.mark.parametrize("relation", ["parent", "carer"])
def test_without_the_sign_in_of_who_decides_nothing_opens_to_whoever_may_decide(
    decisions: Decisions, belongs: Any, relation: str
) -> None:
    decisions.signs_in(account="mother", relation=relation)
    belongs("mother", "mother-at-work")

    for to in ("worker:mother", "worker:mother-at-work"):
        refused = opens(decisions, to=to, given_by=BY_PARENT)
        assert is_refused(refused, pointer="/given_by/account")
    assert opens(decisions, to="worker:mentor", given_by=BY_PARENT).status == 200
    # The father, known by his sign-in, opens it to her: he has nothing by it.
    assert opens(decisions, to="worker:mother", given_by={**BY_PARENT, "account": "father"}).status == 200


def test_without_it_nothing_opens_to_a_representative_on_record_whom_the_worker_cannot_see(
    decisions: Decisions,
) -> None:
    aunt = appointed(decisions, account="aunt", authority="chosen")

    refused = opens(decisions, to="worker:aunt", given_by=BY_PARENT, by=SOCIAL_WORKER)
    assert is_refused(refused, pointer="/given_by/account")
    ending = {"id": aunt["id"], "reason": "She has moved away."}
    decisions.call("end_authority", ending, actor=MENTOR)
    assert opens(decisions, to="worker:aunt", given_by=BY_PARENT, by=SOCIAL_WORKER).status == 200


def test_on_a_linked_record_a_parent_is_a_parent_too(
    decisions: Decisions, call: Any, receive: Any, told: Callable[..., None]
) -> None:
    again = Decisions(call=call, receive=receive)
    again.signs_in(account="mother", relation="parent")
    told(1, {decisions.girl, again.girl})

    assert is_refused(opens(decisions, to="worker:mother", given_by=BY_PARENT), pointer="/given_by/account")


@pytest.mark.parametrize("to", ["organisation:hospital", "team:ward"])
def test_the_organisation_and_team_of_a_sign_in_seen_here_are_the_deciders_own(
    decisions: Decisions, belongs: Any, in_lane: Any, to: str
) -> None:
    belongs("mother", "nurse")
    assert opens(decisions, to=to, given_by=BY_MOTHER).status == 200
    nurse = make_actor(subject="nurse", roles=["practitioner"], organisation="hospital", teams=["ward"])
    with in_lane() as work:
        work.session.add(
            Standing(
                subject="nurse",
                since=work.now,
                organisation=nurse.organisation,
                teams=sorted(nurse.teams),
                roles=sorted(nurse.roles),
            )
        )

    assert is_refused(opens(decisions, to=to, given_by=BY_MOTHER))
    assert opens(decisions, to="worker:doctor", given_by=BY_MOTHER).status == 200


def test_what_she_laid_down_by_name_while_able_is_her_own_word(decisions: Decisions) -> None:
    aunt = appointed(decisions, account="aunt")
    permit = {"effect": "permit", "recipient": "worker:aunt", "categories": ["plan"]}
    lays_down(decisions, rules=[permit])
    given_by = {"capacity": "substitute", "representative_id": aunt["id"]}
    assert is_refused(opens(decisions, to="worker:aunt", given_by=given_by, categories=["plan"]))

    assessed(decisions, findings=found(consequences="not_able"))

    assert opens(decisions, to="worker:aunt", given_by=given_by, categories=["plan"]).status == 200
    assert is_refused(opens(decisions, to="worker:aunt", given_by=given_by))


def test_a_parent_s_link_counts_until_it_ends_and_when_it_is_made_anew(decisions: Decisions) -> None:
    unsaid = {name: said for name, said in BY_PARENT.items() if name != "account"}
    at = "/given_by/account"

    link = decisions.signs_in(account="mother", relation="parent")
    assert is_refused(opens(decisions, to="worker:mother", given_by=unsaid), pointer=at)
    decisions.unlinked(link)
    assert opens(decisions, to="worker:mother", given_by=unsaid).status == 200
    decisions.signs_in(account="mother", relation="parent")
    assert is_refused(
        opens(decisions, to="worker:mother", given_by=unsaid, purposes=["assessment"]), pointer=at
    )
