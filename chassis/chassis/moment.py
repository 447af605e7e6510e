"""The one clock of a process. Nothing else in the house asks the machine for the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def _machine_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _machine_time


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def told_by(source: Callable[[], datetime] | None) -> None:
    """Take the time from `source` (tests that move time), or from the machine again when None."""
    global _source
    _source = source or _machine_time
