"""Debian's own packages, unpacked into the state folder: no root, nothing installed.

The machine's package sources are used as they are. When it has never read its package lists (a
fresh container), they are read into the state folder instead of `/var`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from icm.complaints import ProgramMissing
from icm.places import unpacked_programs

WANTED = re.compile(
    r"^(lib|erlang-|rabbitmq-server$|postgresql-\d+$|postgresql-client-\d+$|python3-pip-whl$|python3-setuptools-whl$)"
)
# Only just-in-time compilation, log rotation and command history need these; we use none of them.
UNWANTED = re.compile(r"^(libllvm|libz3|libperl|libpopt|libwrap|libjson-perl|.*-perl$)")


def unpack(package: str, *, scripts: Mapping[str, str] = MappingProxyType({})) -> Path:
    """Unpack `package` and everything it needs that this machine lacks; return the folder they are in.

    `scripts` are small programs (name to text) to put into its `bin/`, for packages that insist on
    their usual place. Does nothing when all that was done before. Raises ProgramMissing.
    """
    root = unpacked_programs()
    root.mkdir(parents=True, exist_ok=True)
    with _only_one_at_a_time(root):
        done = root / f"{package}.unpacked.json"
        if done.exists():
            return root
        _need("apt-get", "dpkg-deb")
        archives = root / "archives"
        shutil.rmtree(archives, ignore_errors=True)
        archives.mkdir()
        for archive in _download(package, into=archives, root=root):
            _run(["dpkg-deb", "-x", str(archive), str(root)])
        for name, text in scripts.items():
            script = root / "bin" / name
            script.parent.mkdir(exist_ok=True)
            script.write_text(text)
            script.chmod(0o755)
        _open_to_servers(root)
        done.write_text(json.dumps(sorted(path.name for path in archives.glob("*.deb")), indent=1))
        shutil.rmtree(archives)
    return root


def library_path(root: Path) -> str:
    """Value of LD_LIBRARY_PATH with which unpacked programs find their unpacked libraries."""
    folders = [*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*")]
    return os.pathsep.join(str(folder) for folder in folders)


def _download(package: str, *, into: Path, root: Path) -> list[Path]:
    machines_own: list[str] = []
    for options in (machines_own, _own_lists(root)):
        if options:
            _run(["apt-get", *options, "-q", "update"])
        names = _missing_packages(package, options=options)
        if not names:
            continue
        fetched = _run(["apt-get", *options, "-q", "download", *names], folder=into, check=False)
        archives = sorted(into.glob("*.deb"))
        if fetched.returncode == 0 and archives:
            return archives
    raise ProgramMissing(
        f"Debian's package {package} could not be downloaded.",
        mend=f"Connect to the network, or have it installed: apt-get install {package}",
    )


def _missing_packages(package: str, *, options: list[str]) -> list[str]:
    """The package and those of its needs that this machine lacks, found by a rehearsed installation."""
    rehearsal = _run(
        ["apt-get", *options, "-s", "--no-install-recommends", "install", "--reinstall", package], check=False
    )
    if rehearsal.returncode != 0:
        return []
    named = re.findall(r"^Inst (\S+)", rehearsal.stdout, re.MULTILINE)
    return [name for name in named if WANTED.match(name) and not UNWANTED.match(name)]


def _own_lists(root: Path) -> list[str]:
    for folder in ("apt/lists/partial", "apt/cache/archives/partial"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    return [
        "-o", f"Dir::State::Lists={root / 'apt/lists'}",
        "-o", f"Dir::Cache={root / 'apt/cache'}",
        "-o", f"APT::Sandbox::User={'root' if os.geteuid() == 0 else ''}",
    ]  # fmt: skip


def _open_to_servers(root: Path) -> None:
    """Let the servers' account read and enter what was unpacked, whatever our umask."""
    for folder, _, files in os.walk(root / "usr"):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(file.stat().st_mode | 0o444)


def _need(*programs: str) -> None:
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise ProgramMissing(
            f"{' and '.join(missing)} not found: this is not Debian or Ubuntu.",
            mend="Install PostgreSQL 14+ and RabbitMQ 3.10+ with your system's package tool.",
        )


def _run(
    command: list[str], *, folder: Path | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if check and ran.returncode != 0:
        said = (ran.stderr or ran.stdout).strip().splitlines()[-1:] or ["no message"]
        raise ProgramMissing(
            f"`{' '.join(command[:2])} …` failed: {said[0]}",
            mend="Look at the network and at /etc/apt/sources.list, or install the servers yourself.",
        )
    return ran


@contextmanager
def _only_one_at_a_time(root: Path) -> Iterator[None]:
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
