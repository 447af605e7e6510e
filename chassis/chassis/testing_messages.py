"""For tests and benches of messages: a vhost of one's own, a tap, a proxy that fails, programs that obey.

The servers come from `icm test-servers`. Code under eventlet runs in programs of its own, started here and
told what to do by lines of JSON, so that the test process stays unpatched and a program can be killed like
a replica.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

import amqp
import requests

from chassis.frames import address
from chassis.topology import USERS, definitions
from chassis.topology_import import apply

PATIENCE_S = 30.0


def server(name: str) -> str:
    """An address that `icm test-servers` sets; ends the process with a hint when it is missing."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f"{name} is missing: run this by `icm test-servers -- …`")
    return value


def passwords() -> dict[str, str]:
    """The passwords of the broker users on the test servers, the same in every vhost.

    The administrator by whom we import the definitions keeps the password that the servers gave.
    """
    ours = urlsplit(server("ICM_TEST_MANAGEMENT_URL"))
    known = {unquote(ours.username or "guest"): unquote(ours.password or "guest")}
    return {user: known.get(user, f"{user}-tests-only") for user in USERS}


def management(method: str, path: str) -> Any:
    """One request to the broker's management API; the answer's JSON, if it has any."""
    base = urlsplit(server("ICM_TEST_MANAGEMENT_URL"))
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (base.username or "guest", base.password or "guest")
        answer = session.request(
            method, f"{base.scheme}://{base.hostname}:{base.port or 15672}/api/{path}", timeout=PATIENCE_S
        )
        answer.raise_for_status()
        return answer.json() if answer.content and method == "GET" else None


@contextmanager
def fresh_vhost(*, events: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """A virtual host with the whole topology for these event contracts; gives the AMQP URL of every user."""
    name = f"test-{uuid4().hex[:8]}"
    given = passwords()
    apply(server("ICM_TEST_MANAGEMENT_URL"), definitions(given, events=events), vhost=name)
    broker = address(server("ICM_TEST_AMQP_URL"))
    try:
        yield {
            user: f"amqp://{user}:{quote(password, safe='')}@{broker.host}:{broker.port}/{quote(name)}"
            for user, password in given.items()
        }
    finally:
        management("DELETE", f"vhosts/{quote(name, safe='')}")


def eventually(condition: Callable[[], Any], *, within_s: float = PATIENCE_S) -> Any:
    """Wait until the condition gives something true and return that; AssertionError when it never does."""
    ends = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < ends, "what was waited for did not happen"  # noqa: S101 - for tests
        time.sleep(0.02)


def connect(url: str) -> amqp.Connection:
    """A plain, blocking AMQP connection."""
    where = address(url)
    connection = amqp.Connection(
        f"{where.host}:{where.port}", userid=where.user, password=where.password, virtual_host=where.vhost
    )
    connection.connect()
    return connection


class Tap:
    """Hears what an exchange is sent, in order, beside its consumers."""

    def __init__(self, url: str, *, exchange: str, key: str = "#") -> None:
        self._connection = connect(url)
        self._channel = self._connection.channel()
        self._channel.auto_decode = False
        self._queue = self._channel.queue_declare(exclusive=True).queue
        self._channel.queue_bind(self._queue, exchange, routing_key=key)
        self.heard: list[amqp.Message] = []

    def drain(self) -> list[amqp.Message]:
        """All messages so far."""
        while (message := self._channel.basic_get(self._queue, no_ack=True)) is not None:
            self.heard.append(message)
        return self.heard

    def close(self) -> None:
        """Hear no more."""
        self._connection.close()


class FailingProxy:
    """A TCP proxy before a server: it can fall silent, as a stopped machine does, and cut its connections.

    With `tls` it speaks TLS to those who connect, and plainly to the server.
    """

    def __init__(self, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._target = (host, port)
        self._tls = tls
        self._flowing = threading.Event()
        self._flowing.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._refusing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self) -> None:
        """Pass nothing on, close nothing."""
        self._flowing.clear()

    def speak(self) -> None:
        """Pass on again, also what was held."""
        self._flowing.set()

    def cut(self) -> None:
        """Reset every connection; new ones are taken."""
        for pair in self._pairs:
            for side in pair:
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)
                side.close()
        self._pairs.clear()

    def refuse(self, *, refusing: bool) -> None:
        """Close new connections at once, as a port without a server does, or take them again."""
        self._refusing = refusing

    def close(self) -> None:
        """Stop."""
        self._listener.close()
        self.cut()
        self._flowing.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._refusing:
                    near.close()
                    continue
                if self._tls is not None:
                    try:
                        near = self._tls.wrap_socket(near, server_side=True)
                    except OSError:
                        near.close()
                        continue
                far = socket.create_connection(self._target)
                self._pairs.append((near, far))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                self._flowing.wait()
                target.sendall(piece)
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


class Program:
    """A Python program that reads orders and prints answers, a JSON object a line; the first when it is ready."""

    def __init__(self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PSYCOPG_WAIT_FUNC": "wait_select", **(environment or {})},
            text=True,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def ask(self, **order: Any) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        self.tell(**order)
        return self.answer()

    def tell(self, **order: Any) -> None:
        """Give an order."""
        stdin = self._process.stdin
        if stdin is None:
            raise BrokenPipeError
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The next answer; what is no JSON object (a log line) goes to standard error."""
        for line in self._process.stdout or ():
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
            sys.stderr.write(line)
        raise RuntimeError(f"the program ended with exit code {self._process.wait()}")

    def send_signal(self, number: signal.Signals) -> None:
        """Signal the process."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Program:
        self.answer()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def answer(**told: Any) -> None:
    """Print an answer, inside such a program."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def orders() -> Iterator[dict[str, Any]]:
    """The orders that come in, read without stopping other greenthreads; ends when standard input does."""
    from eventlet.hubs import trampoline

    left = b""
    while True:
        trampoline(0, read=True)
        piece = os.read(0, 65_536)
        if not piece:
            return
        *lines, left = (left + piece).split(b"\n")
        for line in lines:
            yield json.loads(line)
