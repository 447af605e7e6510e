"""Abuse of emergency access counts: not justified, too often, after its end (CO-6, AU-7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.audit.tests.builders import GIRL, an_access
from services.audit.tests.test_alerts import OFFICER, at_ten, seen

pytestmark = pytest.mark.postgres

__all__ = ["at_ten", "seen"]


@pytest.fixture
def glass(receive: Any, at_ten: datetime) -> Callable[..., None]:
    """`glass("opened", id)` tells what consent tells of an emergency access."""

    def told(
        what: str, id: UUID, *, at: datetime = at_ten, worker: str = "mentor", finding: str = "not_justified"
    ) -> None:
        data: dict[str, Any] = {"emergency_id": id, "person_id": GIRL}
        if what == "opened":
            data |= {"worker": worker, "organisation": "school", "categories": ["identity"]}
            data |= {"reaches_restricted": False, "valid_from": at, "valid_until": at + timedelta(hours=2)}
        elif what == "ended":
            data |= {"at": at}
        else:
            data |= {"worker": worker, "finding": finding, "at": at}
        receive(f"consent.emergency.{what}.v1", subject=id, data=data)

    return told


def test_an_emergency_that_was_none_is_an_alert_once_in_whatever_order_it_is_told(
    seen: Any, glass: Any
) -> None:
    for number, order in enumerate(permutations(("opened", "ended", "reviewed")), start=1):
        emergency = uuid4()
        for what in (*order, "reviewed"):
            glass(what, emergency)
        found = seen(rule="emergency_not_justified")
        assert (len(found), found[-1]["times"], found[-1]["worker"]) == (number, 1, "mentor")
        assert found[-1]["persons"] == [str(GIRL)]


@pytest.mark.parametrize("finding", ["justified", "unclear"])
def test_an_emergency_that_was_one_is_no_alert(seen: Any, glass: Any, finding: str) -> None:
    emergency = uuid4()
    glass("opened", emergency)
    glass("reviewed", emergency, finding=finding)
    assert seen() == []


def test_more_emergencies_than_usual_are_noticed_and_again_after_closing(
    seen: Any, glass: Any, call: Any, at_ten: datetime
) -> None:
    for day in range(3):
        glass("opened", uuid4(), at=at_ten + timedelta(days=day))
    assert seen() == []
    glass("opened", uuid4(), at=at_ten + timedelta(days=4))
    (alert,) = seen()
    assert (alert["rule"], alert["worker"]) == ("repeated_emergencies", "mentor")
    closing = {"id": alert["id"], "finding": "legitimate", "findings": "A night ward."}
    call("close_alert", closing, actor=OFFICER)
    glass("opened", uuid4(), at=at_ten + timedelta(days=5))
    assert [each["state"] for each in seen()] == ["closed", "raised"]


def test_each_is_measured_by_themselves_and_their_organisation(
    seen: Any, glass: Any, at_ten: datetime
) -> None:
    for day in range(40, 180, 10):
        glass("opened", uuid4(), at=at_ten - timedelta(days=day), worker="colleague")
    for day in range(5):
        glass("opened", uuid4(), at=at_ten + timedelta(days=day))
    assert seen() == []
    for day in range(6):
        glass("opened", uuid4(), at=at_ten + timedelta(days=5, hours=day))
    assert [each["rule"] for each in seen()] == ["repeated_emergencies"]


def emergency_read(at: datetime, **more: Any) -> dict[str, Any]:
    return an_access(purpose="emergency", at=at, **more)


def test_going_on_after_the_end_is_noticed_and_clocks_may_differ(
    seen: Any, glass: Any, at_ten: datetime
) -> None:
    glass("opened", uuid4())
    end = at_ten + timedelta(hours=2)
    within = [emergency_read(at_ten - timedelta(minutes=1)), emergency_read(end + timedelta(minutes=1))]
    assert seen(*within, emergency_read(end + timedelta(hours=1))) == []
    (alert,) = seen(emergency_read(end + timedelta(minutes=3), refused="access_denied"))
    assert (alert["rule"], alert["persons"]) == ("emergency_after_end", [str(GIRL)])
    assert len(seen(emergency_read(end + timedelta(hours=1), by="other", refused="access_denied"))) == 1


def test_an_end_that_comes_late_is_looked_back_from(seen: Any, glass: Any, at_ten: datetime) -> None:
    emergency, basis = uuid4(), [{"grant": str(uuid4()), "basis": "emergency"}]
    glass("opened", emergency)
    assert seen(emergency_read(at_ten + timedelta(minutes=30), basis=basis)) == []
    glass("ended", emergency, at=at_ten + timedelta(minutes=10))
    glass("ended", emergency, at=at_ten + timedelta(minutes=10))
    (alert,) = seen()
    assert (alert["rule"], alert["times"]) == ("emergency_after_end", 1)
