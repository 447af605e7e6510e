"""A small world for the question whether any permit is stale: what is decided, and the way on which it is told.

`Authority` decides and publishes as the consent service does: through an outbox in which one consent can be stuck while
others pass. `Known` is the plain model that reads what happened: all of it is the truth, the part that a service has
applied is what that service may know. The services are in `consent_follower`, what happens to them in `consent_walk`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol
from uuid import UUID

from chassis.events import Event, decode, encode
from chassis.inbox_apply import Delivery
from chassis.testing import Clock

LIMIT = timedelta(seconds=10)
CLOCKS_DIFFER = timedelta(seconds=1)
BEAT = timedelta(seconds=2)
KEYS = {
    "given": "consent.consent.given.v1",
    "refused": "consent.consent.refused.v1",
    "withdrawn": "consent.consent.withdrawn.v1",
    "expired": "consent.consent.expired.v1",
    "restriction_placed": "consent.restriction.placed.v1",
    "restriction_lifted": "consent.restriction.lifted.v1",
    "emergency_opened": "consent.emergency.opened.v1",
    "emergency_ended": "consent.emergency.ended.v1",
    "heartbeat": "consent.heartbeat.sent.v1",
    "linked": "intake.person.linked.v1",
}
OPENS_AGAIN = ("given", "restriction_lifted", "emergency_opened")


@dataclass
class Known:
    """What a row of events means, read plainly."""

    consents: dict[str, dict[str, Any]] = field(default_factory=dict)
    emergencies: dict[str, dict[str, Any]] = field(default_factory=dict)
    restricted: set[UUID] = field(default_factory=set)
    clusters: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    heard: datetime | None = None
    newest: dict[str, int] = field(default_factory=dict)

    def hear(self, kind: str, told: dict[str, Any], *, subject: str = "", version: int | None = None) -> None:
        """One event more; what opens and was overtaken by a later word of its subject means nothing."""
        overtaken = version is not None and version < self.newest.get(subject, 0)
        if version is not None:
            self.newest[subject] = max(version, self.newest.get(subject, 0))
        if not (overtaken and kind in OPENS_AGAIN):
            getattr(self, f"_{kind}")(told)

    def _given(self, told: dict[str, Any]) -> None:
        self.consents[told["consent_id"]] = {**told, "categories": set(told["categories"])}

    def _withdrawn(self, told: dict[str, Any]) -> None:
        self.consents.pop(told["consent_id"], None)

    _expired = _withdrawn

    def _refused(self, told: dict[str, Any]) -> None:
        for consent in self.consents.values():
            if (consent["recipient"], consent["person_id"]) == (told["recipient"], told["person_id"]):
                consent["categories"] = consent["categories"] - set(told["categories"])

    def _restriction_placed(self, told: dict[str, Any]) -> None:
        self.restricted.add(UUID(told["person_id"]))

    def _restriction_lifted(self, told: dict[str, Any]) -> None:
        self.restricted.discard(UUID(told["person_id"]))

    def _emergency_opened(self, told: dict[str, Any]) -> None:
        self.emergencies[told["emergency_id"]] = told

    def _emergency_ended(self, told: dict[str, Any]) -> None:
        self.emergencies.pop(told["emergency_id"], None)

    def _heartbeat(self, told: dict[str, Any]) -> None:
        sent_at = datetime.fromisoformat(told["sent_at"])
        self.heard = max(sent_at, self.heard or sent_at)

    def _linked(self, told: dict[str, Any]) -> None:
        for cluster in told["clusters"]:
            together = frozenset(UUID(each) for each in cluster["person_ids"])
            self.clusters.update(dict.fromkeys(together, together))

    def is_restricted(self, person: UUID) -> bool:
        """Whether a restriction stands on any record of the person."""
        return bool(self.restricted & self.clusters.get(person, frozenset({person})))

    def by_consent(
        self, person: UUID, names: set[str], purpose: str, *, since: datetime, until: datetime
    ) -> set[str]:
        """The categories that consents open at some moment between the two, restrictions aside."""
        return {
            category
            for consent in self.consents.values()
            if consent["recipient"] in names
            and consent["person_id"] == str(person)
            and purpose in consent["purposes"]
            and _overlaps(consent, since=since, until=until)
            for category in consent["categories"]
        }

    def by_emergency(self, person: UUID, names: set[str], purpose: str, *, now: datetime) -> set[str]:
        """The categories that a broken glass opens now."""
        return {
            category
            for access in self.emergencies.values()
            if f"worker:{access['worker']}" in names
            and access["person_id"] == str(person)
            and purpose == "emergency"
            and _overlaps(access, since=now, until=now)
            and (access["reaches_restricted"] or not self.is_restricted(person))
            for category in access["categories"]
        }


def _overlaps(told: dict[str, Any], *, since: datetime, until: datetime) -> bool:
    ends = told["valid_until"]
    begun = datetime.fromisoformat(told["valid_from"]) <= until
    return begun and (ends is None or datetime.fromisoformat(ends) > since)


class Follows(Protocol):
    """A service that is sent what is published."""

    queue: list[Delivery]


@dataclass
class Authority:
    """The consent service, and the judge of links beside it."""

    clock: Clock
    followers: Sequence[Follows]
    known: Known = field(default_factory=Known)
    past: list[tuple[datetime, Known]] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    runs: bool = True
    keeps_clocks: bool = True
    stuck: set[str] = field(default_factory=set)
    broker_away: bool = False
    waiting: list[tuple[datetime, str, Delivery]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    last_beat: datetime | None = None

    @property
    def now(self) -> datetime:
        """The time by the consent service's own clock."""
        return self.clock.now + self.ahead

    def say(self, kind: str, *, subject: str, **data: Any) -> None:
        """Decide and write it into the outbox."""
        self.versions[subject] = version = self.versions.get(subject, 0) + 1
        self.known.hear(kind, data)
        key = KEYS[kind]
        told = Event(key=key, subject=subject, data=data, time=self.now)
        body = encode(told, source=key.split(".", 1)[0], version=version, traceparent=None)
        self.waiting.append((self.now, kind, Delivery(event=decode(body), body=body)))

    def publish(self) -> None:
        """The relay: everything but what the broker refuses, and what waits behind that in its subject."""
        left = []
        for at, kind, delivery in self.waiting:
            if self.broker_away or delivery.event.subject in self.stuck:
                left.append((at, kind, delivery))
                continue
            for follower in self.followers:
                follower.queue.append(delivery)
        self.waiting = left

    def time_goes_on(self) -> None:
        """The timers that were due: what is over expires, then the heartbeat says up to when all is published."""
        at = self.now if self.last_beat is None else self.last_beat + BEAT
        if not self.runs:
            return
        while at <= self.now:
            if self.keeps_clocks:
                self.expire(until=at)
            decided = [when for when, kind, _ in self.waiting if kind not in ("heartbeat", "linked")]
            self.say("heartbeat", subject="consent", sent_at=min([at, *decided]).isoformat())
            self.last_beat, at = at, at + BEAT
            self.publish()

    def starts_again(self) -> None:
        """The timers begin anew, with the present."""
        self.runs, self.last_beat = True, None

    def expire(self, *, until: datetime) -> None:
        """Say of each consent whose period is over by this moment that it is."""
        for consent_id, consent in list(self.known.consents.items()):
            ends = consent["valid_until"]
            if ends is not None and datetime.fromisoformat(ends) <= until:
                self.end(consent_id, kind="expired")

    def end(self, consent_id: str, *, kind: str) -> None:
        """Close a consent whole."""
        person = self.known.consents[consent_id]["person_id"]
        self.say(kind, subject=consent_id, consent_id=consent_id, person_id=person, at=self.now.isoformat())

    def withdraw(self, consent_id: str, categories: set[str]) -> None:
        """Take back some categories: close all, then say anew what stays open, as the real one does."""
        consent = dict(self.known.consents[consent_id])
        kept = consent["categories"] - categories
        self.end(consent_id, kind="withdrawn")
        if kept:
            self.say("given", subject=consent_id, **{**consent, "categories": sorted(kept)})

    def remember(self) -> None:
        """This is the truth from now on, until something else is."""
        self.past.append((self.clock.now, deepcopy(self.known)))

    def lately(self, person: UUID, names: set[str], purpose: str) -> set[str]:
        """The categories that a consent opened in truth at any moment within the limit."""
        now = self.clock.now
        since = now - LIMIT - CLOCKS_DIFFER
        found: set[str] = set()
        ends = [*self.past, (now, self.known)]
        for (begins, known), (until, _) in pairwise(ends):
            if until >= since and person not in known.restricted:
                found |= known.by_consent(person, names, purpose, since=max(begins, since), until=until)
        return found
