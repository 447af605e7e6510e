"""What a person laid down beforehand guides whoever decides later, and binds the person only as they let it (CO-3)."""

from __future__ import annotations

from typing import Any

import pytest

from services.consent.tests.decisions import GIRL, MENTOR, SOCIAL_WORKER, YOUTH_WORKER, Decisions
from services.consent.tests.test_capacity import assessed, found
from services.consent.tests.test_representation import BY_PARENT, appointed, by_aunt, lays_down
from services.consent.tests.test_withdrawals import takes_back

YOUTH = "organisation:youth-service"
REFUSES_HEALTH = {"effect": "refuse", "categories": ["health"]}
PERMITS_PLAN = {"effect": "permit", "recipient": YOUTH, "categories": ["plan"]}


def unable(decisions: Decisions) -> None:
    assessed(decisions, findings=found(consequences="not_able"))


def ulysses(decisions: Decisions, **told: Any) -> dict[str, Any]:
    """An agreement that the aunt may let the youth service see the plan, whatever the girl then says."""
    aunt = appointed(decisions)
    made = lays_down(
        decisions,
        kind="ulysses_agreement",
        applies_when="She does not sleep for three nights and sends everybody away.",
        representative_id=aunt["id"],
        rules=[PERMITS_PLAN],
        **told,
    )
    assert made.status == 200, made.body
    return {"aunt": aunt, **made.body}


def begins(decisions: Decisions, agreement: dict[str, Any], *, by: Any = MENTOR) -> Any:
    asked = {"id": agreement["id"], "signs": "Three nights without sleep, and the door stays shut."}
    return decisions.call("begin_prior_decision", asked, actor=by)


def test_nobody_opens_in_her_place_what_she_laid_down_to_stay_closed(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    lays_down(decisions, rules=[REFUSES_HEALTH])
    assert by_aunt(decisions, aunt, categories=["health"]).status == 200
    unable(decisions)

    against = by_aunt(decisions, aunt, categories=["health", "plan"])
    assert (against.status, against.body["code"]) == (409, "against_prior_decision")
    assert by_aunt(decisions, aunt, categories=["plan"]).status == 200


def test_a_rule_that_names_the_recipient_outweighs_the_one_about_anybody(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    lays_down(decisions, rules=[REFUSES_HEALTH, {**REFUSES_HEALTH, "effect": "permit", "recipient": YOUTH}])
    unable(decisions)

    assert by_aunt(decisions, aunt, categories=["health"]).status == 200
    elsewhere = by_aunt(decisions, aunt, categories=["health"], to="organisation:housing")
    assert elsewhere.body["code"] == "against_prior_decision"


def test_closing_in_her_place_what_she_wanted_open_needs_a_reason_and_is_marked(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    lays_down(decisions, rules=[PERMITS_PLAN])
    unable(decisions)
    no = {"decision": "refused", "explanation": ...}
    refused = by_aunt(decisions, aunt, **no)
    assert (refused.status, refused.body["code"]) == (409, "says_why_it_departs")

    given_by = {
        "capacity": "substitute",
        "representative_id": aunt["id"],
        "departs_because": "The service employs the man she fled from.",
    }
    said = decisions.decides(given_by=given_by, **no)
    taken_back = takes_back(decisions, given_by=given_by).body

    assert said["against_prior_decision"] and taken_back["against_prior_decision"]
    assert said["given_by"]["departs_because"] == given_by["departs_because"]


def test_a_revoked_directive_guides_nobody(decisions: Decisions) -> None:
    aunt = appointed(decisions)
    made = lays_down(decisions, rules=[REFUSES_HEALTH]).body
    unable(decisions)
    decisions.call(
        "revoke_prior_decision", {"id": made["id"], "reason": "She thinks otherwise."}, actor=MENTOR
    )

    assert by_aunt(decisions, aunt, categories=["health"]).status == 200


def test_her_later_no_ends_at_once_is_marked_and_does_not_stop_whom_she_trusted(decisions: Decisions) -> None:
    agreement = ulysses(decisions)
    open_now = decisions.decides(categories=["plan"])
    assert begins(decisions, agreement).body["applies"]

    refusal = decisions.decides(decision="refused", explanation=..., categories=["plan"])

    assert refusal["against_prior_decision"]
    ended = decisions.read(open_now)
    assert (ended["state"], ended["history"][-1]["against_prior_decision"]) == ("withdrawn", True)
    assert by_aunt(decisions, agreement["aunt"], categories=["plan"]).status == 200
    for changes in (
        {"categories": ["identity", "plan"]},
        {"to": "organisation:housing", "categories": ["plan"]},
    ):
        decisions.decides(decision="refused", explanation=..., **changes)
        beyond = by_aunt(decisions, agreement["aunt"], **changes)
        assert beyond.body["code"] == "refused_by_the_person"
    mother = decisions.asked(categories=["plan"], given_by=BY_PARENT)
    assert decisions.call("record_consent", mother, actor=SOCIAL_WORKER).status == 409


def test_her_no_from_before_its_time_and_after_it_stands(decisions: Decisions, clock: Any) -> None:
    agreement = ulysses(decisions)
    decisions.decides(decision="refused", explanation=..., categories=["plan"])
    clock.advance(hours=1)
    begins(decisions, agreement)
    assert by_aunt(decisions, agreement["aunt"], categories=["plan"]).body["code"] == "refused_by_the_person"

    clock.advance(hours=1)
    decisions.decides(decision="refused", explanation=..., categories=["plan"])
    assert by_aunt(decisions, agreement["aunt"], categories=["plan"]).body["code"] == "refused_by_the_person"
    over = {"id": agreement["id"], "reason": "She slept, and opened the door."}
    assert not decisions.call("end_prior_decision", over, actor=MENTOR).body["applies"]

    assert by_aunt(decisions, agreement["aunt"], categories=["plan"]).body["code"] == "refused_by_the_person"


def test_a_no_that_she_took_back_before_its_time_counts_from_when_she_says_it_again(
    decisions: Decisions, clock: Any
) -> None:
    agreement = ulysses(decisions)
    for decision in ({"decision": "refused", "explanation": ...}, {}):
        decisions.decides(categories=["plan"], **decision)
        clock.advance(hours=1)
    begins(decisions, agreement)
    clock.advance(hours=1)

    for _ in range(2):
        decisions.decides(decision="refused", explanation=..., categories=["plan"])
        clock.advance(hours=1)
    assert by_aunt(decisions, agreement["aunt"], categories=["plan"]).status == 200


def test_she_may_take_the_agreement_itself_back_in_its_time_and_that_is_marked(
    decisions: Decisions, clock: Any
) -> None:
    decisions.signs_in()
    agreement = ulysses(decisions)
    begins(decisions, agreement)
    clock.advance(hours=1)
    decisions.decides(decision="refused", explanation=..., categories=["plan"])

    asked = {"id": agreement["id"], "reason": "I want none of it."}
    revoked = decisions.call("revoke_prior_decision", asked, actor=GIRL).body

    assert (revoked["revoked_while_applying"], revoked["applies"]) == (True, False)
    assert revoked["times"][0]["end_reason"] == "revoked"
    assert by_aunt(decisions, agreement["aunt"], categories=["plan"]).body["code"] == "refused_by_the_person"


def test_an_agreement_is_called_upon_once_by_somebody_who_works_here(
    decisions: Decisions, clock: Any
) -> None:
    decisions.signs_in()
    agreement = ulysses(decisions)
    directive = lays_down(decisions).body
    ending = {"id": agreement["id"], "reason": "Over."}

    assert decisions.call("end_prior_decision", ending, actor=MENTOR).body["code"] == "does_not_apply"
    assert begins(decisions, agreement, by=GIRL).status == 403
    assert begins(decisions, agreement, by=YOUTH_WORKER).status == 403
    assert begins(decisions, directive).body["code"] == "not_a_ulysses_agreement"
    assert begins(decisions, agreement).status == 200
    assert begins(decisions, agreement).body["code"] == "applies_already"


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"effect": "permit", "categories": ["horoscope"]}, "/rules/0/categories/0"),
        ({"effect": "perhaps"}, "/rules/0/effect"),
        ({"effect": "refuse", "recipient": "*"}, "/rules/0/recipient"),
    ],
)
def test_a_rule_that_makes_no_sense_is_pointed_at(
    decisions: Decisions, rule: dict[str, Any], pointer: str
) -> None:
    refused = lays_down(decisions, rules=[rule])

    assert refused.status == 422
    assert refused.body["errors"][0]["pointer"] == pointer
