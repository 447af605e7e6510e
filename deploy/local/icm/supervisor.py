"""Keeps processes running: restarts a crashed one at once, stops all in order, leaves nothing behind.

Every process leads a group of its own, writes straight into its own log file, and is known by
process id in the record that `icm ps` reads (see docs/decisions for why this is not a library).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from icm.complaints import NeverReady
from icm.program import Program, Stage
from icm.record import Record, RunningProcess, start_mark

# Seconds before the first, second, … restart of a process that keeps ending soon after its start.
PATIENCE = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
# A process that lived this long is healthy: its next crash counts as the first again.
HEALTHY_AFTER = 10.0
# During start-up this many quick endings mean that waiting longer is of no use.
HOPELESS_AFTER = 4
# Seconds between two looks whether a process is ready: a look costs time that its start needs too.
READY_POLL = 0.1
LOG_LIMIT = 20_000_000


@dataclass
class Child:
    """One supervised process and what happened to it."""

    program: Program
    log: Path
    process: asyncio.subprocess.Process | None = None
    started_at: float = 0.0
    restarts: int = 0
    quick_endings: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self.process.pid if self.process and self.process.returncode is None else None


class Supervisor:
    """Runs programs until told to stop; `announce` hears one plain line for each crash."""

    def __init__(
        self, *, logs: Path, record: Record, announce: Callable[[str], None] = lambda line: None
    ) -> None:
        self.logs = logs
        self.record = record
        self.announce = announce
        self.children: dict[str, Child] = {}
        self.hurried = asyncio.Event()
        logs.mkdir(parents=True, exist_ok=True)

    async def start(self, *programs: Program) -> None:
        """Start programs and keep them running from now on."""
        for program in programs:
            child = Child(program=program, log=self.logs / f"{program.name}.log")
            self.children[program.name] = child
            child.keeper = asyncio.create_task(self._keep(child), name=program.name)

    async def until_ready(self, *programs: Program, seconds: float = 150.0) -> None:
        """Wait until every one of these programs is ready.

        Raises NeverReady, with the end of the log, for one that is not ready in time or keeps ending.
        """
        await asyncio.gather(
            *(self._until_ready(self.children[one.name], seconds=seconds) for one in programs)
        )

    async def start_and_wait(self, *programs: Program, seconds: float = 150.0) -> None:
        """Start programs together and wait until all are ready."""
        await self.start(*programs)
        await self.until_ready(*programs, seconds=seconds)

    async def stop(self, *, names: Iterable[str] | None = None) -> None:
        """Stop the named processes, or all: last started stage first, each stage together."""
        chosen = [self.children[name] for name in (names if names is not None else list(self.children))]
        for stage in sorted(Stage, reverse=True):
            await asyncio.gather(*(self._stop(child) for child in chosen if child.program.stage == stage))

    async def discard(self) -> None:
        """Stop all like `stop`, but do not wait for servers whose data is thrown away anyway."""
        ours = [name for name, child in self.children.items() if child.program.stage >= Stage.OPENID]
        await self.stop(names=ours)
        self.hurry()
        await self.stop()

    def hurry(self) -> None:
        """Do not wait any longer for processes that are being stopped."""
        self.hurried.set()

    async def _keep(self, child: Child) -> None:
        while not child.stopping.is_set():
            try:
                await self._spawn(child)
            except OSError as error:
                self.announce(f"{child.program.name} cannot be started: {error.strerror}")
            else:
                await child.process.wait()  # type: ignore[union-attr]
                _kill_group(child)
            if child.stopping.is_set():
                return
            await self._pause_before_restart(child)

    async def _spawn(self, child: Child) -> None:
        program = child.program
        if program.before_start:
            await asyncio.to_thread(program.before_start)
        child.started_at = time.monotonic()
        with _log_file(child.log) as log:
            child.process = await asyncio.create_subprocess_exec(
                *program.command,
                env=dict(program.environment),
                cwd=program.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._write_record()

    async def _pause_before_restart(self, child: Child) -> None:
        lived = time.monotonic() - child.started_at
        child.quick_endings = 1 if lived > HEALTHY_AFTER else child.quick_endings + 1
        child.restarts += 1
        pause = PATIENCE[min(child.quick_endings, len(PATIENCE)) - 1]
        self.announce(
            f"{child.program.name} ended ({_ending(child)}); restarting"
            + (f" in {pause:g} s" if pause else "")
        )
        self._write_record()
        if pause:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.stopping.wait(), pause)

    async def _until_ready(self, child: Child, *, seconds: float) -> None:
        ready = child.program.ready
        deadline = time.monotonic() + seconds
        while ready and not (child.pid and await asyncio.to_thread(ready)):
            hopeless = child.quick_endings >= HOPELESS_AFTER
            if hopeless or time.monotonic() > deadline:
                said = "ended again and again" if hopeless else f"was not ready after {seconds:g} s"
                raise NeverReady(
                    f"{child.program.name} {said}. The end of its log:\n{last_lines(child.log)}",
                    mend=f"The whole log is {child.log}",
                )
            await asyncio.sleep(READY_POLL)

    async def _stop(self, child: Child) -> None:
        child.stopping.set()
        if child.pid:
            _signal(child.pid, child.program.stop_signal)
            _signal(child.pid, signal.SIGCONT)  # a paused process hears nothing else
            if not await self._ended(child) and not self.hurried.is_set():
                self.announce(f"{child.program.name} did not stop in time; killed")
            _kill_group(child)
        if child.keeper:
            await child.keeper
        self.record.forget(child.program.name)

    async def _ended(self, child: Child) -> bool:
        """Wait until the process has ended; False when its grace is over or we are in a hurry."""
        if not child.process:
            return True
        ended = asyncio.ensure_future(child.process.wait())
        hurry = asyncio.ensure_future(self.hurried.wait())
        try:
            await asyncio.wait(
                {ended, hurry}, timeout=child.program.grace, return_when=asyncio.FIRST_COMPLETED
            )
            return ended.done()
        finally:
            ended.cancel()
            hurry.cancel()

    def _write_record(self) -> None:
        self.record.write(
            RunningProcess(
                name=child.program.name,
                pid=child.pid,
                mark=start_mark(child.pid) if child.pid else None,
                restarts=child.restarts,
                started=time.time() - (time.monotonic() - child.started_at),
                port=child.program.port,
                health=child.program.health,
                log=str(child.log),
            )
            for child in self.children.values()
            if not child.stopping.is_set()
        )


def last_lines(log: Path, *, lines: int = 15) -> str:
    """The end of a log file."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def _log_file(path: Path) -> BinaryIO:
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)


def _ending(child: Child) -> str:
    code = child.process.returncode if child.process else None
    if code is None:
        return "never started"
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _kill_group(child: Child) -> None:
    if child.process:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
