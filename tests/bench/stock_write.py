"""The usual pattern that bench-write measures against, as tutorials show it: stock nameko, commit, then dispatch.

    python -m tests.bench.stock_write gateway|referrals|reader

An HTTP entrypoint calls the service by RpcProxy; the service inserts with SQLAlchemy, commits, and then
dispatches the event. A crash between commit and dispatch loses the event; nothing is authorised, audited or
deduplicated.
"""

from __future__ import annotations

import os

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

import eventlet

eventlet.monkey_patch()

import json
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from nameko.events import EventDispatcher, event_handler
from nameko.extensions import DependencyProvider
from nameko.rpc import RpcProxy, rpc
from nameko.runners import ServiceRunner
from nameko.web.handlers import http
from sqlalchemy import MetaData, Table, create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from werkzeug.wrappers import Request, Response

from chassis.ids import new_id

TABLE = "unsafe_referrals"
WORKERS = 12


class DatabaseSession(DependencyProvider):
    """A session for each call, and the table that the bench made like the real one."""

    def setup(self) -> None:
        engine = create_engine(os.environ["BENCH_DATABASE_URL"], pool_size=WORKERS, max_overflow=0)
        self.table = Table(TABLE, MetaData(), autoload_with=engine)
        base = type("Base", (DeclarativeBase,), {})
        self.model = type("UnsafeReferral", (base,), {"__table__": self.table})
        self.make = sessionmaker(engine)
        self.sessions: dict[Any, Session] = {}

    def get_dependency(self, worker_ctx: Any) -> tuple[Session, Any]:
        self.sessions[worker_ctx] = self.make()
        return self.sessions[worker_ctx], self.model

    def worker_teardown(self, worker_ctx: Any) -> None:
        self.sessions.pop(worker_ctx).close()


class ReferralsService:
    """Inserts a referral, commits, then dispatches."""

    name = "unsafe_referrals"

    database = DatabaseSession()
    dispatch = EventDispatcher()

    @rpc
    def receive(self, referral: dict[str, Any]) -> dict[str, Any]:
        session, model = self.database
        now = datetime.now(UTC)
        row = model(
            id=new_id(),
            version=1,
            person_id=UUID(referral["person_id"]),
            program=referral["program"],
            source=referral["source"],
            priority=referral["priority"],
            reason=referral["reason"],
            stage="received",
            received_at=now,
            **{name: now for name in ("created_at", "updated_at") if name in model.__table__.c},
        )
        session.add(row)
        session.commit()
        told = {"referral_id": str(row.id), "person_id": str(row.person_id), "program": row.program}
        self.dispatch("referral_received", told)
        return {**told, "source": row.source, "priority": row.priority, "reason": row.reason}


class ReaderService:
    """Somebody who listens, so that the event goes somewhere."""

    name = "unsafe_reader"

    @event_handler("unsafe_referrals", "referral_received")
    def note(self, told: dict[str, Any]) -> None:
        """Do nothing with it."""


class GatewayService:
    """HTTP in, RPC out."""

    name = "unsafe_gateway"

    referrals = RpcProxy("unsafe_referrals")

    @http("POST", "/referrals")
    def receive(self, request: Request) -> Response:
        referral = json.loads(request.get_data(as_text=True))
        made = self.referrals.receive(referral)
        return Response(json.dumps(made), status=201, mimetype="application/json")


def main() -> None:
    """Serve one of the three until it is told to stop."""
    service = {"gateway": GatewayService, "referrals": ReferralsService, "reader": ReaderService}[sys.argv[1]]
    runner = ServiceRunner(
        config={
            "AMQP_URI": os.environ["ICM_ADMIN_AMQP_URL"],
            "WEB_SERVER_ADDRESS": f"127.0.0.1:{os.environ['BENCH_HTTP_PORT']}",
            "max_workers": WORKERS,
        }
    )
    runner.add_service(service)
    runner.start()
    runner.wait()


if __name__ == "__main__":
    main()
