"""Processes that a killed server left behind, recognised by the data folder they work in.

PostgreSQL's backends leave the postmaster's process group and outlive it for a moment while they
hold its shared memory; a new postmaster refuses to start until they are gone.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def working_in(folder: Path) -> list[int]:
    """Process ids whose working folder is `folder`; those we may not look at are left out."""
    wanted = str(folder.resolve())
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if str((entry / "cwd").readlink()) == wanted:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def sweep(folder: Path, *, seconds: float = 5.0) -> None:
    """Kill what still works in `folder` and wait until it is gone."""
    deadline = time.monotonic() + seconds
    while (remaining := working_in(folder)) and time.monotonic() < deadline:
        for pid in remaining:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)
