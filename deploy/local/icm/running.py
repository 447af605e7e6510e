"""Runs some work under a supervisor: claims the state folder, hears signals, stops everything at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from icm.complaints import Complaint
from icm.places import runs
from icm.record import Record
from icm.supervisor import Supervisor

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Work = Callable[[Supervisor], Awaitable[int]]
Ending = Callable[[Supervisor], Awaitable[None]]


def supervise(
    work: Work, *, home: Path, announce: Callable[[str], None], ending: Ending = Supervisor.stop
) -> int:
    """Run `work` with a supervisor whose state is in `home`; return its exit code.

    Whatever happens, every process it started is stopped, in order, as `ending` says. A stop signal ends the work
    (exit code 128 + signal); a second one stops without waiting. Raises AlreadyRunning.
    """
    record = Record(home=home)
    record.claim()
    try:
        for name in record.sweep_leftovers():
            announce(f"stopped {name}, which an earlier run had left behind")
        supervisor = Supervisor(logs=home / "logs", record=record, announce=announce)
        return asyncio.run(_supervise(work, supervisor=supervisor, ending=ending))
    finally:
        record.release()


async def _supervise(work: Work, *, supervisor: Supervisor, ending: Ending) -> int:
    heard: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def hear(number: signal.Signals) -> None:
        if not heard.empty() or working.done():
            supervisor.hurry()
        heard.put_nowait(number)
        working.cancel()

    working = asyncio.ensure_future(work(supervisor))
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, hear, number)
    try:
        return await working
    except asyncio.CancelledError:
        return 128 + heard.get_nowait() if not heard.empty() else 1
    finally:
        await ending(supervisor)


async def run_command(command: Sequence[str], *, environment: dict[str, str]) -> int:
    """Run a command in the foreground and return its exit code; when cancelled, stop it first.

    The programs of our virtual environment are on its PATH.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "PATH": path, **environment}
        )
    except FileNotFoundError:
        raise Complaint(f"There is no command {command[0]}.") from None
    try:
        code = await process.wait()
        return code if code >= 0 else 128 - code
    except asyncio.CancelledError:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()
        raise


def fresh_home(kind: str) -> Path:
    """A new state folder for one run; folders of runs that are over are removed."""
    runs().mkdir(parents=True, exist_ok=True)
    for old in runs().iterdir():
        if _is_over(old):
            shutil.rmtree(old, ignore_errors=True)
    home = runs() / f"{kind}-{os.getpid()}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home


def _is_over(home: Path) -> bool:
    owner = home.name.rpartition("-")[2]
    if owner.isdigit() and Path(f"/proc/{owner}").exists():
        return False
    record = Record(home=home)
    if record.supervisor():
        return False
    record.sweep_leftovers()
    return True
