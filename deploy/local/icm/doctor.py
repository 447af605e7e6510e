"""What this machine lacks to run the platform, and how to mend each."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from icm.accounts import server_account
from icm.complaints import Complaint, NotForProduction, refuse_production
from icm.existing import existing_servers
from icm.layout import SERVICES
from icm.places import CHECKOUT, home, unpacked_programs
from icm.ports import choose
from icm.record import Record
from icm.servers import postgres, rabbitmq

LOCK = CHECKOUT / "requirements.lock"
NEEDED_DISK = 2_000_000_000
NEEDED_MEMORY = 2_000_000_000
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?:\s*;\s*(.+?))?\s*\\?$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at; `mend` says what to do when it is not fine."""

    what: str
    fine: bool = True
    mend: str = ""


def examine() -> list[Finding]:
    """Look at everything the platform needs. Changes nothing and starts nothing."""
    looks: list[Callable[[], Finding]] = [
        look_at_python,
        look_at_pins,
        look_at_parts,
        look_at_environment,
        look_at_postgres,
        look_at_rabbitmq,
        look_at_account,
        look_at_room,
        look_at_memory,
        look_at_ports,
        look_at_leftovers,
    ]
    return [look() for look in looks]


def look_at_python() -> Finding:
    """Python is new enough."""
    version = ".".join(str(number) for number in sys.version_info[:3])
    return Finding(
        what=f"Python {version}",
        fine=sys.version_info >= (3, 11),
        mend=""
        if sys.version_info >= (3, 11)
        else "Install Python 3.11 or newer, then: make PYTHON=python3.11 setup",
    )


def look_at_pins(lock: Path = LOCK) -> Finding:
    """What is installed is what requirements.lock pins."""
    wrong = [name for name, pinned, applies in _pins(lock) if applies and _installed(name) != pinned]
    if wrong:
        named = ", ".join(wrong[:5]) + (" …" if len(wrong) > 5 else "")
        return Finding(what=f"not installed as pinned: {named}", fine=False, mend="make setup")
    return Finding(what="everything is installed as requirements.lock pins it")


def look_at_parts() -> Finding:
    """Every service, the gateway and the chassis can be imported."""
    missing = [name for name in ("chassis", *SERVICES, "gateway") if importlib.util.find_spec(name) is None]
    if missing:
        return Finding(what=f"not installed: {', '.join(missing)}", fine=False, mend="make setup")
    return Finding(what="chassis, services and gateway are installed")


def look_at_environment() -> Finding:
    """The environment asks for a development platform, and names existing servers completely."""
    try:
        refuse_production(os.environ.get("ICM_ENV"), what="The embedded platform")
        existing = existing_servers()
    except (NotForProduction, Complaint) as complaint:
        return Finding(what=complaint.what, fine=False, mend=complaint.mend)
    outside = [
        *(["PostgreSQL"] if existing.postgres_admin_url or existing.databases else []),
        *(["RabbitMQ"] if existing.amqp_admin_url else []),
    ]
    return Finding(
        what=f"existing servers are used for {' and '.join(outside)}"
        if outside
        else "private servers are used"
    )


def look_at_postgres() -> Finding:
    """PostgreSQL is installed, unpacked, or can be unpacked."""
    found = postgres.find()
    return _server_finding("PostgreSQL", package="postgresql", found=str(found.folder) if found else None)


def look_at_rabbitmq() -> Finding:
    """RabbitMQ is installed, unpacked, or can be unpacked."""
    found = rabbitmq.find()
    return _server_finding("RabbitMQ", package="rabbitmq-server", found=str(found.server) if found else None)


def look_at_account() -> Finding:
    """As root, there is an unprivileged account for the servers that can enter the state folder."""
    nearest = next(folder for folder in (home(), *home().parents) if folder.exists())
    try:
        account = server_account(entering=nearest)
    except Complaint as complaint:
        return Finding(what=complaint.what, fine=False, mend=complaint.mend)
    return Finding(what=f"servers run as {account.name}")


def look_at_room() -> Finding:
    """The disk has room for data folders and unpacked programs."""
    nearest = next(folder for folder in (home(), *home().parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    return Finding(
        what=f"{free / 1e9:.1f} GB free for {home()}",
        fine=free >= NEEDED_DISK and os.access(nearest, os.W_OK),
        mend=""
        if free >= NEEDED_DISK and os.access(nearest, os.W_OK)
        else "Free 2 GB, or set ICM_HOME to a folder that is yours and has room.",
    )


def look_at_memory() -> Finding:
    """There is memory for five PostgreSQL servers, RabbitMQ and eight Python processes."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    enough = total >= NEEDED_MEMORY
    return Finding(
        what=f"{total / 1e9:.1f} GB of memory",
        fine=enough,
        mend="" if enough else "2 GB are needed to run everything.",
    )


def look_at_ports() -> Finding:
    """Ports of the loopback address can be had."""
    try:
        choose(taken=())
    except OSError:
        return Finding(
            what="no port of 127.0.0.1 can be listened on",
            fine=False,
            mend="Bring the loopback up: ip link set lo up",
        )
    return Finding(what="ports of 127.0.0.1 are free")


def look_at_leftovers() -> Finding:
    """No process is left of a supervisor that was killed."""
    record = Record(home=home())
    _, processes = record.read()
    left = [process.name for process in processes if process.alive]
    if left and not record.supervisor():
        return Finding(what=f"left behind by an earlier run: {', '.join(left)}", fine=False, mend="icm down")
    return Finding(what="the platform runs" if record.supervisor() else "nothing is left of earlier runs")


def _server_finding(name: str, *, package: str, found: str | None) -> Finding:
    if found:
        return Finding(what=f"{name} is installed: {found}")
    if (unpacked_programs() / f"{package}.unpacked.json").exists():
        return Finding(what=f"{name} is unpacked in {unpacked_programs()}")
    missing = [tool for tool in ("apt-get", "dpkg-deb") if not shutil.which(tool)]
    if missing:
        return Finding(
            what=f"{name} is not installed, and without {' and '.join(missing)} it cannot be unpacked",
            fine=False,
            mend=f"Install {name} with your system's package tool, or point to an existing server.",
        )
    return Finding(
        what=f"{name} is not installed; Debian's package {package} will be unpacked at the first start"
    )


def _pins(lock: Path) -> list[tuple[str, str, bool]]:
    from packaging.markers import Marker

    found = _PIN.findall(lock.read_text()) if lock.exists() else []
    return [(name, version, not marker or Marker(marker).evaluate()) for name, version, marker in found]


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
