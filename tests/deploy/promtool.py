"""Finds Prometheus' own checker: the installed one, else the one of Debian's package, unpacked beside our programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from icm.places import unpacked_programs


def promtool() -> Path:
    """The program's path. Raises RuntimeError where there is neither the program nor Debian's package."""
    installed = shutil.which("promtool")
    if installed:
        return Path(installed)
    folder = unpacked_programs() / "promtool"
    program = folder / "usr/bin/promtool"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["dpkg-deb", "-x", str(_package(folder)), str(folder)], check=True)
    return program


def _package(folder: Path) -> Path:
    """Debian's package, found by the machine's package lists, or by lists read for this alone."""
    for place in ("lists/partial", "cache/archives/partial"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    own = ["-o", f"Dir::State::Lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}"]
    if os.geteuid() == 0:
        own += ["-o", "APT::Sandbox::User=root"]
    said = ""
    for options in ([], own):
        if options:
            subprocess.run(["apt-get", *options, "-q", "update"], capture_output=True, check=False)
        asked = ["apt-get", *options, "-q", "download", "prometheus"]
        done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
        found = sorted(folder.glob("prometheus_*.deb"))
        if done.returncode == 0 and found:
            return found[-1]
        said = done.stderr
    raise RuntimeError(f"install Debian's package prometheus, or put promtool on PATH: {said}")
