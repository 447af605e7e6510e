"""A consent that a worker records to themselves, on nobody's word but theirs, is marked as that (CO-2)."""

from __future__ import annotations

from typing import Any

import pytest

from services.consent.tests.decisions import EXPLAINED, GIRL, MENTOR, Decisions


def test_a_consent_that_the_mentor_records_to_the_mentor_is_marked_in_the_view_and_in_the_event(
    decisions: Decisions, outbox: Any
) -> None:
    consent = decisions.decides(actor=MENTOR, to="worker:mentor")

    assert consent["self_recorded"] is True
    (told,) = outbox("consent.consent.given.v1")
    assert told.data["self_recorded"] is True


@pytest.mark.parametrize(
    "said",
    [
        {"to": "organisation:school"},
        {"to": "worker:youth-worker"},
        {"to": "worker:mentor", "form": "written", "evidence": "In the safe at the school"},
        {"to": "worker:mentor", "explanation": {**EXPLAINED, "explained_by": "social-worker"}},
        {"to": "worker:mentor", "decision": "refused", "explanation": ...},
    ],
)
def test_a_consent_to_somebody_else_or_on_somebody_else_s_word_is_not(
    decisions: Decisions, said: dict[str, Any]
) -> None:
    assert decisions.decides(actor=MENTOR, **said)["self_recorded"] is False


def test_what_the_person_records_herself_is_not(decisions: Decisions) -> None:
    decisions.signs_in()
    assert decisions.decides(actor=GIRL, to="worker:mentor")["self_recorded"] is False


def test_it_stays_marked_when_it_is_said_again_with_less(decisions: Decisions, outbox: Any) -> None:
    consent = decisions.decides(actor=MENTOR, to="worker:mentor")
    decisions.call("withdraw_consent", {"id": consent["id"], "categories": ["plan"]}, actor=MENTOR)

    assert [each.data["self_recorded"] for each in outbox("consent.consent.given.v1")] == [True, True]


def test_nobody_concludes_from_conduct_that_they_themselves_may_look(decisions: Decisions) -> None:
    asked = decisions.asked(to="worker:mentor", form="implied")
    answer = decisions.call("record_consent", asked, actor=MENTOR)

    assert (answer.status, answer.body["code"]) == (409, "implied_consent_to_oneself")
    assert decisions.decides(actor=MENTOR, to="organisation:school", form="implied")["state"] == "given"
