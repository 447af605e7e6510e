"""How often the relay looks into the outbox: at once when rung, by itself when there is much, seldom when nothing."""

from __future__ import annotations

POLL_S = 1.0
_SOON_S = 0.05
_CLOSE_S = 0.05
_ROW_OF_FINDS = 5
_QUIET_S = 0.25


class Pace:
    """Remembers when rows were found. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._finds = 0
        self._patience = _SOON_S

    def found(self, rows: int, *, now: float) -> None:
        """A look into the outbox has found so many rows."""
        if not rows:
            return
        self._finds = self._finds + 1 if now - self._last < _CLOSE_S else 1
        self._last = now
        self._patience = _SOON_S

    def busy(self, *, now: float) -> bool:
        """Whether rows come so often that looking is better than being rung."""
        if now - self._last > _QUIET_S:
            self._finds = 0
        return self._finds >= _ROW_OF_FINDS

    def patience(self) -> float:
        """Seconds to wait for the bell before looking without it; grows while nothing is found."""
        patience, self._patience = self._patience, min(self._patience * 2, POLL_S)
        return patience
