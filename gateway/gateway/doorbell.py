"""The bell that rings when the audit log has grown (AU-5)."""

from __future__ import annotations

from typing import Protocol


class Doorbell(Protocol):
    """Rings when the audit log has grown."""

    stopping: bool
    rings: int

    def wait(self, *, seconds: float, since: int) -> None:
        """Return when it has rung more than `since` times, after `seconds`, or when the process stops."""
