"""One question a round for everybody at the head of the audit log, however many listen (AU-5).

The audit service decides anew in each round, by each listener's own token, for whom the answer is. Whoever it sets
apart asks by themselves, is told why, and leaves an entry. Nobody is waited for: a listener takes part in a round while
it has nothing left to write, and whoever fell behind reads pages by itself until it is at the head again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson
import structlog

from audit.entries.schemas import MOST_BESIDE
from chassis.errors import DeadlineExceeded, Problem, Unavailable
from chassis.rpc import Client
from gateway.callers import Caller
from gateway.doorbell import Doorbell
from gateway.heard import Heard

AT_ONCE = 100
LISTEN_S = 1.0
# After a whole page there is more: so long that those who heard it can have written it out.
_MORE_S = 0.05

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Waiting:
    """A listener who waits for what comes after a position; `heard` stays None for whoever is to ask alone."""

    caller: Caller
    after: int
    stays: Callable[[], bool]
    heard: Heard | None = None
    refused: Problem | None = None
    answered: threading.Event = field(default_factory=threading.Event)


class Together:
    """The listeners of one process who are at the head of the log, and the rounds in which they hear of more."""

    def __init__(self, *, client: Client, doorbell: Doorbell, deadline_s: float) -> None:
        self._client = client
        self._doorbell = doorbell
        self._deadline_s = deadline_s
        self._waiting: list[_Waiting] = []
        self._reached = -1
        self.rounds = 0

    def has_room_for(self, after: int) -> bool:
        """Whether somebody at this position is near enough to the others that one page serves all."""
        return self._reached - after < AT_ONCE

    def next(self, caller: Caller, *, after: int, stays: Callable[[], bool]) -> Heard | None:
        """What the next round tells beyond a position, perhaps nothing; None when the caller is to ask alone.

        Nobody is asked for whoever does not stay. Raises what the audit service refuses this caller with.
        """
        if self._doorbell.stopping:
            return Heard(items=[], after=after)
        one = _Waiting(caller=caller, after=after, stays=stays)
        self._waiting.append(one)
        one.answered.wait()
        if one.refused is not None:
            raise one.refused
        return one.heard

    def keep(self) -> None:
        """Hold rounds, each soon after the log has grown and at least once a second, until the process stops."""
        rings, pause_s = self._doorbell.rings, LISTEN_S
        while not self._doorbell.stopping:
            self._doorbell.wait(seconds=pause_s, since=rings)
            rings = self._doorbell.rings
            waiting, self._waiting = self._waiting, []
            before = self._reached
            try:
                self._hold([each for each in waiting if each.stays()])
            except Exception as fault:
                log.error("audit_round_failed", exc_info=fault)
            finally:
                for each in waiting:
                    each.answered.set()
            pause_s = _MORE_S if self._reached - before >= AT_ONCE else LISTEN_S
        for each in self._waiting:
            each.heard = Heard(items=[], after=each.after)
            each.answered.set()

    def _hold(self, waiting: Sequence[_Waiting]) -> None:
        by_token: dict[tuple[str, str | None], list[_Waiting]] = {}
        for each in waiting:
            by_token.setdefault((each.caller.token, each.caller.purpose), []).append(each)
        groups = list(by_token.values())
        for at in range(0, len(groups), MOST_BESIDE):
            self._ask(groups[at : at + MOST_BESIDE])

    def _ask(self, groups: list[list[_Waiting]]) -> None:
        """Ask once for these groups, each of one sign-in, with the token of the first that is not refused itself."""
        while groups:
            everybody = [each for group in groups for each in group]
            after = min(each.after for each in everybody)
            asker = groups[0][0].caller
            named = [
                {"token": group[0].caller.token, "purpose": group[0].caller.purpose} for group in groups[1:]
            ]
            asked = {"after": after, "limit": AT_ONCE, "opening": False, "beside": named}
            self.rounds += 1
            try:
                reply = self._client.call(
                    "audit",
                    "follow_entries",
                    orjson.dumps(asked),
                    token=asker.token,
                    deadline_s=self._deadline_s,
                    purpose=asker.purpose,
                    origin=asker.origin,
                )
            except (Unavailable, DeadlineExceeded):
                for each in everybody:  # the audit service is away: stay, and go on where we were
                    each.heard = Heard(items=[], after=each.after)
                return
            except Problem as refusal:
                if refusal.status not in (401, 403):
                    return  # an audit service that is asked for one at a time: each asks alone
                groups.pop(0)[0].refused = refusal
                continue
            told = orjson.loads(reply.body)
            heard, apart = Heard.told(told), set(told["apart"])
            self._reached = max(self._reached, heard.after)
            for place, group in enumerate(groups, start=-1):
                for each in () if place in apart else group:
                    each.heard = heard.beyond(each.after)
            return
