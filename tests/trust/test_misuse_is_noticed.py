"""Somebody who reaches where they have no business is noticed, and somebody looks into it (AU-2, AU-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.trust.conftest import Girl

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]


def alert_about(girl: Girl, *, rule: str) -> dict[str, Any]:
    """The alert of this rule about her, as soon as it is there."""

    def raised() -> dict[str, Any] | None:
        listed = girl["privacy-officer"].get("/alerts", rule=rule, person_id=girl.id).expect().body["items"]
        return listed[0] if listed else None

    return girl.platform.until(f"{rule} is raised", raised, within_s=15)


def seconds_until_raised(alert: dict[str, Any]) -> float:
    happened, raised = (datetime.fromisoformat(alert[name]) for name in ("happened_at", "raised_at"))
    return (raised - happened).total_seconds()


def test_an_attempt_at_a_restricted_record_is_raised_looked_into_and_closed(girl: Girl) -> None:
    girl.restricted()

    girl["mentor"].get(f"/people/{girl.id}").expect(404)
    alert = alert_about(girl, rule="restricted_attempt")

    assert seconds_until_raised(alert) < 5
    assert alert["worker"] in ("mentor", "intake-worker")
    officer = girl["privacy-officer"]
    assert officer.post(f"/alerts/{alert['id']}/acknowledgement").expect().body["state"] == "acknowledged"
    given = officer.post(f"/alerts/{alert['id']}/assignment", {"to": "privacy-officer-2"}).expect().body
    assert given["assigned_to"] == "privacy-officer-2"
    closing = {"finding": "mistake", "findings": "A wrong address in a link."}
    closed = officer.post(f"/alerts/{alert['id']}/closing", closing).expect().body
    assert [step["step"] for step in closed["steps"]] == ["raised", "acknowledged", "assigned", "closed"]
    girl["mentor"].get(f"/alerts/{alert['id']}").expect(403)


@pytest.mark.timeout(600)
def test_alerts_are_raised_within_a_second_of_the_access(girl: Girl) -> None:
    """Thirty attempts, each an alert of its own because the one before was closed; by the times that were recorded."""
    girl.restricted()
    officer, took = girl["privacy-officer"], []
    for _ in range(30):
        girl["mentor"].get(f"/people/{girl.id}").expect(404)
        alert = girl.platform.until("an open alert is there", lambda: open_alert_about(girl), within_s=15)
        took.append(seconds_until_raised(alert))
        closing = {"finding": "mistake", "findings": "A wrong address in a link."}
        officer.post(f"/alerts/{alert['id']}/closing", closing).expect()
    took.sort()
    print(f"raised after: median {took[len(took) // 2]:.3f} s, p99 {took[-1]:.3f} s")
    assert took[-1] < 1, took


def open_alert_about(girl: Girl) -> dict[str, Any] | None:
    """The alert about the mentor's attempt that nobody has closed."""
    asked = {"rule": "restricted_attempt", "person_id": girl.id, "worker": "mentor", "open_only": "true"}
    listed = girl["privacy-officer"].get("/alerts", **asked).expect().body["items"]
    return listed[0] if listed else None


def test_the_team_reads_what_was_decided_in_its_case_and_nobody_else_does(girl: Girl) -> None:
    mentor = girl["mentor"]
    opened = {
        "program": "child_protection",
        "role": "mentor",
        "members": [{"person_id": girl.id, "relation": "client"}],
    }
    case = mentor.once_known("the case can be opened", "/cases", opened)

    def trail() -> dict[str, Any] | None:
        answer = mentor.get(f"/cases/{case['id']}/trail")
        return answer.body if answer.good and answer.body["items"] else None

    told = girl.platform.until("the team reads its trail", trail, within_s=30)
    assert told["items"][-1]["title"] == "Open a case"
    assert told["items"][-1]["worker"] == "mentor"
    girl["housing-officer"].get(f"/cases/{case['id']}/trail").expect(403)


def test_the_glass_is_broken_seen_at_once_reviewed_by_another_and_ends(girl: Girl) -> None:
    mentor, officer = girl["mentor"], girl["privacy-officer"]
    mentor.get(f"/people/{girl.id}", purpose="emergency").expect(403)
    asked = {
        "person_id": girl.id,
        "reason": "She wrote that she has taken pills and does not answer.",
        "categories": ["contact"],
        "hours": 2,
    }
    access = girl.once_known("the glass can be broken", "mentor", "/emergency-accesses", asked)

    unreviewed = (
        officer.get("/emergency-accesses", reviewed="false", person_id=girl.id).expect().body["items"]
    )
    assert [each["id"] for each in unreviewed] == [access["id"]]
    seen = girl.platform.until(
        "intake has opened",
        lambda: (
            answer.body if (answer := mentor.get(f"/people/{girl.id}", purpose="emergency")).good else None
        ),
    )
    assert [point["value"] for point in seen["contact_points"]] == ["250 555 0199"]
    mentor.get(f"/people/{girl.id}").expect(403)

    alert = alert_about(girl, rule="emergency_begun")
    assert (alert["worker"], alert["severity"]) == ("mentor", "high")
    mentor.post(f"/emergency-accesses/{access['id']}/review", {"finding": "justified", "review": "-"}).expect(
        403
    )
    found = {"finding": "not_justified", "review": "There was no such message."}
    reviewed = officer.post(f"/emergency-accesses/{access['id']}/review", found).expect().body
    assert (reviewed["state"], reviewed["ended_by"]) == ("reviewed", "privacy-officer")
    girl.platform.until(
        "intake has closed again",
        lambda: True if mentor.get(f"/people/{girl.id}", purpose="emergency").status == 403 else None,
        within_s=5,
    )
