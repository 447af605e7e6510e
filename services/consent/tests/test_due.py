"""What ends or is to be looked at again stands on a list of whoever recorded it, and nothing else does (CO-1, CO-4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from consent.directives.actions import keep_clocks
from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    YOUTH_WORKER,
    Decisions,
)
from services.consent.tests.test_in_whose_place import BY_PARENT, due


def test_the_worker_sees_what_is_due_the_next_first_and_nobody_else_s(
    decisions: Decisions, clock: Any, in_lane: Any
) -> None:
    decisions.signs_in()
    ends = decisions.decides(valid_until="2026-03-20T17:00:00+00:00")
    review = decisions.decides(to="organisation:housing", review_on="2026-03-10")
    decisions.decides(review_on="2026-12-01")
    other = decisions.decides(actor=SOCIAL_WORKER, review_on="2026-03-12")

    assert due(decisions) == [(review["id"], "review"), (ends["id"], "expiry")]
    assert due(decisions, within_days=7) == [(review["id"], "review")]
    assert due(decisions, why="expiry") == [(ends["id"], "expiry")]
    assert due(decisions, actor=SOCIAL_WORKER) == [(other["id"], "review")]
    assert due(decisions, actor=YOUTH_WORKER) == []
    assert len(due(decisions, actor=GIRL)) == len(due(decisions, actor=PRIVACY_OFFICER)) == 3


def test_what_is_overdue_stays_on_the_list_until_it_is_done(
    decisions: Decisions, clock: Any, in_lane: Any
) -> None:
    consent = decisions.decides(review_on="2026-03-10")
    clock.move_to(datetime(2026, 3, 12, 18, 0, tzinfo=UTC))
    with in_lane() as work:
        keep_clocks(work)

    (item,) = decisions.call("list_due_consents", {}, actor=MENTOR).body["items"]
    assert (item["overdue"], item["working_days_left"]) == (True, -1)
    assert "explanation" not in item and item["recipient"] == "organisation:youth-service"
    decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR)
    assert due(decisions) == []


def test_pages_follow_one_another_and_a_made_up_cursor_is_refused(decisions: Decisions) -> None:
    made = [decisions.decides(review_on=f"2026-03-1{day}")["id"] for day in (3, 1, 2)]
    expected = [made[1], made[2], made[0]]

    found, cursor = [], None
    while True:
        asked = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = decisions.call("list_due_consents", asked, actor=MENTOR).body
        found += [each["consent_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert found == expected
    for wrong in ("x", "MjAyNi0wMy0wNHx4", "MjAyNi0wMy0wNA=="):
        assert decisions.call("list_due_consents", {"cursor": wrong}, actor=MENTOR).status == 422


def test_a_review_is_of_a_live_consent_and_says_what_was_said(decisions: Decisions) -> None:
    consent = decisions.decides()
    wrong = decisions.call(
        "review_consent", {"id": consent["id"], "said": "Goes on.", "review_on": "2020-01-01"}, actor=MENTOR
    )
    assert wrong.body["errors"][0]["pointer"] == "/review_on"
    asked = {"id": consent["id"], "said": "Goes on."}
    assert decisions.call("review_consent", asked, actor=YOUTH_WORKER).status == 403
    decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR)

    assert decisions.call("review_consent", asked, actor=MENTOR).body["code"] == "consent_not_live"


@pytest.mark.parametrize(("form", "heard_by"), [("verbal", "mentor"), ("implied", None), ("written", None)])
def test_words_were_heard_by_somebody(decisions: Decisions, form: str, heard_by: str | None) -> None:
    evidence = {"evidence": "File 12, page 1"} if form == "written" else {}
    assert decisions.decides(form=form, **evidence)["heard_by"] == heard_by
    assert decisions.decides(heard_by="nurse")["heard_by"] == "nurse"


def test_nobody_concludes_from_what_a_parent_does(decisions: Decisions) -> None:
    asked = decisions.asked(form="implied", given_by=BY_PARENT)

    assert decisions.call("record_consent", asked, actor=MENTOR).body["code"] == "implied_consent_by_another"
    assert decisions.decides(form="implied", given_by=BY_PARENT, decision="refused", explanation=...)
