"""The record of running processes: what `icm ps` shows, and what fault tests aim at.

A small JSON file, replaced as a whole at every change:
`{"supervisor": {"pid": …}, "processes": [{"name": "intake", "pid": …, "restarts": 0, …}]}`.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from icm.complaints import AlreadyRunning


@dataclass(frozen=True, kw_only=True)
class RunningProcess:
    """One line of the record; `mark` is the kernel's start time, so that a reused pid is not mistaken."""

    name: str
    pid: int | None
    mark: str | None
    restarts: int
    started: float
    port: int | None = None
    health: str | None = None
    log: str | None = None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return self.pid is not None and start_mark(self.pid) == self.mark


class Record:
    """The record of one state folder, written by its one supervisor."""

    def __init__(self, *, home: Path) -> None:
        self.path = home / "processes.json"
        self._lock_path = home / "supervisor.lock"
        self._lock: IO[str] | None = None
        self._processes: list[RunningProcess] = []

    def claim(self) -> None:
        """Become the one supervisor of this state folder; raises AlreadyRunning."""
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._lock_path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunning(
                f"The platform of {self.path.parent} runs already.",
                mend="Look at it with `icm ps`, stop it with `icm down`, or set ICM_HOME to another folder.",
            ) from None
        self._lock = lock

    def release(self) -> None:
        """Remove the record and let another supervisor begin."""
        self.path.unlink(missing_ok=True)
        if self._lock:
            self._lock.close()
            self._lock = None

    def write(self, processes: Iterable[RunningProcess]) -> None:
        """Replace the record."""
        self._processes = list(processes)
        self._save()

    def forget(self, name: str) -> None:
        """Take one process out of the record."""
        self._processes = [process for process in self._processes if process.name != name]
        self._save()

    def read(self) -> tuple[RunningProcess | None, list[RunningProcess]]:
        """The supervisor and the processes as last recorded; (None, []) when nothing runs."""
        try:
            written = json.loads(self.path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None, []
        supervisor = RunningProcess(**written["supervisor"])
        return supervisor, [RunningProcess(**process) for process in written["processes"]]

    def supervisor(self) -> RunningProcess | None:
        """The supervisor when it is alive."""
        supervisor, _ = self.read()
        return supervisor if supervisor and supervisor.alive else None

    def sweep_leftovers(self, *, seconds: float = 10.0) -> list[str]:
        """Stop what a killed supervisor left running; return the names."""
        supervisor, processes = self.read()
        if supervisor and supervisor.alive and supervisor.pid != os.getpid():
            return []
        left = [process for process in processes if process.alive]
        for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
            deadline = time.monotonic() + patience
            for process in left:
                _signal_group(process, number)
            while any(process.alive for process in left) and time.monotonic() < deadline:
                time.sleep(0.05)
        return [process.name for process in left]

    def _save(self) -> None:
        me = RunningProcess(
            name="supervisor", pid=os.getpid(), mark=start_mark(os.getpid()), restarts=0, started=time.time()
        )
        text = json.dumps(
            {"supervisor": asdict(me), "processes": [asdict(process) for process in self._processes]},
            indent=1,
        )
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(text)
        unfinished.replace(self.path)


def start_mark(pid: int) -> str | None:
    """The kernel's start time of a process, None when it is gone or only a shadow of it remains."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _signal_group(process: RunningProcess, number: signal.Signals) -> None:
    if process.alive and process.pid:
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            return
