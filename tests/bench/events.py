"""From a committed outbox row to a committed effect in another service's database, against bare AMQP.

One process writes: ten workers, transactions of ten events each (of ten subjects out of 500), by
`chassis.outbox.append`, and runs the relay, as a service does. A second process runs the lane of another
service, whose batch handler writes one row for each event. Both stand on one PostgreSQL server and one
RabbitMQ, all on this machine. `per_s` counts from the first transaction to the commit of the last effect,
with nothing in the outbox before; every effect is then checked: once, and in the order of its subject. The
lag is that of single-event transactions at a steady 300 a second, from the event's time to the commit of
its effect. `raw_amqp_per_s` is what the same two processes do with the same bodies and no database: publish
with pipelined confirms, consume from the same quorum queue with the same prefetch.

    icm test-servers -- python -m tests.bench.events
"""

from __future__ import annotations

import json
import sys
from time import monotonic, perf_counter
from typing import Any

from chassis.testing_messages import Program
from tests.bench import rig

KEY = "cases.case.opened.v1"
SUBJECTS = 500
EACH = 10
WRITERS = 10
WARM_UP = 5_000
EVENTS = 30_000
STEADY_PER_S = 300
STEADY_S = 15
ROUNDS = 3


def main() -> None:
    """Run the rounds and print the figures; exits with 1 when an effect is missing, double or out of order."""
    contract = {KEY: {"consumers": ["intake"]}}
    with rig.fresh_vhost(events=contract) as urls, rig.database() as written, rig.database() as read:
        module = "tests.bench.events"
        with (
            rig.process(module, "service", amqp_url=urls["cases"], database_url=written) as service,
            rig.process(module, "lane", amqp_url=urls["intake"], database_url=read) as lane,
        ):
            _through(service, lane, WARM_UP)
            rates = [_through(service, lane, EVENTS) for _ in range(ROUNDS)]
            lane.ask(do="forget_lags")
            steady = service.ask(do="steady", per_s=STEADY_PER_S, seconds=STEADY_S)
            lags = lane.ask(do="lags", expect=steady["written"])["lags"]
            checked = lane.ask(do="check")
        with (
            rig.process(module, "raw_publisher", amqp_url=urls["cases"]) as publisher,
            rig.process(module, "raw_consumer", amqp_url=urls["intake"]) as consumer,
        ):
            _raw(publisher, consumer, WARM_UP)
            raw = [_raw(publisher, consumer, EVENTS) for _ in range(ROUNDS)]
    per_s, raw_per_s = rig.median(rates), rig.median(raw)
    figures = {
        "bench": "events",
        "per_s": round(per_s),
        "raw_amqp_per_s": round(raw_per_s),
        "ratio": round(per_s / raw_per_s, 3),
        "lag_p50_ms_at_300_per_s": round(rig.percentile(lags, 0.5) * 1000, 1),
        "lag_p99_ms_at_300_per_s": round(rig.percentile(lags, 0.99) * 1000, 1),
        "rounds_per_s": [round(rate) for rate in rates],
        "wrong": checked["wrong"],
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.exit(1 if checked["wrong"] else 0)


def _through(service: Program, lane: Program, events: int) -> float:
    began = monotonic()
    service.tell(do="write", events=events)
    lane.ask(do="await", more=events)
    took = monotonic() - began
    service.answer()
    return events / took


def _raw(publisher: Program, consumer: Program, events: int) -> float:
    began = monotonic()
    publisher.tell(do="publish", events=events)
    consumer.ask(do="await", more=events)
    took = monotonic() - began
    publisher.answer()
    return events / took


def run_service(settings: dict[str, Any]) -> None:
    """The writing service: transactions, outbox and relay."""
    from uuid import uuid4

    import eventlet
    from sqlalchemy.orm import Session

    from chassis import outbox
    from chassis.database import Base, open_engine
    from chassis.events import event
    from chassis.outbox_relay import Relay

    engine = open_engine(settings["database_url"], pool_size=WRITERS)
    names = (outbox.OutboxMessage.__tablename__, outbox.SubjectVersion.__tablename__)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in names])
    relay = Relay(amqp_url=settings["amqp_url"], database_url=settings["database_url"], service="cases")
    relay.start()
    subjects = [uuid4() for _ in range(SUBJECTS)]
    count = 0

    def write(events: int) -> None:
        nonlocal count
        with Session(engine) as session, session.begin():
            happened = []
            for _ in range(events):
                count += 1
                subject = subjects[count * 7 % SUBJECTS]
                happened.append(event(KEY, subject=subject, data={"case_id": str(subject), "number": count}))
            outbox.append(session, happened, source="cases", traceparent=None)

    def write_many(transactions: int) -> None:
        for _ in range(transactions):
            write(EACH)

    while not relay.active:
        eventlet.sleep(0.01)
    rig.answer(ready=True)
    for order in rig.orders():
        before = count
        if order["do"] == "write":
            share = order["events"] // EACH // WRITERS
            for writer in [eventlet.spawn(write_many, share) for _ in range(WRITERS)]:
                writer.wait()
        elif order["do"] == "steady":
            began = perf_counter()
            for number in range(order["per_s"] * order["seconds"]):
                eventlet.sleep(max(0.0, began + number / order["per_s"] - perf_counter()))
                write(1)
        rig.answer(written=count - before, **relay.figures())
    relay.stop()


def run_lane(settings: dict[str, Any]) -> None:
    """The reading service: lane, and one row for each event."""
    import eventlet
    import orjson
    from sqlalchemy import BigInteger, Column, Identity, Table, Text, Uuid, text

    from chassis import inbox
    from chassis.database import Base, open_engine, sessions
    from chassis.doors import events
    from chassis.events import Received
    from chassis.inbox_lane import Lane
    from chassis.transactions import lane_work
    from chassis.work import Work

    effects = Table(
        "bench_effects",
        Base.metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("event_id", Uuid),
        Column("subject", Text),
        Column("version", BigInteger),
        Column("number", BigInteger),
    )
    # One statement, not one for each row: psycopg waits for each by itself.
    into_effects = text(
        "INSERT INTO bench_effects (event_id, subject, version, number) SELECT * FROM json_to_recordset"
        "(CAST(:rows AS json)) AS r (event_id uuid, subject text, version bigint, number bigint)"
    )
    applied = 0
    lags: list[float] = []

    def keep(work: Work, *, events: list[Received]) -> None:
        rows = [{"event_id": e.id, "subject": e.subject, "version": e.version, **e.data} for e in events]
        work.session.execute(into_effects, {"rows": orjson.dumps(rows).decode()})

    engine = open_engine(settings["database_url"], pool_size=3)
    names = [each.__tablename__ for each in (inbox.InboxSeen, inbox.InboxSubject, inbox.ParkedEvent)]
    Base.metadata.create_all(engine, tables=[effects, *(Base.metadata.tables[name] for name in names)])
    factory = sessions(engine)
    lane = Lane(
        amqp_url=settings["amqp_url"],
        service="intake",
        subscriptions=[events(KEY, do=keep)],
        open_work=lambda _events: lane_work(factory, service="intake"),
        on_lag=lags.append,
    )
    lane.start()
    while not lane.ready:
        eventlet.sleep(0.01)
    rig.answer(ready=True)
    for order in rig.orders():
        if order["do"] == "await":
            applied += order["more"]
            while lane.figures()["applied"] < applied:
                eventlet.sleep(0.005)
            rig.answer(**lane.figures())
        elif order["do"] == "forget_lags":
            lags.clear()
            rig.answer()
        elif order["do"] == "lags":
            while len(lags) < order["expect"]:
                eventlet.sleep(0.01)
            applied += order["expect"]
            rig.answer(lags=lags)
        else:
            wrong = text(
                "SELECT count(*) FROM (SELECT version - lag(version, 1, 0::bigint) OVER"
                " (PARTITION BY subject ORDER BY id) AS step FROM bench_effects) AS s WHERE step <> 1"
            )
            with engine.connect() as connection:
                kept = connection.execute(text("SELECT count(*) FROM bench_effects")).scalar_one()
                rig.answer(
                    wrong=connection.execute(wrong).scalar_one() + abs(kept - applied), **lane.figures()
                )
    lane.stop()


def run_raw_publisher(settings: dict[str, Any]) -> None:
    """Publish with pipelined confirms, at most 1,000 unconfirmed."""
    from uuid import uuid4

    import eventlet

    from chassis.broker import Link
    from chassis.events import encode, event
    from chassis.frames import Connection
    from chassis.topology import EVENTS as EXCHANGE
    from chassis.wire import PERSISTENT, Publisher, properties

    state: dict[str, Any] = {"confirmed": 0, "sent": 0}

    def set_up(connection: Connection) -> None:
        channel = connection.channel()
        channel.confirm_select()

        def confirmed(tag: int, multiple: bool) -> None:
            state["confirmed"] = max(state["confirmed"], tag) if multiple else state["confirmed"] + 1

        channel.events["basic_ack"].add(confirmed)
        state["publisher"] = Publisher(channel, exchange=EXCHANGE, mandatory=True)

    link = Link(url=settings["amqp_url"], name="bench.raw.publisher", on_open=set_up)
    link.start()
    link.wait_ready(timeout_s=rig.PATIENCE_S)
    body = encode(
        event(KEY, subject=uuid4(), data={"case_id": str(uuid4()), "number": 1}),
        source="cases", version=1, traceparent=None,
    )  # fmt: skip
    rig.answer(ready=True)
    for order in rig.orders():
        for _ in range(order["events"] // 50):
            while state["sent"] - state["confirmed"] > 1_000:
                eventlet.sleep(0.001)
            frames = []
            for _ in range(50):
                described = properties(
                    headers={},
                    mode=PERSISTENT,
                    content_type="application/cloudevents+json",
                    message_id=str(uuid4()),
                )
                frames.append(state["publisher"].frames(KEY, body, described))
            link.send(b"".join(frames))
            state["sent"] += 50
            eventlet.sleep(0)
        rig.answer(sent=state["sent"])
    link.close()


def run_raw_consumer(settings: dict[str, Any]) -> None:
    """Consume and acknowledge, in groups of 50."""
    import eventlet

    from chassis.broker import Link
    from chassis.frames import Connection
    from chassis.inbox_lane import PREFETCH
    from chassis.topology import inbox_of
    from chassis.wire import Incoming, ack_frame

    state = {"got": 0, "expected": 0}

    def set_up(connection: Connection) -> None:
        channel = connection.channel()
        channel.basic_qos(0, PREFETCH, False)

        def arrived(message: Incoming) -> None:
            state["got"] += 1
            if state["got"] % 50 == 0:
                link.send(ack_frame(channel, message.delivery_tag, multiple=True))

        channel.consume(inbox_of("intake"), tag="raw", on_message=arrived)

    link = Link(url=settings["amqp_url"], name="bench.raw.consumer", on_open=set_up)
    link.start()
    link.wait_ready(timeout_s=rig.PATIENCE_S)
    rig.answer(ready=True)
    for order in rig.orders():
        state["expected"] += order["more"]
        while state["got"] < state["expected"]:
            eventlet.sleep(0.005)
        rig.answer(got=state["got"])
    link.close()


_ROLES = {
    "service": run_service,
    "lane": run_lane,
    "raw_publisher": run_raw_publisher,
    "raw_consumer": run_raw_consumer,
}

if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import eventlet

        eventlet.monkey_patch()
        _ROLES[sys.argv[1]](json.loads(sys.argv[2]))
