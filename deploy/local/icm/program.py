"""What the supervisor needs to know about one process."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path


class Stage(IntEnum):
    """Order of starting; stopping goes the other way round."""

    DATABASE = 1
    PORT_MAPPER = 2
    BROKER = 3
    OPENID = 4
    SERVICE = 5
    GATEWAY = 6


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process to keep running.

    `ready` tells whether it does its work yet; `before_start` clears away what a killed one left
    behind; `grace` is how many seconds it may take to stop before its whole group is killed.
    """

    name: str
    stage: Stage
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    ready: Callable[[], bool] | None = None
    before_start: Callable[[], None] | None = None
    port: int | None = None
    health: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
