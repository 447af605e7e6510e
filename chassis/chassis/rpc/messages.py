"""What a call and its reply are, on both sides of the broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from chassis.errors import Problem

CALLS = "icm.rpc"
REPLIES = "icm.replies"

OK = "ok"
PROBLEM = "problem"


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of a door. `body` is the JSON object of its arguments; `deadline_ms` is epoch milliseconds.

    `headers` may hold token, traceparent, idempotency_key, if_match, purpose, origin.
    """

    door: str
    body: bytes
    headers: dict[str, Any]
    deadline_ms: int


@dataclass(slots=True, kw_only=True)
class Reply:
    """What a door answered. `body` is the JSON of the view, or of the problem when `status` is "problem"."""

    body: bytes
    status: str = OK
    http: int = 200
    etag: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(problem: Problem) -> Reply:
        """The reply that tells a problem."""
        return Reply(body=orjson.dumps(problem.to_wire()), status=PROBLEM, http=problem.status)

    def raise_problem(self) -> None:
        """Raise the problem that this reply tells, if it tells one."""
        if self.status == PROBLEM:
            raise Problem.from_wire(orjson.loads(self.body))


def queue_of(service: str) -> str:
    """The queue from which the replicas of a service take calls."""
    return f"{service}.rpc"


def key_of(service: str, door: str) -> str:
    """The routing key of a call."""
    return f"{service}.{door}"
