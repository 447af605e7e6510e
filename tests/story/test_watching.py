"""Who looks after it, asserted step by step against the running platform (ICM_BASE_URL, ICM_OIDC_ISSUER)."""

from __future__ import annotations

import pytest

from tests.story.proofs import verified_offline

pytestmark = [pytest.mark.platform, pytest.mark.slow, pytest.mark.timeout(300)]


def test_step_16_an_attempt_at_a_restricted_record_was_raised_and_closed_with_findings(told_up_to):
    story = told_up_to(16)
    listed = story["privacy-officer"].get(
        "/alerts", rule="restricted_attempt", worker="mentor", state="closed"
    )
    assert "mistake" in {each["finding"] for each in listed.expect().body["items"]}


def test_step_17_nobody_waits_for_the_review_of_the_emergency(told_up_to):
    story = told_up_to(17)
    listed = story["privacy-officer"].get("/emergency-accesses", worker="youth-worker").expect().body["items"]
    assert (listed[0]["state"], listed[0]["finding"]) == ("reviewed", "justified")
    assert listed[0]["ended_by"] == "youth-worker"


def test_step_18_the_log_that_was_changed_and_put_back_goes_on(told_up_to):
    story = told_up_to(18)
    before = story["auditor"].get("/audit/checkpoint").expect().body["size"]
    story["youth-worker"].get(f"/assessments/{story.assessment}").expect()

    def grown() -> bool | None:
        return True if story["auditor"].get("/audit/checkpoint").expect().body["size"] > before else None

    story.platform.until("new entries are sealed", grown)
    assert verified_offline(story["auditor"], folder=story.folder, public_key=story.public_key).sound
