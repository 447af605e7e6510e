"""The auditor at the stream: hears every sealed entry as it comes, and comes back where the line broke."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.story.client import Person, StoryBroken

SILENCE_S = 30.0
COME_BACK_TIMES = 20


@dataclass
class Listener:
    """Server-sent events of the audit log, kept in memory as long as the story lasts."""

    auditor: Person
    entries: dict[int, dict[str, Any]] = field(default_factory=dict)
    checkpoints: list[str] = field(default_factory=list)
    last: str | None = None
    connected: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> Listener:
        """Begin to listen; returns once the stream is open, so that nothing of what follows is missed."""
        threading.Thread(target=self._listen, name="auditor", daemon=True).start()
        if not self.connected.wait(SILENCE_S):
            raise StoryBroken("the audit stream could not be opened")
        return self

    def stop(self) -> None:
        """Hang up with the next line that comes: one thread alone reads and closes a connection."""
        self._ended.set()

    @property
    def traces(self) -> set[str]:
        """The traces of all requests heard of."""
        return {line["entry"].get("trace_id") or "" for line in list(self.entries.values())}

    def _listen(self) -> None:
        for _ in range(COME_BACK_TIMES):
            if self._ended.is_set():
                return
            try:
                self._follow()
            except (requests.RequestException, ValueError):
                # The line broke; Last-Event-ID takes up where it was.
                continue

    def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self.auditor.token}", "Accept": "text/event-stream"}
        if self.last is not None:
            headers["Last-Event-ID"] = self.last
        address = f"{self.auditor.platform.base_url}/api/v1/audit/stream"
        with requests.get(address, headers=headers, stream=True, timeout=SILENCE_S) as answer:
            answer.raise_for_status()
            self.connected.set()
            event: dict[str, str] = {}
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if self._ended.is_set():
                    return
                if line:
                    name, _, value = line.partition(":")
                    event[name] = value.strip()
                else:
                    self._heard(event)
                    event = {}

    def _heard(self, event: dict[str, str]) -> None:
        if event.get("event") == "entry":
            line = json.loads(event["data"])
            self.entries[line["position"]] = line
            self.last = event.get("id", self.last)
        elif event.get("event") == "checkpoint":
            self.checkpoints.append(json.loads(event["data"])["sealed"])
