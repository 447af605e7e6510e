"""What must be remembered over a whole log, in little memory: which ids came before, and which places were erased."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

_RUN = 32_768
_WIDTH = 24


class Doubles:
    """Finds ids that came twice. Keeps sorted runs in a temporary file, so that memory stays flat."""

    def __init__(self) -> None:
        self._run: list[bytes] = []
        self._file: BinaryIO | None = None
        self._runs: list[tuple[int, int]] = []

    def add(self, name: str, position: int) -> None:
        """This id stands at this position."""
        self._run.append(sha256(name.encode()).digest()[:16] + position.to_bytes(8, "big"))
        if len(self._run) >= _RUN:
            self._spill()

    def found(self) -> Iterator[int]:
        """The positions of ids that stand in the log at a lower position too."""
        before = b""
        for record in heapq.merge(sorted(self._run), *(self._read(*run) for run in self._runs)):
            if record[:16] == before:
                yield int.from_bytes(record[16:], "big")
            before = record[:16]

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - gone with this object
        self._file.seek(0, 2)
        self._runs.append((self._file.tell(), len(self._run)))
        self._file.write(b"".join(sorted(self._run)))
        self._run = []

    def _read(self, start: int, count: int) -> Iterator[bytes]:
        at_once = 1_024
        for first in range(0, count, at_once):
            if self._file is not None:
                self._file.seek(start + first * _WIDTH)
                piece = self._file.read(min(at_once, count - first) * _WIDTH)
                yield from (piece[at : at + _WIDTH] for at in range(0, len(piece), _WIDTH))


class Places:
    """A set of positions that mostly lie side by side, kept as stretches."""

    def __init__(self) -> None:
        self._stretches: list[list[int]] = []

    def add(self, first: int, last: int) -> None:
        """All positions from `first` to `last`."""
        if self._stretches and first == self._stretches[-1][1] + 1:
            self._stretches[-1][1] = last
        else:
            self._stretches.append([first, last])

    def without(self, others: Places) -> Iterator[tuple[int, int]]:
        """The stretches that are here and not among the others."""
        taken = sorted(others._stretches)
        for first, last in sorted(self._stretches):
            start = first
            for begin, end in taken:
                if end < start or begin > last:
                    continue
                if begin > start:
                    yield start, begin - 1
                start = max(start, end + 1)
            if start <= last:
                yield start, last
