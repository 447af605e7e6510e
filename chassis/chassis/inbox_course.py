"""What happens to events that fail: tried again with growing pauses while other subjects flow, then parked (rule 6).

An event that tells of its whole source, as the heartbeat of consent does, overtakes none of that source that fails: it
is held until they are applied or parked (CO-8).

An event that was brought too often and never settled may be what ends its process. It is parked to be tried alone
(inbox_replay), long before the broker would give it up.

Holds the events between their arrival and their acknowledgement. Knows neither the broker nor SQL.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from chassis.inbox_apply import Applier, Delivery, HandlerFailed, Outcome

log = structlog.get_logger(__name__)

RETRY_PAUSES_S = (0.1, 0.5, 2.0)
MOST_TOGETHER = 200
SPLITS_BEFORE_ONE_BY_ONE = 3
RETURNED_TOO_OFTEN = 3

Line = tuple[str, str]


@dataclass
class Trouble:
    """A line whose first event fails; the others wait behind it."""

    waiting: deque[Delivery]
    attempts: int
    due: float
    reason: str


class Course:
    """Takes deliveries in order and settles each: applied, or parked. Times are seconds of a monotonic clock.

    `step` may raise DatabaseAway; nothing is lost then and the next step goes on.
    """

    def __init__(self, applier: Applier) -> None:
        self._applier = applier
        self._flow: deque[Delivery] = deque()
        self._troubles: dict[Line, Trouble] = {}
        self._held: list[Delivery] = []
        self._settled: list[Delivery] = []
        self._outcomes: list[Outcome] = []
        self.parked = 0
        self.retries = 0
        self.taken_aside = 0

    @property
    def waiting(self) -> int:
        """Events taken and not yet settled."""
        in_trouble = sum(len(each.waiting) for each in self._troubles.values())
        return len(self._flow) + len(self._held) + in_trouble

    @property
    def flowing(self) -> int:
        """Events that the next step would apply."""
        return len(self._flow)

    def take(self, deliveries: Iterable[Delivery]) -> None:
        """More events, in the order of their arrival."""
        for delivery in deliveries:
            trouble = self._troubles.get(delivery.line)
            if trouble is not None:
                trouble.waiting.append(delivery)
            else:
                self._flow.append(delivery)

    def step(self, *, now: float) -> None:
        """Apply a batch of what flows, then try again what is due. Raises DatabaseAway."""
        self._apply_flow(now)
        for line in [line for line, trouble in self._troubles.items() if trouble.due <= now]:
            self._try_again(line, now)

    def next_event(self, *, now: float, at_most: float) -> float:
        """Seconds until `step` has something to do; 0 when it has now."""
        if self._flow:
            return 0.0
        return max(0.0, min([at_most, *(each.due - now for each in self._troubles.values())]))

    def take_settled(self) -> tuple[list[Delivery], list[Outcome]]:
        """What may be acknowledged now, and what became of the batches."""
        settled, self._settled = self._settled, []
        outcomes, self._outcomes = self._outcomes, []
        return settled, outcomes

    def _troubled(self) -> set[str]:
        """The sources of which an event is in trouble."""
        return {trouble.waiting[0].event.source for trouble in self._troubles.values()}

    def _hold(self) -> None:
        """Keep back, in order, what would tell of a source in trouble; let go of what need not wait any more.

        What is let go comes behind the events that waited with it, and before the next of its own line.
        """
        held, self._held, flow = self._held, [], list(self._flow)
        lines = {each.line for each in held}
        at = next((place for place, each in enumerate(flow) if each.line in lines), len(flow))
        self._flow = deque(self._passing([*flow[:at], *held, *flow[at:]]))

    def _passing(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Those of the deliveries that may go on; the others are held, behind what is held already."""
        troubled = self._troubled()
        passing: list[Delivery] = []
        for each in deliveries:
            waits = each.event.source in troubled and self._applier.tells_of_its_source(each.event)
            (self._held if waits else passing).append(each)
        return passing

    def _apply_flow(self, now: float) -> None:
        if self._troubles or self._held:
            self._hold()
        batch = self._neighbours()
        splits = 0
        try:
            if batch and _stands_apart(batch[0]):
                self._take_aside(batch)
                batch = []
            while batch:
                try:
                    self._apply(batch)
                    batch = []
                except HandlerFailed as failed:
                    splits += 1
                    if len(failed.deliveries) > 1 or splits > SPLITS_BEFORE_ONE_BY_ONE:
                        self._one_by_one(batch, now)
                    else:
                        self._set_aside(batch, failed, now)
        finally:
            self._flow.extendleft(reversed(batch))  # the database went away: these go first next time

    def _neighbours(self) -> list[Delivery]:
        """The next events that can be dealt with together: all of them stand apart, or none."""
        batch: list[Delivery] = []
        while self._flow and len(batch) < MOST_TOGETHER:
            if batch and _stands_apart(self._flow[0]) is not _stands_apart(batch[0]):
                break
            batch.append(self._flow.popleft())
        return batch

    def _take_aside(self, batch: Sequence[Delivery]) -> None:
        self._outcomes.append(self._applier.take_aside(batch))
        self._settled += batch
        unreadable = sum(each.unreadable for each in batch)
        self.parked += unreadable
        self.taken_aside += len(batch) - unreadable
        log.warning("events_taken_aside", events=len(batch), key=batch[0].event.key)

    def _one_by_one(self, batch: list[Delivery], now: float) -> None:
        """Find out which events fail. Takes each from the batch as it is dealt with."""
        while batch:
            try:
                self._apply(batch[:1])
                del batch[0]
            except HandlerFailed as failed:
                self._set_aside(batch, failed, now)

    def _set_aside(self, batch: list[Delivery], failed: HandlerFailed, now: float) -> None:
        """Move the failed event and those of its line that follow from the batch into trouble."""
        culprit = failed.deliveries[0]
        at = batch.index(culprit)
        line = culprit.line
        waiting = deque(each for each in batch[at:] if each.line == line)
        batch[at:] = [each for each in batch[at:] if each.line != line]
        waiting.extend(each for each in self._flow if each.line == line)
        self._flow = deque(each for each in self._flow if each.line != line)
        self._troubles[line] = Trouble(waiting, 1, now + RETRY_PAUSES_S[0], failed.reason)
        batch[at:] = self._passing(batch[at:])
        log.warning("event_failed", key=culprit.event.key, reason=failed.reason, attempt=1)

    def _try_again(self, line: Line, now: float) -> None:
        trouble = self._troubles[line]
        first = trouble.waiting[0]
        self.retries += 1
        try:
            self._apply([first])
        except HandlerFailed as failed:
            trouble.attempts += 1
            trouble.reason = failed.reason
            log.warning("event_failed", key=first.event.key, reason=failed.reason, attempt=trouble.attempts)
            if trouble.attempts <= len(RETRY_PAUSES_S):
                trouble.due = now + RETRY_PAUSES_S[trouble.attempts - 1]
                return
            self._park(line, trouble)
            return
        del self._troubles[line]
        trouble.waiting.popleft()
        self._flow.extendleft(reversed(trouble.waiting))

    def _park(self, line: Line, trouble: Trouble) -> None:
        deliveries = list(trouble.waiting)
        self._applier.park(deliveries, reason=trouble.reason, attempts=trouble.attempts)
        del self._troubles[line]
        self.parked += len(deliveries)
        self._settled += deliveries
        log.error(
            "subject_parked", key=deliveries[0].event.key, reason=trouble.reason, events=len(deliveries)
        )

    def _apply(self, batch: Sequence[Delivery]) -> None:
        outcome = self._applier.apply(batch)
        self.parked += outcome.parked
        self._outcomes.append(outcome)
        self._settled += batch


def _stands_apart(delivery: Delivery) -> bool:
    """Whether it is parked before anything is tried: it came too often, or nobody can read it."""
    return delivery.unreadable or delivery.returned >= RETURNED_TOO_OFTEN
