"""Steps of an outside system that sends whole files, each through its door, and the timers that work on them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from chassis.identity import Actor
from chassis.testing import Answer
from chassis.work import Work
from intake.uploads.progress import work_on_uploads
from services.intake.tests.front_desk import FEED, FrontDesk, good

COLUMNS = (
    "reference",
    "person_id",
    "identifier_scheme",
    "identifier_issuer",
    "identifier",
    "given_name",
    "family_name",
    "date_of_birth",
    "organisation",
    "worker",
    "role",
    "since",
    "until",
    "concealed_as",
)


def csv_of(*rows: dict[str, Any], columns: Sequence[str] = COLUMNS) -> bytes:
    """A file with these rows; what a row does not say is empty."""
    lines = [",".join(columns), *(",".join(str(row.get(name, "")) for name in columns) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def about(person: dict[str, Any], *, reference: str = "r-1", **told: Any) -> dict[str, Any]:
    """A row about a person by our identifier."""
    known = {"person_id": person["id"], "organisation": "youth-service", "since": "2025-04-01"}
    return {"reference": reference, **known, **told}


def named(given: str, family: str, born_on: str, *, reference: str = "r-1", **told: Any) -> dict[str, Any]:
    """A row about a person by name and date of birth."""
    known = {"given_name": given, "family_name": family, "date_of_birth": born_on}
    return {"reference": reference, **known, "organisation": "youth-service", "since": "2025-04-01", **told}


@dataclass
class Sender:
    """An accredited system, and the service that works on what it sends."""

    desk: FrontDesk
    in_lane: Callable[[], AbstractContextManager[Work]]
    actor: Actor = FEED

    def call(self, door: str, body: dict[str, Any]) -> Answer:
        return self.desk.call(door, body, actor=self.actor)

    def declare(self, content: bytes, **said: Any) -> Answer:
        body = {
            "name": "involvements.csv",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": max(0, content.count(b"\n") - 1),
            **said,
        }
        return self.call("declare_upload", body)

    def part(self, upload: dict[str, Any], number: int, content: bytes) -> Answer:
        told = base64.b64encode(content).decode()
        body = {"upload_id": upload["id"], "number": number, "content": told}
        return self.call("put_upload_part", body)

    def complete(self, upload: dict[str, Any]) -> Answer:
        return self.call("complete_upload", {"upload_id": upload["id"]})

    def received(self, content: bytes, *, parts: int = 1, **said: Any) -> dict[str, Any]:
        """A file that was declared, sent in parts and completed; nothing of it is applied yet."""
        upload = good(self.declare(content, **said))
        step = -(-len(content) // parts)
        for number, at in enumerate(range(0, len(content), step), start=1):
            good(self.part(upload, number, content[at : at + step]))
        return good(self.complete(upload))

    def sent(self, content: bytes, *, parts: int = 1, **said: Any) -> dict[str, Any]:
        """A file that was sent and worked through."""
        upload = self.received(content, parts=parts, **said)
        self.work()
        return self.read(upload)

    def work(self, *, batches: int = 10_000) -> None:
        """Let the timer run until there is nothing left, or so many times."""
        for _ in range(batches):
            with self.in_lane() as work:
                work_on_uploads(work)
            if self._nothing_left():
                return

    def _nothing_left(self) -> bool:
        uploads = good(self.call("list_uploads", {"limit": 100}))["items"]
        return all(each["state"] not in ("waiting", "applying") for each in uploads)

    def read(self, upload: dict[str, Any]) -> dict[str, Any]:
        return good(self.call("read_upload", {"upload_id": upload["id"]}))

    def results(self, upload: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
        """What became of each row, over all pages."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            body = {"upload_id": upload["id"], "cursor": cursor, "limit": 100, **asked}
            page = good(self.call("list_upload_rows", body))
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def outcomes(self, upload: dict[str, Any]) -> list[str]:
        return [each["outcome"] for each in self.results(upload)]

    def faults(self, upload: dict[str, Any]) -> list[tuple[int, str | None, str]]:
        """Row, column and rule of everything that was refused."""
        return [
            (each["row"], fault["column"], fault["rule"])
            for each in self.results(upload)
            for fault in each["faults"]
        ]


def counts(upload: dict[str, Any]) -> dict[str, int]:
    """How many rows came out how, those that were none left out."""
    names = ("applied", "unchanged", "superseded", "held", "unmatched", "refused")
    return {name: upload[name] for name in names if upload[name]}
