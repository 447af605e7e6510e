"""Signs of misuse are found by rules that are data, within the next look at the log (AU-2, AU-7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit.alerts import watching
from audit.alerts.watching import forget_old_days, watch
from chassis.testing import make_actor
from services.audit.tests.builders import CASE, GIRL, SISTER, an_access

pytestmark = pytest.mark.postgres

OFFICER = make_actor(subject="privacy", roles=["privacy_officer"], organisation="ministry")
OTHER_OFFICER = make_actor(subject="privacy-2", roles=["privacy_officer"], organisation="ministry")
AUDITOR = make_actor(subject="auditor", roles=["auditor"], organisation="auditor-general")
MENTOR = make_actor(subject="mentor", roles=["practitioner"], organisation="school")
STATUTE = [{"grant": str(uuid4()), "basis": "statute"}]


@pytest.fixture
def seen(
    told: Callable[..., Any], in_lane: Any, call: Any, clock: Any
) -> Callable[..., list[dict[str, Any]]]:
    """`seen(access, …)` appends accesses, looks over the log, and returns every alert, the first one first."""

    def alerts(*accesses: dict[str, Any], rule: str | None = None) -> list[dict[str, Any]]:
        if accesses:
            told(*accesses)
        with in_lane() as work:
            while watch(work):
                pass
        listed = call("list_alerts", {"limit": 100, **({"rule": rule} if rule else {})}, actor=OFFICER)
        assert listed.status == 200, listed.body
        return list(reversed(listed.body["items"]))

    return alerts


@pytest.fixture
def at_ten(clock: Any) -> datetime:
    """Ten in the morning, Vancouver time, of a working day: nothing about the hour is unusual."""
    return clock.now.replace(hour=18, minute=0)


def restricted(**more: Any) -> dict[str, Any]:
    return an_access(refused="not_found", restricted=True, **more)


def test_an_attempt_at_a_restricted_record_raises_an_alert_at_once(
    seen: Any, outbox: Any, at_ten: datetime
) -> None:
    (alert,) = seen(restricted(by="mentor", at=at_ten))

    assert (alert["rule"], alert["severity"], alert["state"]) == ("restricted_attempt", "high", "raised")
    assert (alert["worker"], alert["persons"]) == ("mentor", [str(GIRL)])
    assert alert["rules_version"] and alert["says"]
    (event,) = outbox("audit.alert.raised.v1")
    assert event.data["alert_id"] == alert["id"]
    assert "mentor" not in str(event.data) and str(GIRL) not in str(event.data)


def test_the_same_attempts_on_one_day_are_one_alert_that_counts(seen: Any, at_ten: datetime) -> None:
    seen(restricted(at=at_ten), restricted(at=at_ten))
    (alert,) = seen(restricted(at=at_ten + timedelta(hours=1)))
    assert (alert["times"], alert["first_position"], alert["last_position"]) == (3, 0, 2)

    again = seen(restricted(at=at_ten + timedelta(days=1)))
    assert len(again) == 2


def test_no_entry_is_looked_at_twice(seen: Any, at_ten: datetime) -> None:
    seen(restricted(at=at_ten))
    (alert,) = seen()
    assert alert["times"] == 1


def test_ordinary_work_raises_nothing(seen: Any, at_ten: datetime) -> None:
    assert seen(*(an_access(at=at_ten, to=(uuid4(),)) for _ in range(20))) == []


def test_what_services_do_by_themselves_raises_nothing(seen: Any, at_ten: datetime) -> None:
    assert seen(restricted(by="service:cases", role="system", at=at_ten)) == []


def test_breaking_the_glass_raises_an_alert_each_time(seen: Any, at_ten: datetime) -> None:
    begun = [
        an_access(service="consent", door="begin_emergency_access", action="write", at=at_ten)
        for _ in range(2)
    ]
    assert [each["rule"] for each in seen(*begun)] == ["emergency_begun", "emergency_begun"]


def test_the_reply_to_it_told_again_breaks_no_glass_and_is_an_access_all_the_same(
    seen: Any, receive: Any, at_ten: datetime
) -> None:
    link(receive, account="mentor", person=GIRL)
    broken = an_access(service="consent", door="begin_emergency_access", action="write", at=at_ten)
    again = an_access(service="consent", door="begin_emergency_access", told_again=True, at=at_ten)

    times = {each["rule"]: each["times"] for each in seen(broken, again)}
    assert times == {"emergency_begun": 1, "self_and_family": 2}


def test_a_restricted_person_in_a_reply_told_again_is_an_attempt_when_the_grants_are_gone_and_only_then(
    seen: Any, at_ten: datetime
) -> None:
    told_again = {"door": "place_restriction", "told_again": True, "restricted": True, "at": at_ten}
    assert seen(an_access(**told_again), an_access(**told_again, basis=[])) == []

    (alert,) = seen(an_access(**told_again, refused="access_denied"))
    assert (alert["rule"], alert["times"]) == ("restricted_attempt", 1)


def test_a_refused_emergency_is_none(seen: Any, at_ten: datetime) -> None:
    assert (
        seen(
            an_access(
                service="consent",
                door="begin_emergency_access",
                action="write",
                refused="emergency_open_already",
                at=at_ten,
            )
        )
        == []
    )


def link(receive: Any, *, account: str, person: UUID, relation: str = "self") -> dict[str, Any]:
    link = {"link_id": uuid4(), "person_id": person, "account": account, "relation": relation}
    receive("intake.person.account_linked.v1", subject=person, data=link)
    return link


def test_a_worker_who_looks_at_their_own_record_at_work_is_noticed(
    seen: Any, receive: Any, at_ten: datetime
) -> None:
    link(receive, account="mentor", person=GIRL)

    (alert,) = seen(
        an_access(by="mentor", at=at_ten), an_access(by="mentor", purpose="own_record", at=at_ten)
    )
    assert (alert["rule"], alert["times"]) == ("self_and_family", 1)


def test_a_link_that_comes_late_hides_nothing_of_a_worker_who_has_done_much_since(
    seen: Any, receive: Any, at_ten: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "BATCH", 4)
    first, last = (an_access(by="mentor", at=at_ten + timedelta(minutes=each)) for each in (0, 20))
    others = (an_access(by="mentor", at=at_ten + timedelta(minutes=each), to=(uuid4(),)) for each in range(9))
    assert seen(first, *others, last) == []
    link(receive, account="mentor", person=GIRL)
    (alert,) = seen()
    assert (alert["rule"], alert["times"]) == ("self_and_family", 2)
    assert (alert["first_position"], alert["last_position"]) == (0, 10)


@pytest.mark.parametrize("way", ["acts for her", "same family case", "joined the family later"])
def test_a_worker_who_looks_at_their_family_is_noticed(
    seen: Any, receive: Any, at_ten: datetime, way: str
) -> None:
    if way == "acts for her":
        link(receive, account="mentor", person=SISTER, relation="parent")
    else:
        link(receive, account="mentor", person=GIRL)
        first = [GIRL, SISTER] if way == "same family case" else [GIRL]
        opened = {
            "case_id": CASE,
            "person_ids": first,
            "program": "child_protection",
            "organisation": "school",
        }
        receive("cases.case.opened.v1", subject=CASE, data=opened)
        if len(first) == 1:
            receive("cases.member.added.v1", subject=CASE, data={"case_id": CASE, "person_id": SISTER})

    (alert,) = seen(an_access(by="mentor", to=(SISTER,), at=at_ten))
    assert (alert["rule"], alert["persons"]) == ("self_and_family", [str(SISTER)])
    assert seen(an_access(by="youth-worker", to=(SISTER,), at=at_ten)) == [alert]


@pytest.mark.parametrize("relation", ["self", "parent"])
def test_a_worker_who_was_taken_for_her_by_mistake_is_noticed_no_more_for_looking_at_her(
    seen: Any, receive: Any, at_ten: datetime, relation: str
) -> None:
    wrong = link(receive, account="mentor", person=GIRL, relation=relation)
    before = seen(an_access(by="mentor", at=at_ten))
    assert [alert["rule"] for alert in before] == ["self_and_family"]
    ended = {**wrong, "because": "recorded_in_error", "linked_at": at_ten, "at": at_ten}
    receive("intake.person.account_unlinked.v1", subject=GIRL, data=ended)
    assert seen(an_access(by="mentor", at=at_ten)) == before
    link(receive, account="mentor", person=GIRL, relation=relation)
    (again,) = seen(an_access(by="mentor", at=at_ten))
    assert again["times"] > before[0]["times"]


def days_of(worker: str, *, persons: int, days: int, until: datetime) -> list[dict[str, Any]]:
    """So many working days before, each with accesses to so many different persons."""
    made: list[dict[str, Any]] = []
    day = until
    while days:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            made += [an_access(by=worker, to=(uuid4(),), at=day) for _ in range(persons)]
            days -= 1
    return made[::-1]


def test_far_more_persons_than_the_worker_opens_as_a_rule_is_noticed_once_a_day(
    seen: Any, at_ten: datetime
) -> None:
    assert seen(*days_of("mentor", persons=5, days=10, until=at_ten)) == []

    many = [an_access(by="mentor", to=(uuid4(),), at=at_ten) for _ in range(40)]
    (alert,) = seen(*many[:30])
    assert (alert["rule"], alert["worker"]) == ("unusual_volume", "mentor")
    (alert,) = seen(*many[30:])
    assert alert["times"] == 2


def test_each_is_measured_by_their_own_days(seen: Any, at_ten: datetime) -> None:
    seen(*days_of("busy", persons=40, days=6, until=at_ten))

    assert seen(*(an_access(by="busy", to=(uuid4(),), at=at_ten) for _ in range(40))) == []


def test_the_same_person_again_and_again_is_one_person(seen: Any, at_ten: datetime) -> None:
    assert seen(*(an_access(at=at_ten) for _ in range(100))) == []


def test_somebody_without_a_past_has_a_limit_too(seen: Any, at_ten: datetime) -> None:
    (alert,) = seen(*(an_access(by="new", to=(uuid4(),), at=at_ten) for _ in range(61)))
    assert alert["rule"] == "unusual_volume"


def test_many_read_by_statute_alone_is_noticed_but_not_at_the_front_desk(seen: Any, at_ten: datetime) -> None:
    def reads(role: str, count: int) -> list[dict[str, Any]]:
        return [
            an_access(by=f"the-{role}", role=role, to=(uuid4(),), basis=STATUTE, at=at_ten)
            for _ in range(count)
        ]

    assert seen(*reads("intake_worker", 25), *reads("practitioner", 20)) == []
    (alert,) = seen(*reads("practitioner", 1))
    assert (alert["rule"], alert["worker"]) == ("no_relationship", "the-practitioner")


def test_somebody_who_tries_doors_is_noticed(seen: Any, at_ten: datetime) -> None:
    refused = [an_access(refused="access_denied", to=(uuid4(),), at=at_ten) for _ in range(16)]

    assert seen(*refused[:15]) == []
    (alert,) = seen(refused[15])
    assert alert["rule"] == "repeated_denials"


def test_a_case_opened_long_after_it_was_closed_is_noticed(
    seen: Any, receive: Any, clock: Any, at_ten: Any
) -> None:
    closed = {"case_id": CASE, "person_ids": [GIRL], "reason": "goals_met"}
    receive("cases.case.closed.v1", subject=CASE, data=closed)

    assert seen(an_access(case=CASE, at=at_ten + timedelta(days=29))) == []
    late = at_ten + timedelta(days=36)
    (alert,) = seen(an_access(case=CASE, at=late), rule="after_closure")
    assert alert["cases"] == [str(CASE)]


def test_a_case_that_opened_again_is_open(seen: Any, receive: Any, at_ten: datetime) -> None:
    receive("cases.case.closed.v1", subject=CASE, data={"case_id": CASE, "person_ids": [GIRL], "reason": "x"})
    opened = {"case_id": CASE, "person_ids": [GIRL], "program": "child_protection", "organisation": "school"}
    receive("cases.case.opened.v1", subject=CASE, data=opened)

    assert seen(an_access(case=CASE, at=at_ten + timedelta(days=42))) == []


@pytest.mark.parametrize("shift", [timedelta(hours=13), timedelta(days=3)], ids=["at night", "on a saturday"])
def test_work_at_hours_that_are_not_the_workers_own_is_noticed(
    seen: Any, at_ten: datetime, shift: timedelta
) -> None:
    (alert,) = seen(an_access(by="mentor", at=at_ten + shift))
    assert (alert["rule"], alert["severity"]) == ("after_hours", "low")


def test_somebody_who_works_nights_is_left_alone(seen: Any, at_ten: datetime, in_lane: Any) -> None:
    nights = [an_access(by="night", at=at_ten + timedelta(days=day, hours=13)) for day in range(6)]

    found = seen(*(night for night in nights))
    assert len(found) == 5
    assert len(seen(an_access(by="night", at=at_ten + timedelta(days=7, hours=13)))) == 5


def test_nights_that_were_found_to_be_misuse_do_not_become_usual(
    seen: Any, at_ten: datetime, call: Any
) -> None:
    for day in range(5):
        raised = seen(an_access(by="night", at=at_ten + timedelta(days=day, hours=13)))
        closing = {"id": raised[-1]["id"], "finding": "misuse", "findings": "Looked up a neighbour."}
        assert call("close_alert", closing, actor=OFFICER).status == 200
    assert len(seen(an_access(by="night", at=at_ten + timedelta(days=7, hours=13)))) == 6


def test_a_sign_in_used_after_a_long_silence_is_noticed(seen: Any, at_ten: datetime) -> None:
    seen(an_access(by="gone", at=at_ten - timedelta(days=63)))

    (alert,) = seen(an_access(by="gone", at=at_ten), an_access(by="gone", at=at_ten))
    assert (alert["rule"], alert["times"]) == ("dormant_account", 1)


def test_whose_records_were_opened_is_forgotten_after_days(
    seen: Any, at_ten: datetime, in_lane: Any, clock: Any
) -> None:
    from sqlalchemy import func, select

    from audit.alerts.model import PersonOfDay, WorkerDay

    seen(*days_of("mentor", persons=2, days=4, until=at_ten))
    clock.advance(days=60)
    with in_lane() as work:
        forget_old_days(work)
        assert work.session.scalar(select(func.count()).select_from(PersonOfDay)) == 0
        assert work.session.scalar(select(func.count()).select_from(WorkerDay)) == 4


def test_an_alert_is_acknowledged_assigned_and_closed_with_findings(
    seen: Any, call: Any, outbox: Any, at_ten: datetime
) -> None:
    (alert,) = seen(restricted(at=at_ten))

    taken = call("acknowledge_alert", {"id": alert["id"]}, actor=OFFICER)
    assert taken.body["state"] == "acknowledged"
    again = call("acknowledge_alert", {"id": alert["id"]}, actor=OTHER_OFFICER)
    assert (again.status, again.body["code"]) == (409, "acknowledged_already")
    given = call(
        "assign_alert", {"id": alert["id"], "to": "privacy-2", "note": "You know him."}, actor=OFFICER
    )
    assert (given.body["state"], given.body["assigned_to"]) == ("assigned", "privacy-2")
    closing = {"id": alert["id"], "finding": "misuse", "findings": "He knows her father."}
    closed = call("close_alert", closing, actor=OTHER_OFFICER)
    assert (closed.body["state"], closed.body["finding"]) == ("closed", "misuse")
    assert [step["step"] for step in closed.body["steps"]] == ["raised", "acknowledged", "assigned", "closed"]
    (told,) = outbox("audit.alert.closed.v1")
    assert told.data["finding"] == "misuse"
    assert call("close_alert", closing, actor=OFFICER).body["code"] == "alert_closed"


def test_an_alert_that_nobody_takes_up_is_a_missed_deadline(
    seen: Any, outbox: Any, clock: Any, in_lane: Any, at_ten: datetime
) -> None:
    from chassis.clocks import breach_overdue

    (alert,) = seen(restricted(at=at_ten))
    clock.advance(hours=5)
    with in_lane() as work:
        breach_overdue(work)

    (breach,) = outbox("audit.clock.breached.v1")
    assert (breach.data["kind"], breach.data["subject_id"]) == ("alert_acknowledgement", alert["id"])


def test_nobody_looks_into_themselves(seen: Any, call: Any, at_ten: datetime) -> None:
    (alert,) = seen(restricted(by="privacy", role="privacy_officer", at=at_ten))

    for door, more in (
        ("acknowledge_alert", {}),
        ("assign_alert", {"to": "privacy-2"}),
        ("close_alert", {"finding": "legitimate", "findings": "It was me."}),
    ):
        refused = call(door, {"id": alert["id"], **more}, actor=OFFICER)
        assert (refused.status, refused.body["code"]) == (403, "alert_is_about_you")
    to_them = call("assign_alert", {"id": alert["id"], "to": "privacy"}, actor=OTHER_OFFICER)
    assert to_them.body["code"] == "alert_is_about_you"


@pytest.mark.parametrize("linked", [False, True])
def test_nobody_looks_into_themselves_at_another_sign_in_of_theirs(
    seen: Any, call: Any, receive: Any, at_ten: datetime, linked: bool
) -> None:
    (alert,) = seen(restricted(by="mentor", to=(uuid4(),), at=at_ten))
    again = uuid4() if linked else SISTER
    link(receive, account="mentor", person=SISTER)
    link(receive, account="privacy-2", person=again)
    link(receive, account="privacy-2", person=GIRL, relation="parent")
    if linked:
        told = {"link_id": uuid4(), "revision": 1}
        clusters = [{"main_person_id": min(SISTER, again), "person_ids": sorted([SISTER, again])}]
        receive("intake.person.linked.v1", subject=told["link_id"], data={**told, "clusters": clusters})

    for door, more in (
        ("acknowledge_alert", {}),
        ("assign_alert", {"to": "privacy"}),
        ("close_alert", {"finding": "legitimate", "findings": "Nothing."}),
    ):
        refused = call(door, {"id": alert["id"], **more}, actor=OTHER_OFFICER)
        assert (refused.status, refused.body["code"]) == (403, "alert_is_about_you")
    to_them = call("assign_alert", {"id": alert["id"], "to": "privacy-2"}, actor=OFFICER)
    assert to_them.body["code"] == "alert_is_about_you"
    assert call("assign_alert", {"id": alert["id"], "to": "privacy"}, actor=OFFICER).status == 200


def test_who_acts_for_a_person_looks_into_what_that_person_did(
    seen: Any, call: Any, receive: Any, at_ten: datetime
) -> None:
    (alert,) = seen(restricted(by="mentor", to=(uuid4(),), at=at_ten))
    link(receive, account="mentor", person=SISTER)
    link(receive, account="privacy", person=SISTER, relation="parent")
    assert call("acknowledge_alert", {"id": alert["id"]}, actor=OFFICER).status == 200


def test_auditors_read_alerts_and_workers_do_not(seen: Any, call: Any, at_ten: datetime) -> None:
    (alert,) = seen(restricted(at=at_ten))

    assert call("read_alert", {"id": alert["id"]}, actor=AUDITOR).status == 200
    assert (
        call("close_alert", {"id": alert["id"], "finding": "mistake", "findings": "-"}, actor=AUDITOR).status
        == 403
    )
    assert call("read_alert", {"id": alert["id"]}, actor=MENTOR).status == 403
    assert call("list_alerts", {}, actor=MENTOR).status == 403
