"""A page of the audit log as a listener hears it: server-sent events (AU-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson


@dataclass(frozen=True)
class Heard:
    """Entries in order, the position up to which they tell, and the checkpoint that covers them."""

    items: list[dict[str, Any]]
    after: int
    checkpoint: str | None = None

    @classmethod
    def told(cls, body: Mapping[str, Any]) -> Heard:
        """What the audit service answered."""
        return cls(items=body["items"], after=body["after"], checkpoint=body.get("checkpoint"))

    def beyond(self, position: int) -> Heard:
        """The same to somebody who has heard up to a position; not copied for who lacks all of it."""
        if self.after <= position:
            return Heard(items=[], after=position)
        if self.items[0]["position"] > position:
            return self
        items = [item for item in self.items if item["position"] > position]
        return Heard(items=items, after=self.after, checkpoint=self.checkpoint)

    @cached_property
    def lines(self) -> bytes:
        """The entries and the checkpoint as events, written out once for all who hear them."""
        events = [event("entry", item, at=item["position"]) for item in self.items]
        if self.checkpoint:
            events.append(event("checkpoint", {"sealed": self.checkpoint}))
        return b"".join(events)


def event(kind: str, data: dict[str, Any], *, at: int | None = None) -> bytes:
    """One event; `at` is its position, which a listener sends back as Last-Event-ID."""
    numbered = f"id: {at}\n" if at is not None else ""
    return f"{numbered}event: {kind}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
