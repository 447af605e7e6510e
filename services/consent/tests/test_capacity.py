"""Whether a person can decide at present is asked by three domains, kept, and counts when somebody decides (CO-3)."""

from __future__ import annotations

from typing import Any

import pytest

from consent.capacity.answering import meet_answered
from consent.directives.actions import keep_clocks
from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    STRANGER,
    YOUTH_WORKER,
    Decisions,
    unknown,
)

DOMAINS = ("personal_safety", "basic_services", "consequences")


def found(**weak: str) -> list[dict[str, str]]:
    """A finding on each domain; able unless said otherwise."""
    return [
        {"domain": domain, "finding": weak.get(domain, "able"), "observed": "As seen at the drop-in."}
        for domain in DOMAINS
    ]


def assessed(decisions: Decisions, *, by: Any = MENTOR, **told: Any) -> dict[str, Any]:
    answer = asks(decisions, by=by, **told)
    assert answer.status == 200, answer.body
    return answer.body


def asks(decisions: Decisions, *, by: Any = MENTOR, **told: Any) -> Any:
    body = {"person_id": decisions.girl, "findings": found(), **told}
    return decisions.call("assess_capacity", body, actor=by)


@pytest.mark.parametrize(
    ("weak", "outcome", "owed"),
    [
        ({}, "able", False),
        ({"basic_services": "doubtful"}, "doubtful", True),
        ({"basic_services": "doubtful", "consequences": "not_able"}, "not_able", True),
    ],
)
def test_the_weakest_domain_counts_and_doubt_owes_a_full_assessment(
    decisions: Decisions, weak: dict[str, str], outcome: str, owed: bool
) -> None:
    seen = assessed(decisions, findings=found(**weak))

    assert (seen["outcome"], seen["full_assessment_owed"]) == (outcome, owed)


def test_a_full_assessment_owed_and_not_held_is_announced(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    first = assessed(decisions, findings=found(consequences="doubtful"))

    clock.advance(days=21)
    with in_lane() as work:
        keep_clocks(work)

    (breach,) = outbox("consent.clock.breached.v1")
    assert breach.data["kind"] == "full_capability_assessment"
    assert breach.data["subject_id"] == first["id"]


def test_a_full_assessment_by_somebody_else_answers_what_is_owed(
    decisions: Decisions, clock: Any, in_lane: Any, outbox: Any
) -> None:
    assessed(decisions, findings=found(consequences="doubtful"))
    clock.advance(days=2)
    assessed(decisions, by=SOCIAL_WORKER, kind="full", outcome="able", findings=found())
    with in_lane() as work:
        assert meet_answered(work) == 1
        assert meet_answered(work) == 0

    clock.advance(days=30)
    with in_lane() as work:
        keep_clocks(work)
    assert outbox("consent.clock.breached.v1") == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"findings": found()[:2]}, "/findings"),
        ({"findings": [*found(), *found()]}, "/findings"),
        ({"findings": [{**found()[0], "finding": "poor"}, *found()[1:]]}, "/findings/0/finding"),
        ({"kind": "full"}, "/outcome"),
        ({"outcome": "able"}, "/outcome"),
        ({"kind": "full", "outcome": "doubtful"}, "/outcome"),
        ({"assessed_at": "2126-03-04T16:00:00+00:00"}, "/assessed_at"),
        ({"review_on": "2020-01-01"}, "/review_on"),
    ],
)
def test_an_assessment_that_makes_no_sense_is_pointed_at(
    decisions: Decisions, wrong: dict[str, Any], pointer: str
) -> None:
    refused = asks(decisions, **wrong)

    assert refused.status == 422
    assert refused.body["errors"][0]["pointer"] == pointer


def test_nobody_assesses_a_person_unknown_or_hidden(decisions: Decisions) -> None:
    assert asks(decisions, person_id=unknown()).status == 404
    decisions.restricts()
    assert asks(decisions).status == 404


def test_an_assessment_is_seen_by_who_recorded_it_the_person_and_the_custodian(decisions: Decisions) -> None:
    decisions.signs_in()
    assessed(decisions, findings=found(consequences="not_able"))

    def listed(actor: Any) -> int:
        asked = {"person_id": decisions.girl}
        return len(decisions.call("list_capacity_assessments", asked, actor=actor).body["items"])

    assert [listed(each) for each in (MENTOR, GIRL, PRIVACY_OFFICER)] == [1, 1, 1]
    assert [listed(each) for each in (YOUTH_WORKER, STRANGER)] == [0, 0]


def test_a_person_found_unable_gives_nothing_and_may_still_refuse_and_withdraw(decisions: Decisions) -> None:
    earlier = decisions.decides()
    assessed(decisions, by=SOCIAL_WORKER, findings=found(consequences="not_able"))

    refused = decisions.call("record_consent", decisions.asked(), actor=MENTOR)
    assert (refused.status, refused.body["code"]) == (409, "cannot_decide_at_present")
    assert decisions.decides(decision="refused", explanation=...)["state"] == "refused"
    assert decisions.read(earlier)["state"] == "withdrawn"


def test_doubt_alone_silences_nobody(decisions: Decisions) -> None:
    assessed(decisions, findings=found(consequences="doubtful"))

    assert decisions.decides()["state"] == "given"


def test_capacity_comes_back(decisions: Decisions, clock: Any) -> None:
    assessed(decisions, findings=found(consequences="not_able"))
    clock.advance(days=1)
    assessed(decisions)

    assert decisions.decides()["state"] == "given"


def test_an_earlier_assessment_recorded_late_undoes_nothing(decisions: Decisions, clock: Any) -> None:
    before = clock.now.isoformat()
    clock.advance(days=1)
    assessed(decisions)
    assessed(decisions, assessed_at=before, findings=found(consequences="not_able"))

    assert decisions.decides()["state"] == "given"
