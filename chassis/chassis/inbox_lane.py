"""The ordered lane: take events from `<service>.inbox`, apply them in batches, acknowledge after commit (rule 6)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

import amqp
import eventlet
import structlog
from eventlet.event import Event
from nameko.extensions import Entrypoint

from chassis import moment
from chassis.broker import Link
from chassis.events import Undecodable, decode, unreadable
from chassis.frames import Connection
from chassis.inbox_apply import Applier, DatabaseAway, Delivery, OpenWork, Outcome, Subscribed
from chassis.inbox_course import MOST_TOGETHER, Course
from chassis.inbox_replay import Replay
from chassis.topology import inbox_of
from chassis.wire import Incoming, ack_frame, reject_frame

log = structlog.get_logger(__name__)

PREFETCH = 3 * MOST_TOGETHER
IDLE_S = 1.0
GATHER_S = 0.02
GATHER_FOR_BATCHES_S = 0.1
ENOUGH_TOGETHER = 50
FORGET_EVERY_S = 600.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 3.0
GRACE_S = 5.0


class Lane(Entrypoint):
    """Applies the events that a service subscribes to, each once, in the order of its subject.

    The broker keeps one lane of a service active. An event is acknowledged after its effects are committed;
    one that comes again is known and skipped. When the database is away the lane waits and keeps
    everything. `on_lag(seconds)` is called for each event with the time from its happening to the commit of
    its effect. Works bound to a nameko container and without one.
    """

    def __init__(
        self,
        *,
        amqp_url: str,
        service: str,
        subscriptions: Sequence[Subscribed],
        open_work: OpenWork,
        on_lag: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__()
        self._service = service
        self._applier = Applier(subscriptions=subscriptions, open_work=open_work)
        self._course = Course(self._applier)
        self._replays = Replay(self._applier)
        self._link = Link(
            url=amqp_url, name=f"{service}.lane", on_open=self._set_up, on_down=self._lose_the_broker
        )
        self._on_lag = on_lag
        self._arrivals: deque[Incoming] = deque()
        self._unacknowledged: dict[int, None] = {}
        self._wake = Event()
        self._thread: Any = None
        self._channel: Any = None
        self._asked = False
        self._stopping = False
        self._away = False
        self._lag_s = 0.0
        self._stepped_at = 0.0
        # Who takes whole batches gains most by waiting for them.
        self._gather_s = GATHER_FOR_BATCHES_S if any(each.batch for each in subscriptions) else GATHER_S
        self._counts = {
            "applied": 0, "doubles": 0, "parked": 0, "ignored": 0, "undecodable": 0,
            "batches": 0, "replayed": 0, "retries": 0, "taken_aside": 0, "database_errors": 0,
        }  # fmt: skip

    @property
    def ready(self) -> bool:
        """Whether events can arrive and be applied now."""
        return self._link.up and not self._away

    @property
    def linked(self) -> bool:
        """Whether there is a connection to the broker, wherever the database is."""
        return self._link.up

    def figures(self) -> dict[str, float]:
        """Counters since the start; events waiting in this process; lag of the last event in seconds."""
        return {
            **self._counts,
            "waiting": float(len(self._arrivals) + self._course.waiting),
            "lag_s": self._lag_s,
            "database_away": float(self._away),
            "reconnects": float(self._link.reconnects),
        }

    def start(self) -> None:
        """Begin to take events, in the background."""
        if self._thread is None:
            self._link.start()
            self._thread = eventlet.spawn(self._run)

    def stop(self) -> None:
        """Finish the batch that runs, acknowledge it, then close; the broker keeps the rest."""
        self._stopping = True
        self._rouse()
        if self._channel is not None and self._link.up:
            try:
                self._channel.basic_cancel(self._service, nowait=True)
            except (OSError, amqp.AMQPError):
                self._link.break_off()
        if self._thread is not None:
            with eventlet.Timeout(GRACE_S, False):
                self._thread.wait()
            eventlet.kill(self._thread)
        self._link.close()

    def kill(self) -> None:
        """Stop at once; what is not committed comes again."""
        self._stopping = True
        if self._thread is not None:
            eventlet.kill(self._thread)
        self._link.close(timeout_s=0.1)

    def _set_up(self, connection: Connection) -> None:
        self._begin_anew()
        channel = connection.channel()
        channel.basic_qos(0, PREFETCH, False)
        self._channel = channel
        self._rouse()

    def _ask_for_events(self) -> None:
        """Have the broker send events. Not before the database has answered: each time that a connection ends with
        events under way the broker counts that against all of them, and gives up what it has brought too often.
        """
        if self._channel is None or self._asked or self._stopping:
            return
        self._asked = True
        try:
            self._channel.consume(
                inbox_of(self._service), tag=self._service, on_message=self._arrived, nowait=True
            )
        except (OSError, amqp.AMQPError):
            self._link.break_off()

    def _lose_the_broker(self) -> None:
        self._channel = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        """What was delivered and not acknowledged is delivered again, in order, to whoever is active then."""
        self._asked = False
        self._arrivals = deque()
        self._unacknowledged = {}
        self._course = Course(self._applier)

    def _arrived(self, message: Incoming) -> None:
        self._unacknowledged[message.delivery_tag] = None
        self._arrivals.append(message)
        self._rouse()

    def _rouse(self) -> None:
        if not self._wake.ready():
            self._wake.send(None)

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        replay_at = forget_at = monotonic()
        while not self._stopping:
            self._wait_for_work(replay_at)
            course = self._course
            try:
                course.take(self._decoded(MOST_TOGETHER - course.flowing))
                try:
                    course.step(now=monotonic())
                finally:
                    self._settle(course)
                self._stepped_at = monotonic()
                if monotonic() >= replay_at or not self._asked:
                    replay_at = monotonic() + (0 if self._replay() else IDLE_S)
                    self._ask_for_events()
                if monotonic() >= forget_at:
                    forget_at = monotonic() + FORGET_EVERY_S
                    self._applier.forget_old()
                self._away, pause = False, FIRST_PAUSE_S
            except DatabaseAway as away:
                self._counts["database_errors"] += 1
                if not self._away:
                    log.warning("lane_waits_for_database", service=self._service, cause=str(away))
                self._away = True
                eventlet.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except (Exception, eventlet.Timeout):
                log.exception("lane_failed", service=self._service)
                self._link.break_off()
                eventlet.sleep(LONGEST_PAUSE_S)

    def _wait_for_work(self, replay_at: float) -> None:
        now = monotonic()
        patience = self._course.next_event(now=now, at_most=max(0.0, replay_at - now))
        self._wake = Event()
        if not self._arrivals and patience > 0 and not self._stopping:
            self._wake.wait(timeout=patience)
        # After a pause an event is applied at once; in a steady flow a short wait lets more share a transaction.
        gathering = self._stepped_at + self._gather_s - monotonic()
        if gathering > 0 and len(self._arrivals) < ENOUGH_TOGETHER and not self._stopping:
            eventlet.sleep(gathering)

    def _decoded(self, most: int) -> Iterable[Delivery]:
        """Up to `most` arrivals as events, at least one; what is no event goes to the dead letters.

        Of a source of which none may be missed it is kept instead: it may be a withdrawal (CO-8).
        """
        taken: list[Delivery] = []
        while self._arrivals and len(taken) < max(1, most):
            message = self._arrivals.popleft()
            tag, body = message.delivery_tag, message.body
            try:
                event = decode(body)
                if event.key != message.routing_key:
                    raise Undecodable("the routing key is not the event's")
            except Undecodable as fault:
                self._counts["undecodable"] += 1
                log.error("event_undecodable", service=self._service, fault=type(fault).__name__)
                if self._applier.is_told_of(message.routing_key.split(".", 1)[0]):
                    kept = unreadable(body, key=message.routing_key)
                    taken.append(Delivery(event=kept, body=body, tag=tag, unreadable=True))
                    continue
                self._unacknowledged.pop(tag, None)
                self._send([reject_frame(self._channel, tag)] if self._channel is not None else [])
                continue
            published = message.headers.get("traceparent")
            if isinstance(published, str):
                event = replace(event, traceparent=published)
            taken.append(Delivery(event=event, body=body, tag=tag, returned=_returned(message)))
        return taken

    def _settle(self, course: Course) -> None:
        """Acknowledge what is committed, and count it."""
        settled, outcomes = course.take_settled()
        for outcome in outcomes:
            self._count(outcome)
        self._counts["parked"] += course.parked
        self._counts["retries"] += course.retries
        self._counts["taken_aside"] += course.taken_aside
        course.parked = course.retries = course.taken_aside = 0
        if course is self._course and settled and self._channel is not None:
            self._send(self._acknowledgements({each.tag for each in settled}))

    def _acknowledgements(self, tags: set[int]) -> list[bytes]:
        """As few frames as can be: one for the unbroken row from the oldest on, one for each other."""
        upto = 0
        for tag in list(self._unacknowledged):
            if tag not in tags:
                break
            upto = tag
            tags.discard(tag)
            del self._unacknowledged[tag]
        for tag in tags:
            self._unacknowledged.pop(tag, None)
        frames = [ack_frame(self._channel, upto, multiple=True)] if upto else []
        return frames + [ack_frame(self._channel, tag) for tag in sorted(tags)]

    def _send(self, frames: list[bytes]) -> None:
        if not frames:
            return
        try:
            self._link.send(b"".join(frames))
        except ConnectionError:
            log.warning("lane_lost_broker", service=self._service)

    def _count(self, outcome: Outcome) -> None:
        self._counts["batches"] += 1
        self._counts["applied"] += len(outcome.applied)
        self._counts["doubles"] += outcome.doubles
        self._counts["ignored"] += outcome.ignored
        now = moment.now()
        for event in outcome.applied:
            self._lag_s = (now - event.time).total_seconds()
            if self._on_lag is not None:
                self._on_lag(self._lag_s)

    def _replay(self) -> bool:
        """Apply one parked event that somebody wants replayed; True when there may be more."""
        again = self._replays.one()
        self._counts["replayed"] += int(again)
        return again


def _returned(message: Incoming) -> int:
    """How often the broker has brought this message before.

    RabbitMQ before 4.3 counts each return as a delivery; later ones count what was taken on its own (ADR 0072).
    """
    counts = (message.headers.get(name) for name in ("x-delivery-count", "x-acquired-count"))
    return max((count for count in counts if isinstance(count, int)), default=0)
