"""Commands around a running platform: up, down, ps, logs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import requests
import typer
from rich.table import Table

from icm.commands.speaking import out, say, sign_in_table
from icm.complaints import Complaint
from icm.layout import Layout
from icm.places import home
from icm.platform import Platform
from icm.record import Record, RunningProcess
from icm.running import supervise
from icm.supervisor import Supervisor

PATIENCE = 90.0


def add_to(app: typer.Typer) -> None:
    """Add these commands to the app."""
    for command in (up, down, ps, logs):
        app.command(command.__name__)(command)


def up() -> None:
    """Start the platform and stay in the foreground; state is kept for the next time."""
    began = time.monotonic()
    is_up = False

    async def work(supervisor: Supervisor) -> int:
        nonlocal is_up
        platform = Platform.of(Layout.open(home(), preferred=True))
        await platform.start(supervisor, announce=say)
        is_up = True
        say(f"ready after {time.monotonic() - began:.1f} s\n")
        sign_in_table(platform.layout)
        await asyncio.Event().wait()
        return 0

    code = supervise(work, home=home(), announce=say)
    raise typer.Exit(0 if is_up else code)


def down() -> None:
    """Stop the platform, and whatever a killed supervisor left behind."""
    record = Record(home=home())
    supervisor = record.supervisor()
    if supervisor and supervisor.pid:
        os.kill(supervisor.pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while supervisor.alive and time.monotonic() < deadline:
            time.sleep(0.1)
        if supervisor.alive:
            raise Complaint(
                f"The supervisor (process {supervisor.pid}) did not stop in {PATIENCE:g} s.",
                mend="Call `icm down` once more: a second signal does not wait.",
            )
        say("stopped")
        return
    left = record.sweep_leftovers()
    record.path.unlink(missing_ok=True)
    say(f"stopped what was left behind: {', '.join(left)}" if left else "nothing runs")


def ps(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON list.")] = False,
) -> None:
    """List the processes with process id, state and restarts; exit code 3 when nothing runs."""
    record = Record(home=home())
    _, processes = record.read()
    if not record.supervisor():
        say("nothing runs; start it with: icm up")
        raise typer.Exit(3)
    if as_json:
        out.print_json(json.dumps([{**asdict(one), "state": _state(one)} for one in processes]))
        return
    table = Table("process", "pid", "state", "restarts", "since", "port", box=None, padding=(0, 2))
    for one in processes:
        since = time.strftime("%H:%M:%S", time.localtime(one.started))
        table.add_row(
            one.name, str(one.pid or ""), _state(one), str(one.restarts), since, str(one.port or "")
        )
    out.print(table)


def logs(
    names: Annotated[list[str] | None, typer.Argument(help="Processes; all when none is named.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines are written.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many lines of each to begin with.")] = 20,
) -> None:
    """Print the logs, each line with the name of its process."""
    folder = home() / "logs"
    files = sorted(folder.glob("*.log"))
    chosen = [file for file in files if not names or file.stem in names]
    if not chosen:
        raise Complaint(
            f"There is no such log in {folder}.",
            mend=f"There are: {', '.join(file.stem for file in files) or 'none'}",
        )
    width = max(len(file.stem) for file in chosen)
    read_to = {file: _print_end(file, lines=lines, width=width) for file in chosen}
    while follow:
        time.sleep(0.3)
        for file in chosen:
            read_to[file] = _print_from(file, offset=read_to[file], width=width)


def _print_end(file: Path, *, lines: int, width: int) -> int:
    content = file.read_bytes()
    _print_lines(file, content.splitlines()[-lines:] if lines else [], width=width)
    return len(content)


def _print_from(file: Path, *, offset: int, width: int) -> int:
    size = file.stat().st_size
    with file.open("rb") as log:
        log.seek(offset if size >= offset else 0)
        content = log.read()
    complete = content[: content.rfind(b"\n") + 1]
    _print_lines(file, complete.splitlines(), width=width)
    return (offset if size >= offset else 0) + len(complete)


def _print_lines(file: Path, lines: list[bytes], *, width: int) -> None:
    for line in lines:
        out.print(f"{file.stem:<{width}} | {line.decode(errors='replace')}", markup=False, soft_wrap=True)


def _state(process: RunningProcess) -> str:
    if not process.alive:
        return "restarting"
    if not process.health:
        return "running"
    try:
        return "ready" if requests.get(process.health, timeout=1).ok else "not ready"
    except requests.RequestException:
        return "no answer"
