"""`/api/v1/audit/stream`: the audit log as server-sent events, from any position, as long as one listens (AU-5).

The audit service is asked with the listener's own token: alone while there is more to catch up with, in one question
with all the others at the head of the log (`together.py`). So a listener whose token ends or whose role is taken away
hears no more. At most one page of entries is held for each listener, and nobody is asked for whoever hung up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson
from flask import Response, request

from chassis.errors import DeadlineExceeded, InvalidInput, Problem, Unavailable, invalid
from gateway.asking import misshapen
from gateway.callers import Caller
from gateway.heard import Heard, event
from gateway.house import House, house
from gateway.listeners import Line
from gateway.shape import expect_only
from gateway.together import AT_ONCE, LISTEN_S

HEARTBEAT_S = 10.0
FROM_NOW_ON = None
NOTHING = Heard(items=[], after=-1)
_LARGEST = 2**53


def stream() -> Response:
    """Answer with the stream, once the first round has shown that the caller may have it."""
    keeper = house()
    caller = keeper.gate.admit(request)
    with misshapen(caller, "audit", "follow_entries"):
        place, after = _position()
    line = Line(request.environ, patience_s=keeper.settings.slowest_listener_s)
    listening = Listening(keeper=keeper, caller=caller, line=line, after=after)
    keeper.seats.take(listening)
    try:
        opening = listening.ask_alone(opening=True)
    except InvalidInput as refused:
        listening.leave()
        raise InvalidInput(errors=[replace(each, pointer=place) for each in refused.errors]) from None
    except BaseException:
        listening.leave()
        raise
    # Else eventlet keeps small pieces back until there are four thousand bytes of them.
    request.environ["eventlet.minimum_write_chunk_size"] = 0
    response = Response(listening.events(opening), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(listening.leave)
    return response


@dataclass(eq=False)
class Listening:
    """One listener at the stream."""

    keeper: House
    caller: Caller
    line: Line
    after: int | None
    at_the_head: bool = False

    @property
    def subject(self) -> str:
        """Whose sign-in it is."""
        return self.caller.actor.subject

    @property
    def has_left(self) -> bool:
        """Whether the listener has hung up."""
        return self.line.dead

    def leave(self) -> None:
        """Give the place back."""
        self.keeper.seats.give_back(self)

    @property
    def goes_on(self) -> bool:
        """Whether somebody is there, still has a place, and the process stays."""
        return not self.keeper.doorbell.stopping and self.keeper.seats.has(self) and not self.has_left

    def ask_alone(self, *, opening: bool = False) -> Heard:
        """The next entries, from the audit service."""
        asked = {"after": self.after, "limit": AT_ONCE, "opening": opening}
        reply = self.keeper.client.call(
            "audit",
            "follow_entries",
            orjson.dumps(asked),
            token=self.caller.token,
            deadline_s=self.keeper.settings.deadline_s,
            purpose=self.caller.purpose,
            origin=self.caller.origin,
        )
        found = Heard.told(orjson.loads(reply.body))
        self.after, self.at_the_head = found.after, len(found.items) < AT_ONCE
        return found

    def next(self) -> Heard:
        """What comes next: at once while there is more, else when the log has grown or a second is over."""
        together, bell = self.keeper.together, self.keeper.doorbell
        if self.at_the_head and self.after is not None:
            if together.has_room_for(self.after):
                found = together.next(self.caller, after=self.after, stays=lambda: self.goes_on)
                if found is not None:
                    self.after = found.after
                    return found
            else:
                bell.wait(seconds=LISTEN_S, since=bell.rings)
        return self.ask_alone() if self.goes_on else NOTHING

    def events(self, opening: Heard) -> Iterator[bytes]:
        """The lines of the stream until the listener hangs up, the token ends or the process stops."""
        yield b"retry: 1000\n\n"
        found = opening
        silent_since = time.monotonic()
        while self.goes_on:
            if found.items:
                yield found.lines
                self.keeper.seats.sent += len(found.items)
                silent_since = time.monotonic()
            elif time.monotonic() - silent_since >= HEARTBEAT_S:
                yield b": still here\n\n"
                silent_since = time.monotonic()
            try:
                found = self.next()
            except (Unavailable, DeadlineExceeded):
                # The audit service is away: stay, and go on where we were.
                self.keeper.doorbell.wait(seconds=LISTEN_S, since=self.keeper.doorbell.rings)
                found = NOTHING
            except Problem as refused:
                yield event("refused", {"code": refused.code, "status": refused.status})
                return


def _position() -> tuple[str, int | None]:
    """The position after which to begin, and where it was told: Last-Event-ID, else ?after, else from now on."""
    expect_only(request, "after")
    stated = request.headers.get("Last-Event-ID")
    place, given = ("header/Last-Event-ID", stated) if stated else ("query/after", request.args.get("after"))
    if given is None:
        return place, FROM_NOW_ON
    if not given.removeprefix("-").isascii() or not given.removeprefix("-").isdigit() or len(given) > 17:
        raise invalid(place, "type", "Must be a position in the log.")
    position = int(given)
    if not -1 <= position <= _LARGEST:
        raise invalid(place, "range", "Must be a position in the log, or -1 for the beginning.")
    return place, position
