"""Whoever runs the platform sees what stands aside, and has it applied after all (rule 6)."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from chassis import parked
from chassis.events import Event, encode
from chassis.inbox import ParkedEvent
from chassis.testing import Clock, ServiceDatabase

pytestmark = pytest.mark.postgres

Park = Callable[..., int]


@pytest.fixture
def engine(database: ServiceDatabase) -> Engine:
    made: Engine = database.lane.kw["bind"]
    return made


@pytest.fixture
def park(database: ServiceDatabase, clock: Clock) -> Park:
    def parked_away(subject: str, *, version: int, reason: str = "KeyError") -> int:
        told = Event(key="cases.case.opened.v1", subject=subject, data={"case_id": subject})
        row = ParkedEvent(
            event_id=told.id,
            source="cases",
            subject=subject,
            version=version,
            key=told.key,
            body=encode(told, source="cases", version=version, traceparent=None),
            reason=reason,
            attempts=4,
            parked_at=clock.now,
        )
        with database.lane.begin() as session:
            session.add(row)
            session.flush()
            return row.id

    return parked_away


def test_subjects_are_listed_with_the_event_that_the_others_wait_for(
    engine: Engine, park: Park, clock: Clock
) -> None:
    one, other = str(uuid4()), str(uuid4())
    first = park(one, version=3, reason="case_closed")
    park(other, version=1)
    clock.advance(minutes=5)
    park(one, version=4, reason="behind")

    listed = parked.subjects(engine)

    assert [(each.subject, each.events, each.reason) for each in listed] == [
        (one, 2, "case_closed"),
        (other, 1, "KeyError"),
    ]
    assert (listed[0].first_id, listed[0].attempts, listed[0].replay_requested) == (first, 4, False)


def test_a_parked_event_is_shown_with_its_message(engine: Engine, park: Park) -> None:
    subject = str(uuid4())

    shown = parked.event(engine, park(subject, version=7))

    assert shown is not None
    assert (shown["key"], shown["version"]) == ("cases.case.opened.v1", 7)
    assert shown["body"]["data"] == {"case_id": subject}
    assert parked.event(engine, 10_000) is None


def test_what_nobody_can_read_is_shown_as_it_came(
    engine: Engine, park: Park, database: ServiceDatabase
) -> None:
    number = park("a", version=1)
    with database.lane.begin() as session:
        session.get_one(ParkedEvent, number).body = b"\xff{"
    shown = parked.event(engine, number)
    assert shown is not None
    assert b64decode(shown["body"]["unreadable"]) == b"\xff{"


def test_a_replay_is_asked_for_one_subject_or_for_all_and_only_once(
    engine: Engine, park: Park, database: ServiceDatabase
) -> None:
    one, other = str(uuid4()), str(uuid4())
    park(one, version=3)
    park(one, version=4)
    park(other, version=1)

    assert parked.request_replay(engine, subject=one) == 2
    with database.lane() as session:
        asked = set(
            session.scalars(select(ParkedEvent.subject).where(ParkedEvent.replay_requested_at.is_not(None)))
        )
    assert asked == {one}
    assert parked.request_replay(engine, subject=one) == 0
    assert parked.request_replay(engine, subject=None) == 1


def test_the_command_speaks_json_and_its_exit_code_tells(
    park: Park, database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ICM_LANE_DATABASE_URL", database.lane_url)
    subject = str(uuid4())
    number = park(subject, version=1)

    assert parked.main(["list"]) == 0
    assert [each["subject"] for each in json.loads(capsys.readouterr().out)] == [subject]
    assert parked.main(["show", str(number)]) == 0
    assert parked.main(["show", "10000"]) == 1
    capsys.readouterr()
    assert parked.main(["replay", subject]) == 0
    assert json.loads(capsys.readouterr().out) == {"asked_for": 1}
    with pytest.raises(SystemExit):
        parked.main(["replay"])
