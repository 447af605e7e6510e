"""What the lane cannot apply of consent leaves no permit, through the broker and in processes really killed (CO-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from lane_bus import (
    GIVEN,
    HEARTBEAT,
    WITHDRAWN,
    Bus,
    lane,
    lives_until,
    make_deadly,
    mend,
    parked,
    waiting_in,
)
from sqlalchemy import select

from chassis.access import Grant
from chassis.access.model import Heartbeat
from chassis.events import Event, encode
from chassis.inbox import CRASHES, UNREADABLE, ParkedEvent
from chassis.inbox_course import RETURNED_TOO_OFTEN
from chassis.inbox_replay import CRASHES_AT_MOST
from chassis.testing import ServiceDatabase, make_actor
from chassis.testing_messages import Program, eventually
from chassis.trail import Trail
from chassis.transactions import door_work

pytestmark = [pytest.mark.postgres, pytest.mark.broker]

# Longer than any of this takes on a busy machine: what stops consents here is trouble in the lane, never the time.
LIMIT_S = 600.0
MENTOR = make_actor(subject="mentor", organisation="school", purpose="care")
DEATHS = RETURNED_TOO_OFTEN + CRASHES_AT_MOST


@pytest.fixture
def consent(urls: dict[str, str]) -> Iterator[Bus]:
    made = Bus(urls["consent"], source="consent")
    yield made
    made.close()


def beat(consent: Bus) -> datetime:
    sent_at = datetime.now(UTC)
    consent.publish("consent", key=HEARTBEAT, sent_at=sent_at.isoformat())
    return sent_at


def heard(database: ServiceDatabase) -> datetime | None:
    with database.lane() as session:
        return session.scalar(select(Heartbeat.sent_at).where(Heartbeat.source == "consent"))


def consents_count(database: ServiceDatabase) -> bool:
    trail = Trail(service="intake", door="test", action="read")
    with door_work(
        database.door, service="intake", actor=MENTOR, trail=trail, consent_limit_s=LIMIT_S
    ) as work:
        return work.consent_current


def live_grants(database: ServiceDatabase) -> int:
    with database.lane() as session:
        return len(
            session.scalars(select(Grant).where(Grant.basis == "consent", Grant.ended_at.is_(None))).all()
        )


def test_a_withdrawal_that_kills_its_process_leaves_no_permit_and_takes_effect_when_mended(
    lane_database: ServiceDatabase, urls: dict[str, str], consent: Bus
) -> None:
    consent_id, person = str(uuid4()), str(uuid4())
    told: dict[str, Any] = {"consent_id": consent_id, "person_id": person}
    consent.publish(
        consent_id,
        key=GIVEN,
        **told,
        recipient="worker:mentor",
        categories=["health"],
        purposes=["care"],
        valid_from="2026-01-01T00:00:00+00:00",
        valid_until=None,
    )
    beat(consent)
    with lane(urls["intake"], lane_database.lane_url):
        eventually(lambda: heard(lane_database) is not None)
    assert consents_count(lane_database) and live_grants(lane_database) == 1

    make_deadly(lane_database, consent_id)
    consent.publish(consent_id, key=WITHDRAWN, **told)
    last_before = heard(lane_database)

    def found() -> bool:
        if [reason for _, _, reason in parked(lane_database)] == [CRASHES]:
            return True
        assert heard(lane_database) == last_before or not consents_count(lane_database)
        return False

    def next_life() -> Program:
        beat(consent)
        return lane(urls["intake"], lane_database.lane_url)

    lives_until(found, next_life, at_most=2 * DEATHS)
    sent_at = beat(consent)
    with lane(urls["intake"], lane_database.lane_url):
        eventually(lambda: heard(lane_database) == sent_at)
        assert live_grants(lane_database) == 1
        assert not consents_count(lane_database)
        assert waiting_in("icm.dead", urls) == 0

        mend(lane_database)
        eventually(lambda: consents_count(lane_database))
    assert live_grants(lane_database) == 0


def test_a_message_of_consent_that_nobody_can_read_may_be_a_withdrawal(
    lane_database: ServiceDatabase, urls: dict[str, str], consent: Bus, bus: Bus
) -> None:
    told = Event(key=HEARTBEAT, subject="consent", data={})
    under_another_key = encode(told, source="consent", version=1, traceparent=None)
    beat(consent)
    with lane(urls["intake"], lane_database.lane_url):
        eventually(lambda: consents_count(lane_database))
        bus.publish_body(b"{", key="cases.case.opened.v1")
        eventually(lambda: waiting_in("icm.dead", urls) == 1)
        sent_at = beat(consent)
        eventually(lambda: heard(lane_database) == sent_at)
        assert consents_count(lane_database)

        for body in (b"{", b"{", under_another_key):
            consent.publish_body(body, key=WITHDRAWN)
        sent_at = beat(consent)
        eventually(lambda: heard(lane_database) == sent_at)
        assert not consents_count(lane_database)
        assert [(version, reason) for _, version, reason in parked(lane_database)] == [(None, UNREADABLE)] * 2
        assert waiting_in("icm.dead", urls) == 1

        mend(lane_database)
        eventually(lambda: _tried(lane_database) == 2)
        assert [reason for _, _, reason in parked(lane_database)] == [UNREADABLE] * 2
    assert waiting_in("intake.inbox", urls) == 0


def _tried(database: ServiceDatabase) -> int:
    """How many of the parked were tried and taken back."""
    with database.lane() as session:
        rows = session.scalars(select(ParkedEvent)).all()
    return sum(row.attempts == 1 and row.replay_requested_at is None for row in rows)
