"""A replica for the tests of messages: doors, relay or lane of a service, or the gateway's client, in one process.

python messages_worker.py '{"part": "lane", ...}'     orders and answers are lines of JSON
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import orjson  # noqa: E402
from sqlalchemy import text  # noqa: E402

from chassis import consented, inbox  # noqa: E402
from chassis.broker import Link  # noqa: E402
from chassis.database import open_engine, sessions  # noqa: E402
from chassis.doors import event, events  # noqa: E402
from chassis.errors import NotFound, Problem, RuleBroken  # noqa: E402
from chassis.events import Received  # noqa: E402
from chassis.inbox_lane import Lane  # noqa: E402
from chassis.outbox_relay import Relay  # noqa: E402
from chassis.rpc import Call, Client, DoorServer, Reply  # noqa: E402
from chassis.testing_messages import answer, orders  # noqa: E402
from chassis.transactions import lane_work  # noqa: E402
from chassis.work import Work  # noqa: E402


class Forbidden(RuleBroken):
    code = "forbidden_by_test"
    title = "The test forbids it"


def survive(work: Work, event: Received) -> None:
    """End the process, as running out of memory does, over a subject of the table `deadly`."""
    if work.session.execute(text("SELECT 1 FROM deadly WHERE subject = :s"), {"s": event.subject}).first():
        os.kill(os.getpid(), signal.SIGKILL)


def write_effect(work: Work, *, event: Received) -> None:
    """One row for the event; refuses subjects of the table `poison`, does not survive those of `deadly`."""
    survive(work, event)
    poisoned = work.session.execute(
        text("SELECT 1 FROM poison WHERE subject = :s"), {"s": event.subject}
    ).first()
    if poisoned:
        raise Forbidden(f"detail that may name a person: {event.data}")
    work.session.execute(
        text("INSERT INTO effects (event_id, subject, version, pid) VALUES (:e, :s, :v, :p)"),
        {"e": event.id, "s": event.subject, "v": event.version, "p": os.getpid()},
    )


def write_effects(work: Work, *, events: list[Received]) -> None:
    """The same, for a batch."""
    for each in events:
        write_effect(work, event=each)


def given(work: Work, *, event: Received) -> None:
    """As every service follows it."""
    survive(work, event)
    consented.given(work, event=event)


def withdrawn(work: Work, *, event: Received) -> None:
    """As every service follows it."""
    survive(work, event)
    consented.withdrawn(work, event=event)


@inbox.tells_of_its_source
def heartbeat(work: Work, *, event: Received) -> None:
    """As every service follows it."""
    consented.heartbeat(work, event=event)


def run_lane(settings: dict[str, Any]) -> None:
    """`crash_once`: a file; while it exists, the process dies between commit and acknowledgement."""
    factory = sessions(open_engine(settings["database_url"], pool_size=3))
    crash = Path(settings["crash_once"]) if settings.get("crash_once") else None

    @contextmanager
    def open_work(batch: list[Received]) -> Iterator[Work]:
        with lane_work(factory, service=settings["service"]) as work:
            yield work
        if crash is not None and batch and crash.exists():
            crash.unlink()
            os._exit(9)

    lane = Lane(
        amqp_url=settings["amqp_url"],
        service=settings["service"],
        subscriptions=[
            event("cases.case.opened.v1", do=write_effect),
            event("cases.case.closed.v1", do=write_effect),
            events("*.access.recorded.v1", do=write_effects),
            event("consent.consent.given.v1", do=given),
            event("consent.consent.withdrawn.v1", do=withdrawn),
            event("consent.heartbeat.sent.v1", do=heartbeat),
        ],
        open_work=open_work,
    )
    _serve(lane)


def run_relay(settings: dict[str, Any]) -> None:
    relay = Relay(
        amqp_url=settings["amqp_url"], database_url=settings["database_url"], service=settings["service"]
    )
    _serve(relay)


def run_doors(settings: dict[str, Any]) -> None:
    """`executed` counts the calls that were begun, in a file that all replicas share."""
    executed = Path(settings["executed"])

    def handle(call: Call) -> Reply:
        with executed.open("a") as log:
            log.write(f"{call.door} {os.getpid()}\n")
        arguments = orjson.loads(call.body)
        if call.door == "missing":
            raise NotFound()
        if call.door == "broken":
            raise ValueError("a text that may name a person")
        if "sleep_s" in arguments:
            eventlet.sleep(arguments["sleep_s"])
        if call.door == "block":
            time.sleep(0)
        seen = {name: value for name, value in call.headers.items() if name != "deadline"}
        return Reply(
            body=orjson.dumps({"pid": os.getpid(), "arguments": arguments, "headers": seen}), etag='"3"'
        )

    _serve(
        DoorServer(
            amqp_url=settings["amqp_url"],
            service=settings["service"],
            handle=handle,
            max_workers=settings.get("max_workers", 10),
        )
    )


def run_client(settings: dict[str, Any]) -> None:
    """Each order is a call; answers come as the replies do."""
    client = Client(settings["amqp_url"])
    client.start()
    answer(ready=True)

    def call(order: dict[str, Any]) -> None:
        began = time.monotonic()
        told: dict[str, Any]
        try:
            body = orjson.dumps(order.get("arguments", {}))
            reply = client.call(order["service"], order["door"], body, **order.get("options", {}))
            told = {"body": orjson.loads(reply.body), "etag": reply.etag, "http": reply.http}
        except Problem as problem:
            told = {"problem": problem.to_wire()}
        answer(took_s=time.monotonic() - began, number=order.get("number"), **told)

    for order in orders():
        if order.get("do") == "figures":
            answer(**client.figures(), is_ready=client.ready)
        else:
            eventlet.spawn(call, order)
    client.stop()


def run_link(settings: dict[str, Any]) -> None:
    """A bare link with a short heartbeat."""
    opened = []
    link = Link(
        url=settings["amqp_url"], name="test", on_open=opened.append, heartbeat_s=settings["heartbeat_s"]
    )
    link.start()
    answer(ready=True)
    for _ in orders():
        answer(state=link.state, opened=len(opened), reconnects=link.reconnects)
    link.close()


def _serve(part: Any) -> None:
    part.start()
    answer(ready=True)
    for order in orders():
        if order["do"] == "stop":
            part.stop()
        linked = part.linked if isinstance(part, Lane) else part.ready
        answer(**part.figures(), is_ready=part.ready, linked=linked)
    part.stop()


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    {"lane": run_lane, "relay": run_relay, "doors": run_doors, "client": run_client, "link": run_link}[
        wanted["part"]
    ](wanted)
