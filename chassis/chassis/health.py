"""Signs of life of a process over HTTP: /livez, /readyz and /metrics on `ICM_HEALTH_PORT` (OP-1, OP-4).

`/livez` answers as long as the hub turns: a supervisor restarts a process that does not. `/readyz` says
whether the process can do its work now and why not; a load balancer or a deployment waits for it. Neither
needs a token: they tell names of checks and classes of faults, nothing else. The port is for the inside of
the house only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any

import eventlet
import eventlet.wsgi
import orjson
import structlog
from eventlet.greenpool import GreenPool
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from chassis import metrics

log = structlog.get_logger(__name__)

CHECK_TIMEOUT_S = 1.0
_JSON = "application/json"
_REASONS = {
    200: "200 OK",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    503: "503 Service Unavailable",
}

Check = Callable[[], bool]


class NotReady(Exception):
    """A check failed for a reason that may be told: a static code, such as `migration_pending`."""


def database_answers(engine: Engine) -> Check:
    """Whether the database carries out a statement."""

    def check() -> bool:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return True

    return check


def migrated(engine: Engine, *, head: str | None, earlier: frozenset[str] = frozenset()) -> Check:
    """Whether the database is far enough for this release, whose newest migration is `head` (OP-4).

    `earlier` are the migrations that came before it. A migration that is unknown here is of a later release, which
    expands first: then this release goes on, so that the next can be rolled out, and back.
    """

    def check() -> bool:
        with engine.connect() as connection:
            try:
                stands_at = (
                    connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
                )
            except SQLAlchemyError:
                raise NotReady("never_migrated") from None
        if (head and not stands_at) or earlier.intersection(stands_at):
            raise NotReady("migration_behind")
        return True

    return check


def link_up(ready: Callable[[], bool]) -> Check:
    """Whether a link to the broker is up; give the `ready` of a part, as `lambda: part.ready`."""

    def check() -> bool:
        if not ready():
            raise NotReady("link_down")
        return True

    return check


class Health:
    """The signs of life of one process. Each check runs for a second at most, all at the same time."""

    def __init__(
        self, *, service: str, checks: Mapping[str, Check], timeout_s: float = CHECK_TIMEOUT_S
    ) -> None:
        self._service = service
        self._checks = dict(checks)
        self._timeout_s = timeout_s
        self._stopping = False
        self._listener: Any = None
        self._server: Any = None

    def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether every check holds, and what each says."""
        pool = GreenPool(max(1, len(self._checks)))
        told = dict(zip(self._checks, pool.imap(self._carried_out, self._checks.values()), strict=True))
        ready = not self._stopping and all(each["ok"] for each in told.values())
        answer: dict[str, Any] = {"service": self._service, "ready": ready, "checks": told}
        if self._stopping:
            answer["stopping"] = True
        return ready, answer

    def stopping(self) -> None:
        """Be no longer ready, though alive, so that no new work is sent while the present work ends."""
        self._stopping = True

    def start(self, *, host: str, port: int) -> int:
        """Answer on host and port (0 takes a free one) until `stop`; the port."""
        self._listener = eventlet.listen((host, port))
        self._server = eventlet.spawn(
            eventlet.wsgi.server, self._listener, self, log_output=False, keepalive=False, socket_timeout=5
        )
        bound: int = self._listener.getsockname()[1]
        log.info("health_answers", port=bound)
        return bound

    def stop(self) -> None:
        """Stop answering."""
        if self._server is not None:
            self._server.kill()
            self._listener.close()

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        status, kind, body = self._answer(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(_REASONS[status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        if method not in ("GET", "HEAD"):
            return 405, _JSON, b"{}"
        if path == "/livez":
            return 200, _JSON, orjson.dumps({"service": self._service, "alive": True})
        if path == "/readyz":
            ready, answer = self.readiness()
            return (200 if ready else 503), _JSON, orjson.dumps(answer)
        if path == "/metrics":
            body, kind = metrics.exposition()
            return 200, kind, body
        return 404, _JSON, b"{}"

    def _carried_out(self, check: Check) -> dict[str, Any]:
        began = monotonic()
        answer: dict[str, Any] = {"ok": False}
        limit = eventlet.Timeout(self._timeout_s)
        try:
            answer["ok"] = bool(check())
        except eventlet.Timeout:
            answer["cause"] = "timeout"
        except NotReady as named:
            answer["cause"] = str(named)
        except Exception as fault:
            answer["cause"] = type(fault).__name__
        finally:
            limit.cancel()
        answer["ms"] = round((monotonic() - began) * 1000, 1)
        return answer
