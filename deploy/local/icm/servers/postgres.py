"""A private PostgreSQL server: found or unpacked, initialised once, supervised like any process."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

from icm.accounts import ServerAccount
from icm.complaints import Complaint
from icm.debian import library_path, unpack
from icm.ports import LOOPBACK
from icm.program import Program, Stage
from icm.servers import leftovers

OLDEST = 14
NEEDED = ("postgres", "initdb")
SUPERUSER = "postgres"

SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 96MB
effective_cache_size = 512MB
work_mem = 8MB
maintenance_work_mem = 64MB
max_wal_size = 1GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
max_worker_processes = 4
max_parallel_workers_per_gather = 0
fsync = on
synchronous_commit = on
timezone = '{zone}'
log_timezone = '{zone}'
log_line_prefix = '%m [%p] %u@%d '
log_checkpoints = off
# rejected statements and row values would carry people's data into the log
log_statement = 'none'
log_min_error_statement = panic
log_error_verbosity = terse
"""
RULES = """\
# who        database  user  address        how
host         all       all   127.0.0.1/32   scram-sha-256
"""


@dataclass(frozen=True, kw_only=True)
class PostgresPrograms:
    """Where PostgreSQL's programs are and what they need in their environment."""

    folder: Path
    libraries: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Variables the programs need."""
        kept = {"PATH": f"{self.folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "LC_ALL": "C.UTF-8"}
        return {**kept, "LD_LIBRARY_PATH": self.libraries} if self.libraries else kept


def find() -> PostgresPrograms | None:
    """PostgreSQL as installed on this machine (newest first), or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        complete = all((folder / name).exists() for name in NEEDED)
        if complete and (_version(folder) or OLDEST) >= OLDEST:
            return PostgresPrograms(folder=folder)
    return None


def find_or_unpack() -> PostgresPrograms:
    """PostgreSQL as installed, else Debian's package unpacked; raises ProgramMissing."""
    if not os.environ.get("ICM_UNPACK"):
        installed = find()
        if installed:
            return installed
    root = unpack("postgresql")
    folders = sorted(root.glob("usr/lib/postgresql/*/bin"), key=_version, reverse=True)
    return PostgresPrograms(folder=folders[0], libraries=library_path(root))


@dataclass(frozen=True, kw_only=True)
class PrivatePostgres:
    """One server with its own port and data folder; `superuser_password` opens it on the loopback only."""

    name: str
    folder: Path
    port: int
    superuser_password: str
    programs: PostgresPrograms
    account: ServerAccount

    @property
    def superuser_url(self) -> str:
        """URL of the administrator, for setting databases up and for tests."""
        return f"postgresql://{SUPERUSER}:{self.superuser_password}@{LOOPBACK}:{self.port}/postgres"

    def prepare(self, *, template: Path) -> None:
        """Create the data folder as a copy of `template`, which is initialised when it is not there yet."""
        if (self.folder / "PG_VERSION").exists():
            return
        if not (template / "PG_VERSION").exists():
            self._initialise(template)
        self.account.own(self.folder.parent, mode=0o711)
        unfinished = self.folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(["cp", "--archive", "--reflink=auto", str(template), str(unfinished)])
        unfinished.rename(self.folder)

    def program(self) -> Program:
        """The server as the supervisor runs it."""
        return Program(
            name=self.name,
            stage=Stage.DATABASE,
            command=(
                *self.account.prefix, str(self.programs.folder / "postgres"),
                "-D", str(self.folder), "-p", str(self.port),
            ),
            environment=self.programs.environment,
            folder=self.folder,
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast shutdown": sessions end, nothing is lost
            grace=20,
            before_start=self._clear_the_way,
            ready=self.answers,
            port=self.port,
        )  # fmt: skip

    def answers(self) -> bool:
        """Whether the server takes statements."""
        try:
            with psycopg.connect(self.superuser_url, connect_timeout=2, autocommit=True) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _clear_the_way(self) -> None:
        leftovers.sweep(self.folder)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self, template: Path) -> None:
        self.account.own(template.parent, mode=0o711)
        shutil.rmtree(template, ignore_errors=True)
        password = self.account.own(template.parent) / "first-password"
        password.write_text(self.superuser_password + "\n")
        self.account.give(password)
        try:
            self._run(
                [
                    str(self.programs.folder / "initdb"), "-D", str(template), "-U", SUPERUSER,
                    "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256",
                    f"--pwfile={password}", "--no-sync", "--no-instructions",
                ],
            )  # fmt: skip
        finally:
            password.unlink()
        zone = "UTC" if Path("/usr/share/zoneinfo/UTC").exists() else "GMT"
        with (template / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(zone=zone))
        (template / "pg_hba.conf").write_text(RULES)

    def _run(self, command: list[str]) -> None:
        environment = {**os.environ, **self.programs.environment}
        ran = subprocess.run(
            [*self.account.prefix, *command],
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise Complaint(
                f"{Path(command[0]).name} failed for {self.name}: {ran.stderr.strip()[-400:]}",
                mend="`icm doctor` looks at the disk and at the state folder.",
            )


def _version(folder: Path) -> int:
    number = re.search(r"/(\d+)/bin$", str(folder))
    return int(number.group(1)) if number else 0
