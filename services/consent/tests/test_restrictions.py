"""A restricted person is hidden from normal roles, and the custodian keeps the key (CO-5)."""

from __future__ import annotations

from typing import Any

import pytest

from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    Decisions,
    unknown,
)


def test_a_restriction_is_told_to_every_service_with_the_person_as_subject(
    decisions: Decisions, outbox: Any
) -> None:
    answer = decisions.restricts()

    assert answer.status == 200
    (told,) = outbox("consent.restriction.placed.v1")
    assert told.subject == decisions.girl
    assert told.data == {"person_id": decisions.girl, "restriction_id": answer.body["id"]}


def test_the_decisions_of_a_restricted_person_do_not_exist_for_a_normal_role(decisions: Decisions) -> None:
    consent = decisions.decides(actor=MENTOR)
    decisions.restricts()

    assert decisions.call("read_consent", {"id": consent["id"]}, actor=MENTOR).status == 404
    assert decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR).status == 404
    assert decisions.call("list_consents", {"person_id": decisions.girl}, actor=MENTOR).body["items"] == []
    assert decisions.call("record_consent", decisions.asked(), actor=MENTOR).status == 404


@pytest.mark.parametrize(
    "door",
    [
        "list_consents",
        "list_due_consents",
        "list_withdrawals",
        "list_emergency_accesses",
        "list_capacity_assessments",
        "list_representatives",
        "list_prior_decisions",
    ],
)
def test_a_list_asked_for_by_a_restricted_person_is_empty_as_for_nobody_and_an_attempt_at_her(
    decisions: Decisions, outbox: Any, door: str
) -> None:
    decisions.signs_in()
    decisions.restricts()

    def told(person: str, actor: Any) -> tuple[Any, dict[str, Any]]:
        answer = decisions.call(door, {"person_id": person}, actor=actor)
        assert answer.status == 200, answer.body
        return answer.body, outbox.entries()[-1]

    (hidden, attempt), (nothing, of_nobody) = (told(each, MENTOR) for each in (decisions.girl, unknown()))
    assert hidden == nothing
    assert (attempt["restricted"], attempt["persons"]) == (True, [decisions.girl])
    assert (of_nobody["restricted"], of_nobody["persons"]) == (False, [])
    _, by_herself = told(decisions.girl, GIRL)
    assert not by_herself["restricted"]


def test_the_person_and_the_custodian_still_reach_them(decisions: Decisions) -> None:
    decisions.signs_in()
    consent = decisions.decides(actor=MENTOR)
    decisions.restricts()

    assert decisions.read(consent, actor=GIRL)["state"] == "given"
    assert decisions.read(consent, actor=PRIVACY_OFFICER)["state"] == "given"
    assert decisions.call("withdraw_consent", {"id": consent["id"]}, actor=GIRL).status == 200


def test_a_person_is_restricted_once_at_a_time(decisions: Decisions) -> None:
    decisions.restricts()

    again = decisions.restricts()

    assert (again.status, again.body["code"]) == (409, "already_restricted")


def test_who_placed_a_restriction_can_show_it_but_not_lift_it(decisions: Decisions) -> None:
    placed = decisions.restricts(actor=SOCIAL_WORKER)
    assert (placed.status, placed.body["placed_by"]) == (200, "social-worker")

    lifting = {"id": placed.body["id"], "reason": "The order was lifted"}
    assert decisions.call("lift_restriction", lifting, actor=SOCIAL_WORKER).status == 403


def test_lifting_opens_the_records_again_and_happens_once(decisions: Decisions, outbox: Any) -> None:
    consent = decisions.decides(actor=MENTOR)
    placed = decisions.restricts().body
    lifting = {"id": placed["id"], "reason": "The order was lifted"}

    lifted = decisions.call("lift_restriction", lifting, actor=PRIVACY_OFFICER)

    assert (lifted.status, lifted.body["lift_reason"]) == (200, "The order was lifted")
    assert decisions.read(consent, actor=MENTOR)["state"] == "given"
    assert len(outbox("consent.restriction.lifted.v1")) == 1
    again = decisions.call("lift_restriction", lifting, actor=PRIVACY_OFFICER)
    assert (again.status, again.body["code"]) == (409, "restriction_lifted")
    assert decisions.restricts().status == 200


def test_a_practitioner_places_no_restriction(decisions: Decisions) -> None:
    answer = decisions.restricts(actor=MENTOR)

    assert (answer.status, answer.body["code"]) == (403, "permission_missing")


def test_an_unknown_person_cannot_be_restricted(decisions: Decisions) -> None:
    asked = {"person_id": unknown(), "reason": "Protected by order of a court"}

    assert decisions.call("place_restriction", asked, actor=PRIVACY_OFFICER).status == 404
