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

# First it takes the others with it, then it is tried alone.
DEATHS = RETURNED_TOO_OFTEN + CRASHES_AT_MOST


def test_an_event_that_kills_its_process_is_parked_and_those_that_died_beside_it_are_applied(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    make_deadly(lane_database, "b")
    for _ in range(3):
        for subject in "abc":
            bus.publish(subject)

    def found() -> bool:
        return [reason for _, _, reason in parked(lane_database)] == [CRASHES, BEHIND, BEHIND]

    deaths = lives_until(
        lambda: found() and len(effects(lane_database)) == 6,
        lambda: lane(urls["intake"], lane_database.lane_url),
        at_most=2 * DEATHS,
    )
    assert deaths == DEATHS
    assert [effects(lane_database, subject) for subject in "abc"] == [[1, 2, 3], [], [1, 2, 3]]
    assert waiting_in("icm.dead", urls) == 0

    mend(lane_database)
    with lane(urls["intake"], lane_database.lane_url):
        bus.publish("b")
        eventually(lambda: effects(lane_database, "b") == [1, 2, 3, 4])


def test_several_such_events_among_many_take_none_of_the_others_with_them(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    deadly = {"s0", "s19"}
    for number in range(20):
        bus.publish(f"s{number}", key=CLOSED)
        bus.publish(f"s{number}")
    for subject in deadly:
        make_deadly(lane_database, subject)

    def found() -> bool:
        guilty = {subject for subject, _, reason in parked(lane_database) if reason == CRASHES}
        return guilty == deadly and len(parked(lane_database)) == 2 * len(deadly)

    deaths = lives_until(
        lambda: found() and len(effects(lane_database)) == 36,
        lambda: lane(urls["intake"], lane_database.lane_url),
        at_most=2 * DEATHS,
    )
    assert deaths == RETURNED_TOO_OFTEN + len(deadly) * CRASHES_AT_MOST
    assert (waiting_in("intake.inbox", urls), waiting_in("icm.dead", urls)) == (0, 0)


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
