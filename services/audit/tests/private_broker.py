"""A RabbitMQ of one test's own, which can crash and come back without hurting anybody else's tests."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from time import monotonic, sleep

from chassis.testing_messages import passwords
from chassis.topology import definitions
from chassis.topology_import import apply
from icm.layout import Layout
from icm.ports import LOOPBACK
from icm.program import Program
from icm.servers.private import prepared_rabbitmq
from icm.servers.rabbitmq import ADMIN

VHOST = "audit-restarts"
READY_WITHIN_S = 90.0
_KEEPER_OF_STREAMS = b"rabbit_stream_coordinator"


class PrivateBroker:
    """A node with the house's own topology in one virtual host; what it was told survives a crash."""

    def __init__(self, home: Path) -> None:
        self._node = prepared_rabbitmq(Layout.open(home))
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def port(self) -> int:
        """Where it takes connections."""
        return self._node.amqp_port

    def url(self, user: str) -> str:
        """The address for a user of the house."""
        return f"amqp://{user}:{passwords()[user]}@{LOOPBACK}:{self.port}/{VHOST}"

    def __enter__(self) -> PrivateBroker:
        self._run(self._node.epmd_program())
        self.start()
        users = {**passwords(), ADMIN: self._node.admin_password}
        apply(self._node.management_url, definitions(users), vhost=VHOST)
        self._until_streams_are_kept()
        return self

    def __exit__(self, *_: object) -> None:
        while self._running:
            self.crash()

    def start(self) -> None:
        """Start it, and return once it takes connections."""
        self._run(self._node.program())
        ends = monotonic() + READY_WITHIN_S
        while not self._node.answers():
            assert self._running[-1].poll() is None, "the broker ended"
            assert monotonic() < ends, "the broker does not come up"
            sleep(0.1)

    def crash(self) -> None:
        """End it as the kernel would for want of memory."""
        process = self._running.pop()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _until_streams_are_kept(self) -> None:
        """Return once the disk says who looks after streams.

        A node that is killed in the first moment after its first stream was declared forgets that, and never brings
        the stream back (RabbitMQ 3.10). That is no crash of a broker at work.
        """
        files = list(self._node.folder.glob("data/*/coordination/*/names.dets"))
        assert files, "the node keeps nowhere who looks after streams"
        ends = monotonic() + READY_WITHIN_S
        while not all(_KEEPER_OF_STREAMS in file.read_bytes() for file in files):
            assert monotonic() < ends, "the node does not write down who looks after streams"
            sleep(0.1)

    def _run(self, program: Program) -> None:
        self._running.append(
            subprocess.Popen(
                program.command,
                env={**os.environ, **program.environment},
                cwd=program.folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
