"""An event that kills the process which applies it, through the broker and in processes really killed (CO-8)."""

from __future__ import annotations

import pytest
from lane_bus import (
    CLOSED,
    Bus,
    effects,
    lane,
    lives_until,
    make_deadly,
    mend,
    parked,
    waiting_in,
)
from sqlalchemy import make_url

from chassis.frames import address
from chassis.inbox import BEHIND, CRASHES
from chassis.inbox_course import RETURNED_TOO_OFTEN
from chassis.inbox_replay import CRASHES_AT_MOST
from chassis.testing import ServiceDatabase
from chassis.testing_messages import FailingProxy, Program, eventually

pytestmark = [pytest.mark.postgres, pytest.mark.broker]

# First one takes the others with it, then it is tried alone.
DEATHS = RETURNED_TOO_OFTEN + CRASHES_AT_MOST


def test_events_that_kill_their_process_are_parked_and_those_that_died_beside_them_are_applied(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    subjects, deadly = [f"s{number}" for number in range(20)], {"s0", "s19"}
    for subject in subjects:
        bus.publish(subject, key=CLOSED)
        bus.publish(subject)
    for subject in deadly:
        make_deadly(lane_database, subject)

    def found() -> bool:
        return sorted(parked(lane_database)) == sorted(
            (subject, version, reason)
            for subject in deadly
            for version, reason in ((1, CRASHES), (2, BEHIND))
        )

    deaths = lives_until(
        lambda: found() and len(effects(lane_database)) == 36,
        lambda: lane(urls["intake"], lane_database.lane_url),
        at_most=2 * DEATHS,
    )
    assert deaths == RETURNED_TOO_OFTEN + len(deadly) * CRASHES_AT_MOST
    assert (waiting_in("intake.inbox", urls), waiting_in("icm.dead", urls)) == (0, 0)

    mend(lane_database)
    with lane(urls["intake"], lane_database.lane_url):
        bus.publish("s0")
        eventually(lambda: len(effects(lane_database)) == 41)
    assert effects(lane_database, "s0") == [1, 2, 3]
    assert all(effects(lane_database, subject) == [1, 2] for subject in subjects[1:])


def test_connections_lost_while_the_database_is_away_count_against_no_event(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    broker, real = address(urls["intake"]), make_url(lane_database.lane_url)
    to_broker = FailingProxy(host=broker.host, port=broker.port)
    to_database = FailingProxy(host=real.host or "127.0.0.1", port=real.port or 5432)
    url = urls["intake"].replace(f"{broker.host}:{broker.port}", f"127.0.0.1:{to_broker.port}")
    through = real.set(host="127.0.0.1", port=to_database.port).render_as_string(hide_password=False)
    with lane(url, through) as working:
        bus.publish("a")
        eventually(lambda: effects(lane_database, "a") == [1])
        to_database.refuse(refusing=True)
        to_database.cut()
        for _ in range(5):
            bus.publish("a")
        eventually(lambda: working.ask(do="figures")["database_away"])
        for lost in range(1, RETURNED_TOO_OFTEN + 2):
            to_broker.cut()
            eventually(lambda lost=lost: _is_back(working, lost))
        to_database.refuse(refusing=False)
        eventually(lambda: effects(lane_database, "a") == [1, 2, 3, 4, 5, 6])
        figures = working.ask(do="figures")
    for proxy in (to_broker, to_database):
        proxy.close()
    assert (figures["taken_aside"], figures["parked"]) == (0, 0)


def _is_back(working: Program, lost: int) -> bool:
    """Whether the lane has a connection again after so many losses."""
    figures = working.ask(do="figures")
    return bool(figures["reconnects"] >= lost and figures["linked"])
