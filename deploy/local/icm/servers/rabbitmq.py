"""A private RabbitMQ node with its own epmd, cookie, node name, ports and data folder."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import requests

from icm.accounts import ServerAccount
from icm.debian import library_path, unpack
from icm.ports import LOOPBACK, answers
from icm.program import Program, Stage

ADMIN = "admin"

SETTINGS = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {prometheus}
default_user = {user}
default_pass = {password}
log.console = true
log.console.level = info
log.console.use_colors = off
log.file = false
# frugal: one small machine carries everything
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 200MB
raft.wal_max_size_bytes = 67108864
management.rates_mode = basic
"""
PLUGINS = "[rabbitmq_management,rabbitmq_prometheus].\n"
# Debian's own `erl` insists on /usr/lib/erlang; this one runs the Erlang that lies beside it.
UNPACKED_ERL = """\
#!/bin/sh
ROOTDIR="$(dirname "$(dirname "$(readlink -f "$0")")")/usr/lib/erlang"
BINDIR="$(dirname "$(ls "$ROOTDIR"/erts-*/bin/erlexec | tail -n 1)")"
EMU=beam
PROGNAME=erl
export ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" "$@"
"""
FRUGAL_ERLANG = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"


@dataclass(frozen=True, kw_only=True)
class RabbitPrograms:
    """Where RabbitMQ's and Erlang's programs are and what they need in their environment.

    `epmd` is Erlang's port mapper; it runs as a process of its own so that it stops with the rest.
    """

    server: Path
    erl: Path
    epmd: Path
    libraries: str = ""


def find() -> RabbitPrograms | None:
    """RabbitMQ as installed on this machine, or None."""
    erl, epmd = shutil.which("erl"), shutil.which("epmd")
    if not erl or not epmd:
        return None
    # Debian's command on PATH insists on its own user; the program behind it does not
    for server in (
        Path("/usr/lib/rabbitmq/bin/rabbitmq-server"),
        Path(shutil.which("rabbitmq-server") or "/none"),
    ):
        if server.exists():
            return RabbitPrograms(server=server, erl=Path(erl), epmd=Path(epmd))
    return None


def find_or_unpack() -> RabbitPrograms:
    """RabbitMQ as installed, else Debian's packages unpacked; raises ProgramMissing."""
    if not os.environ.get("ICM_UNPACK"):
        installed = find()
        if installed:
            return installed
    root = unpack("rabbitmq-server", scripts={"erl": UNPACKED_ERL})
    return RabbitPrograms(
        server=root / "usr/lib/rabbitmq/bin/rabbitmq-server",
        erl=root / "bin" / "erl",
        epmd=root / "usr/lib/erlang/bin/epmd",
        libraries=library_path(root),
    )


@dataclass(frozen=True, kw_only=True)
class PrivateRabbit:
    """One node; `admin_password` and `cookie` are known to this platform only."""

    folder: Path
    amqp_port: int
    management_port: int
    prometheus_port: int
    distribution_port: int
    epmd_port: int
    admin_password: str
    cookie: str
    programs: RabbitPrograms
    account: ServerAccount

    @property
    def admin_url(self) -> str:
        """AMQP URL of the administrator on the default vhost."""
        return f"amqp://{ADMIN}:{self.admin_password}@{LOOPBACK}:{self.amqp_port}/%2F"

    @property
    def management_url(self) -> str:
        """Management API of the node, with the administrator's credentials."""
        return f"http://{ADMIN}:{self.admin_password}@{LOOPBACK}:{self.management_port}"

    def prepare(self) -> None:
        """Write the node's settings; its data is kept."""
        self.account.own(self.folder, mode=0o711)
        for name in ("home", "data", "generated"):
            self.account.own(self.folder / name)
        written = {
            "rabbitmq.conf": SETTINGS.format(
                amqp=self.amqp_port,
                management=self.management_port,
                prometheus=self.prometheus_port,
                user=ADMIN,
                password=self.admin_password,
            ),
            "enabled_plugins": PLUGINS,
            "environment.conf": "",
        }
        for name, text in written.items():
            (self.folder / name).write_text(text)
            self.account.give(self.folder / name)
        cookie = self.folder / "home" / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        cookie.write_text(self.cookie)
        self.account.give(cookie, mode=0o400)

    def epmd_program(self) -> Program:
        """The port mapper as the supervisor runs it."""
        return Program(
            name="epmd",
            stage=Stage.PORT_MAPPER,
            command=(*self.account.prefix, str(self.programs.epmd)),
            environment=self._environment(),
            folder=self.folder,
            grace=2,
            ready=lambda: answers(self.epmd_port),
            port=self.epmd_port,
        )

    def program(self) -> Program:
        """The node as the supervisor runs it; the process is the Erlang machine itself."""
        return Program(
            name="rabbitmq",
            stage=Stage.BROKER,
            command=(*self.account.prefix, str(self.programs.server)),
            environment=self._environment(),
            folder=self.folder,
            stop_signal=signal.SIGTERM,
            grace=30,
            ready=self.answers,
            port=self.amqp_port,
        )

    def answers(self) -> bool:
        """Whether the node takes connections and its management API knows the administrator."""
        if not answers(self.amqp_port):
            return False
        try:
            return requests.get(f"{self.management_url}/api/vhosts", timeout=2).ok
        except requests.RequestException:
            return False

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        environment = {
            "PATH": f"{self.programs.erl.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(folder / "home"),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP": str(folder / "data" / "erl_crash.dump"),
            # makes the start script become the Erlang machine, so that signals reach it
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_NODENAME": "icm@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "data"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"{FRUGAL_ERLANG} -kernel inet_dist_use_interface {{127,0,0,1}}"
            ),
        }
        if self.programs.libraries:
            environment["LD_LIBRARY_PATH"] = self.programs.libraries
        return environment
