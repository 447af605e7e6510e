"""A wire between a client and a server that can be cut in the middle of what it carries."""

from __future__ import annotations

import contextlib
import socket
import threading
from time import monotonic
from types import TracebackType


class Wire:
    """Listens on `port` and passes everything on, until it is cut; a client may connect again."""

    def __init__(self, host: str | None, port: int | None) -> None:
        self._server = (host or "127.0.0.1", port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._through = 0
        self._cut_at: int | None = None
        self._moved = threading.Condition()

    def __enter__(self) -> Wire:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self._cut()

    def cut_after(self, *, bytes_through: int, wait_s: float = 30) -> None:
        """Cut every connection once so many bytes in all have gone to the server, and return then."""
        ends = monotonic() + wait_s
        with self._moved:
            self._cut_at = bytes_through
            while self._cut_at is not None:
                assert self._moved.wait(timeout=ends - monotonic()), "nothing goes through the wire"

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            pair = (client, socket.create_connection(self._server))
            self._pairs.append(pair)
            threading.Thread(target=self._carry, args=pair, kwargs={"counted": True}, daemon=True).start()
            threading.Thread(target=self._carry, args=pair[::-1], daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, *, counted: bool = False) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(4_096):
                sink.sendall(piece)
                if counted:
                    self._count(len(piece))

    def _count(self, size: int) -> None:
        with self._moved:
            self._through += size
            if self._cut_at is not None and self._through >= self._cut_at:
                self._cut()
                self._cut_at = None
                self._moved.notify_all()

    def _cut(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._pairs.clear()
