"""What can be killed or paused, by process id, and what each fault may hurt."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

SERVICES = ("intake", "cases", "consent", "portal", "audit")
EVERYBODY = frozenset(SERVICES)


@dataclass(frozen=True)
class Target:
    """A process of the platform, and the services whose reads may fail while it is hurt."""

    name: str
    may_hurt: frozenset[str]

    def kill(self) -> None:
        """SIGKILL, as the kernel would for want of memory."""
        pid = self._pid()
        # PostgreSQL's backends notice by themselves that the postmaster is gone; RabbitMQ is more than one process.
        for each in [pid] if self.name.startswith("postgres") else [pid, *_below(pid)]:
            _signal(each, signal.SIGKILL)

    def pause(self) -> list[int]:
        """SIGSTOP for the process and all below it: it lives, holds its connections, and answers nothing."""
        pid = self._pid()
        paused = [pid, *_below(pid)]
        for each in paused:
            _signal(each, signal.SIGSTOP)
        return paused

    def _pid(self) -> int:
        record = json.loads(Path(os.environ["ICM_PROCESSES"]).read_text())
        return next(int(each["pid"]) for each in record["processes"] if each["name"] == self.name)


def resume(paused: list[int]) -> None:
    """SIGCONT for what was paused and still lives."""
    for each in paused:
        _signal(each, signal.SIGCONT)


def every_target() -> list[Target]:
    """Each service, each database, the gateway and the broker."""
    return [
        *(Target(service, frozenset({service})) for service in SERVICES),
        *(Target(f"postgres-{service}", frozenset({service})) for service in SERVICES),
        Target("gateway", EVERYBODY),
        Target("rabbitmq", EVERYBODY),
    ]


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself meanwhile


def _below(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        for child in children.get(left.pop(), []):
            found.append(child)
            left.append(child)
    return found


@dataclass
class Window:
    """The time in which a fault and its recovery may be felt."""

    target: Target
    kind: str
    began: float
    ended: float | None = None

    def touches(self, service: str, *, began: float, ended: float) -> bool:
        """Whether a request of that time to that service may have felt the fault."""
        until = self.ended if self.ended is not None else monotonic()
        return service in self.target.may_hurt and began <= until and ended >= self.began
