"""Ways around the looking for misuse, and that they lead nowhere (AU-7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.audit.tests.builders import CASE, GIRL, SISTER, an_access
from services.audit.tests.test_alerts import OFFICER, STATUTE, at_ten, link, restricted, seen

pytestmark = pytest.mark.postgres

__all__ = ["at_ten", "seen"]
SELF = [{"grant": str(uuid4()), "basis": "self"}]
RECORD_AGAIN = UUID("01931f0e-7c1a-7000-8000-000000000017")


def closed(call: Any, alert: dict[str, Any], finding: str = "mistake") -> None:
    done = call("close_alert", {"id": alert["id"], "finding": finding, "findings": "Asked."}, actor=OFFICER)
    assert done.status == 200, done.body


def test_an_attempt_after_the_first_alert_was_closed_raises_another(
    seen: Any, call: Any, outbox: Any, at_ten: datetime
) -> None:
    (first,) = seen(restricted(at=at_ten))
    closed(call, first)

    old, new = seen(restricted(at=at_ten + timedelta(hours=1)))
    assert (old["state"], old["times"], new["state"], new["times"]) == ("closed", 1, "raised", 1)
    assert len(seen(restricted(at=at_ten + timedelta(hours=2)))) == 2
    assert len(outbox("audit.alert.raised.v1")) == 2


def test_a_day_that_was_judged_is_not_raised_again_with_each_further_access(
    seen: Any, call: Any, at_ten: datetime
) -> None:
    refused = [an_access(refused="access_denied", at=at_ten) for _ in range(30)]
    (alert,) = seen(*refused[:16])
    closed(call, alert)
    for each in refused[16:20]:
        (alert,) = seen(each)
    assert (alert["state"], alert["times"]) == ("closed", 5)


@pytest.mark.parametrize("basis", ["team", "statute"])
def test_what_is_only_called_the_own_record_is_looked_at(seen: Any, at_ten: datetime, basis: str) -> None:
    others = [{"grant": str(uuid4()), "basis": basis}]
    many = [an_access(purpose="own_record", to=(uuid4(),), basis=others, at=at_ten) for _ in range(61)]
    assert "unusual_volume" in [alert["rule"] for alert in seen(*many)]


def test_an_attempt_at_a_restricted_record_under_the_own_purpose_is_raised(
    seen: Any, at_ten: datetime
) -> None:
    (alert,) = seen(restricted(purpose="own_record", at=at_ten))
    assert alert["rule"] == "restricted_attempt"


def test_people_at_their_own_record_are_left_alone_at_any_hour(seen: Any, at_ten: datetime) -> None:
    own = {"by": "girl", "role": "client", "purpose": "own_record", "organisation": None}
    night = at_ten + timedelta(hours=13)
    assert (
        seen(an_access(**own, basis=SELF, at=night), an_access(**own, refused="access_denied", at=night))
        == []
    )


def test_a_dormant_sign_in_is_not_woken_by_calling_it_the_own_record_first(
    seen: Any, at_ten: datetime
) -> None:
    first = an_access(purpose="own_record", refused="permission_missing", to=(), at=at_ten)
    assert seen(an_access(at=at_ten - timedelta(days=91)), first, rule="dormant_account") == []
    (alert,) = seen(an_access(at=at_ten + timedelta(minutes=5)), rule="dormant_account")
    assert alert["worker"] == "mentor"


def test_reaching_for_a_restricted_person_where_nothing_is_denied_is_an_attempt(
    seen: Any, at_ten: datetime
) -> None:
    (alert,) = seen(an_access(door="preview", basis=[], restricted=True, at=at_ten))
    assert (alert["rule"], alert["persons"]) == ("restricted_attempt", [str(GIRL)])
    assert len(seen(an_access(restricted=True, at=at_ten))) == 1, (
        "whom a grant opens the record for is no stranger"
    )


def test_an_attempt_at_very_many_persons_at_once_does_not_end_the_looking(
    seen: Any, at_ten: datetime
) -> None:
    many = tuple(uuid4() for _ in range(500))
    (alert,) = seen(restricted(to=many, at=at_ten), restricted(to=many[::-1], at=at_ten))
    assert (alert["times"], len(alert["persons"])) == (2, 500)


def test_a_second_role_spares_nobody(seen: Any, at_ten: datetime) -> None:
    both = {
        "actor": {"subject": "both", "organisation": "school", "roles": ["intake_worker", "practitioner"]}
    }
    care = [an_access(**both, to=(uuid4(),), basis=STATUTE, at=at_ten) for _ in range(21)]
    desk = [an_access(**both, purpose="intake", to=(uuid4(),), basis=STATUTE, at=at_ten) for _ in range(30)]

    assert seen(*desk) == []
    assert [alert["rule"] for alert in seen(*care)] == ["no_relationship"]


def test_reading_through_lists_is_counted_too(seen: Any, at_ten: datetime) -> None:
    def listed(persons: int) -> dict[str, Any]:
        return an_access(
            action="search", door="list_cases", to=tuple(uuid4() for _ in range(persons)), at=at_ten
        )

    assert seen(*(listed(75) for _ in range(10))) == []
    (alert,) = seen(listed(1))
    assert alert["rule"] == "wide_search"


def test_a_batch_of_very_long_lists_is_looked_at_whole(seen: Any, at_ten: datetime) -> None:
    reads = [an_access(to=tuple(uuid4() for _ in range(300)), at=at_ten) for _ in range(80)]
    assert [alert["rule"] for alert in seen(*reads)] == ["unusual_volume"]


def test_a_short_search_for_oneself_is_a_look_and_a_long_list_is_none(
    seen: Any, receive: Any, at_ten: datetime
) -> None:
    link(receive, account="mentor", person=GIRL)
    long = (GIRL, *(uuid4() for _ in range(20)))
    assert seen(an_access(action="search", to=long, at=at_ten)) == []
    (alert,) = seen(an_access(action="search", to=(GIRL, uuid4()), at=at_ten))
    assert (alert["rule"], alert["persons"]) == ("self_and_family", [str(GIRL)])


def test_looks_before_the_sign_in_was_known_to_be_theirs_count_once(
    seen: Any, receive: Any, clock: Any, at_ten: datetime
) -> None:
    before, long_ago = at_ten - timedelta(days=1), at_ten - timedelta(days=40)
    assert seen(an_access(at=long_ago), an_access(at=before), an_access(by="other", at=before)) == []
    link(receive, account="mentor", person=GIRL)
    link(receive, account="mentor", person=GIRL)
    (alert,) = seen()
    assert (alert["rule"], alert["worker"], alert["times"]) == ("self_and_family", "mentor", 1)


@pytest.mark.parametrize("told_by", ["cases.case.opened.v1", "cases.member.added.v1"])
def test_looks_before_the_family_was_known_to_be_theirs_count_once(
    seen: Any, receive: Any, at_ten: datetime, told_by: str
) -> None:
    def opened(*persons: UUID) -> None:
        told = {"case_id": CASE, "person_ids": persons, "program": "x", "organisation": None}
        receive("cases.case.opened.v1", subject=CASE, data=told)

    link(receive, account="mentor", person=GIRL)
    looks = [an_access(to=(SISTER,), at=at_ten), an_access(by="other", to=(SISTER,), at=at_ten)]
    assert seen(*looks) == []
    if told_by == "cases.case.opened.v1":
        opened(GIRL, SISTER)
        opened(GIRL, SISTER)
    else:
        opened(GIRL)
        assert seen() == []
        joined = {"case_id": CASE, "person_id": SISTER}
        receive("cases.member.added.v1", subject=CASE, data=joined)
    (alert,) = seen()
    assert (alert["rule"], alert["worker"], alert["persons"], alert["times"]) == (
        "self_and_family", "mentor", [str(SISTER)], 1,
    )  # fmt: skip


def test_another_record_of_oneself_and_a_family_of_another_case_are_near_too(
    seen: Any, receive: Any, at_ten: datetime
) -> None:
    link(receive, account="mentor", person=GIRL)
    link_id = uuid4()
    cluster = [{"main_person_id": GIRL, "person_ids": [GIRL, RECORD_AGAIN]}]
    told = {"link_id": link_id, "revision": 1, "clusters": cluster}
    receive("intake.person.linked.v1", subject=link_id, data=told)
    opened = {"case_id": CASE, "person_ids": [RECORD_AGAIN, SISTER], "program": "x", "organisation": None}
    receive("cases.case.opened.v1", subject=CASE, data=opened)

    found = seen(an_access(to=(RECORD_AGAIN,), at=at_ten), an_access(to=(SISTER,), at=at_ten))
    assert [alert["persons"] for alert in found] == [[str(RECORD_AGAIN)], [str(SISTER)]]


def test_a_late_access_hidden_behind_a_usual_one_of_the_same_batch_is_noticed(
    seen: Any, at_ten: datetime
) -> None:
    late, early = at_ten - timedelta(hours=5), at_ten
    (alert,) = seen(an_access(at=late), an_access(at=early))
    assert alert["rule"] == "after_hours"


def test_days_that_raised_an_alert_do_not_become_usual(seen: Any, at_ten: datetime) -> None:
    for day in range(7):
        at = at_ten + timedelta(days=day)
        found = seen(*(an_access(by="new", to=(uuid4(),), at=at) for _ in range(70)), rule="unusual_volume")
        assert len(found) == day + 1


def test_an_entry_that_makes_no_sense_does_not_end_the_looking(seen: Any, at_ten: datetime) -> None:
    broken = an_access(at=at_ten, basis=["team"])
    (alert,) = seen(broken, restricted(at=at_ten))
    assert alert["rule"] == "restricted_attempt"


def test_nobody_passes_as_a_service(seen: Any, at_ten: datetime) -> None:
    (alert,) = seen(restricted(by="service:cases", role="practitioner", at=at_ten))
    assert alert["worker"] == "service:cases"


def test_officers_are_watched_and_their_alerts_are_seen_by_others(
    seen: Any, call: Any, at_ten: datetime
) -> None:
    from services.audit.tests.test_alerts import AUDITOR, OTHER_OFFICER

    (alert,) = seen(restricted(by="privacy", role="privacy_officer", purpose="oversight", at=at_ten))
    for reader in (AUDITOR, OTHER_OFFICER):
        assert call("read_alert", {"id": alert["id"]}, actor=reader).status == 200
    refused = call("close_alert", {"id": alert["id"], "finding": "mistake", "findings": "-"}, actor=OFFICER)
    assert refused.body["code"] == "alert_is_about_you"


def test_an_alert_that_nobody_looked_into_is_escalated_once_for_each_deadline(
    seen: Any, call: Any, outbox: Any, clock: Any, in_lane: Any, at_ten: datetime
) -> None:
    from audit.alerts.escalating import escalate
    from chassis.clocks import breach_overdue

    (alert,) = seen(restricted(at=at_ten))

    def later(**time: int) -> list[str]:
        clock.advance(**time)
        for step in (breach_overdue, escalate, escalate):
            with in_lane() as work:
                step(work)
        return [each.data["missed"] for each in outbox("audit.alert.escalated.v1")]

    assert later(hours=3) == []
    assert later(hours=2) == ["alert_acknowledgement"]
    (waiting,) = call("list_alerts", {"escalated": True}, actor=OFFICER).body["items"]
    assert waiting["steps"][-1]["note"] == "alert_acknowledgement"
    assert later(days=30) == ["alert_acknowledgement", "alert_closing"]
    closed(call, alert)
    assert later(days=30) == ["alert_acknowledgement", "alert_closing"]
