"""Fixtures for tests of one service, on a real PostgreSQL with its three roles (a pytest plugin).

A service's tests name their service in conftest.py:

    SERVICE = "intake"
    from intake.service import IntakeService as SERVICE_CLASS

and run in a process of their own, with the servers that `icm test-servers` starts. Nothing of ours is faked: doors,
grants and policies are the real ones; only the broker is left out, which tests of the chassis and of the whole cover.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import time as machine_seconds
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from chassis import contracts, moment
from chassis.access.policies import install
from chassis.database import Base, open_engine, sessions
from chassis.doors import subscriptions_of
from chassis.doors.keeper import Keeper
from chassis.events import Event, Received, decode
from chassis.identity import Actor, Verifier
from chassis.migrations import migrate
from chassis.outbox import OutboxMessage
from chassis.rpc import Call, Reply
from chassis.testing_openid import AUDIENCE, Provider, running_provider
from chassis.trail import Trail
from chassis.transactions import door_work, lane_work
from chassis.work import Work

_PASSWORD = "tests-only"  # noqa: S105 - the scratch server lives as long as the test run
_CONSENT_LIMIT_S = 10.0


@dataclass(frozen=True)
class ServiceDatabase:
    """The migrated database of the service under test, seen by its roles."""

    service: str
    owner_url: str
    door_url: str
    lane_url: str
    door: sessionmaker[Session]
    lane: sessionmaker[Session]
    owner: Engine
    superuser: Engine

    def clear(self) -> None:
        """Empty every table but the statutory grants and the migration's mark.

        Only tables that hold something are touched: with many tables, truncating them all for each test costs more than
        most tests do.
        """
        tables = [table.name for table in Base.metadata.sorted_tables if table.name != "grants"]
        asked = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})"  # noqa: S608 - names of our own models
            for name in tables
        )
        with self.superuser.connect() as connection:
            filled = connection.scalars(text(asked)).all()
            # Neither foreign keys nor the triggers that keep what is written once stand in a test's way.
            connection.execute(text("SET session_replication_role = replica"))
            for name in filled:
                connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608
            connection.execute(text("DELETE FROM grants WHERE record_id IS NOT NULL"))
            connection.execute(text("SET session_replication_role = DEFAULT"))
            connection.execute(text(_RESTART_NUMBERS))


_RESTART_NUMBERS = """
    SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


@contextmanager
def scratch_database(service: str, *, prepare: Callable[[str, str], Any]) -> Iterator[ServiceDatabase]:
    """A database of its own with owner, door and lane roles; `prepare(service, owner_url)` makes the tables."""
    superuser = make_url(os.environ["ICM_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg")
    name = f"{service}_{uuid4().hex[:12]}"
    admin = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for part in ("owner", "door", "lane"):
            role = f"{service}_{part}"
            connection.execute(text(f"SELECT pg_advisory_lock(hashtext('{role}'))"))
            if not connection.execute(
                text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
            ).scalar():
                connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{_PASSWORD}'"))
            connection.execute(text(f"SELECT pg_advisory_unlock(hashtext('{role}'))"))
        connection.execute(text(f"CREATE DATABASE {name} OWNER {service}_owner"))
    urls = {
        part: superuser.set(username=f"{service}_{part}", password=_PASSWORD, database=name).render_as_string(
            False
        )
        for part in ("owner", "door", "lane")
    }
    inside = create_engine(superuser.set(database=name), isolation_level="AUTOCOMMIT")
    with inside.connect() as connection:
        for extension in ("pg_trgm", "unaccent", "fuzzystrmatch"):
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {service}_owner"))
    prepare(service, urls["owner"])
    engines = [open_engine(urls[part], pool_size=5) for part in ("door", "lane")]
    owner = create_engine(urls["owner"])
    try:
        yield ServiceDatabase(
            service=service,
            owner_url=urls["owner"],
            door_url=urls["door"],
            lane_url=urls["lane"],
            door=sessions(engines[0]),
            lane=sessions(engines[1]),
            owner=owner,
            superuser=inside,
        )
    finally:
        for engine in (*engines, owner, inside):
            engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def migrated(service: str, owner_url: str) -> None:
    """Make the tables by the service's own migrations."""
    migrate(service, owner_url=owner_url)


def created_from_models(service: str, owner_url: str) -> None:
    """Make the tables straight from the models: for tests of the chassis, which has no migrations of its own."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num text PRIMARY KEY)"))
        Base.metadata.create_all(connection)
        install(connection, service=service)
    engine.dispose()


class Clock:
    """The time as the house tells it, standing still unless moved."""

    def __init__(self, at: datetime) -> None:
        self.now = at

    def move_to(self, at: datetime) -> None:
        """Let it be that moment."""
        self.now = at

    def advance(self, **by: float) -> datetime:
        """Let time pass, in the words of timedelta: `clock.advance(days=3)`; returns the new moment."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class Sent:
    """What the service under test has written for the bus."""

    database: ServiceDatabase

    def __call__(self, key: str | None = None) -> list[Received]:
        """The events written and not yet relayed, oldest first; of one key when given."""
        with self.database.lane() as session:
            bodies = session.scalars(_select_bodies())
            told = [decode(bytes(body)) for body in bodies]
        return [each for each in told if key is None or each.key == key]

    def entries(self) -> list[dict[str, Any]]:
        """The audit entries among them."""
        return [each.data for each in self() if each.key.endswith(".access.recorded.v1")]


def _select_bodies() -> Any:
    from sqlalchemy import select

    return select(OutboxMessage.body).order_by(OutboxMessage.id)


def _named_in_conftest(config: pytest.Config, name: str) -> Any:
    for plugin in config.pluginmanager.get_plugins():
        if hasattr(plugin, name):
            return getattr(plugin, name)
    raise LookupError(f"conftest.py of this service's tests must define {name}")


@pytest.fixture(scope="session")
def service_class(pytestconfig: pytest.Config) -> type:
    """The service class under test."""
    named: type = _named_in_conftest(pytestconfig, "SERVICE_CLASS")
    return named


@pytest.fixture(scope="session")
def whole_database(pytestconfig: pytest.Config) -> Iterator[ServiceDatabase]:
    """The service's database, made once a test run."""
    service = _named_in_conftest(pytestconfig, "SERVICE")
    importlib.import_module(f"{service}.models")
    with scratch_database(service, prepare=migrated) as made:
        yield made


@pytest.fixture
def database(whole_database: ServiceDatabase) -> ServiceDatabase:
    """The service's database, empty."""
    whole_database.clear()
    return whole_database


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The time of the house, frozen at a Wednesday morning in Vancouver (2026-03-04 09:00)."""
    frozen = Clock(datetime(2026, 3, 4, 17, 0, tzinfo=UTC))
    moment.told_by(lambda: frozen.now)
    yield frozen
    moment.told_by(None)


def make_actor(
    *,
    subject: str = "worker-1",
    roles: Iterable[str] = ("practitioner",),
    organisation: str | None = "school",
    teams: Iterable[str] = (),
    purpose: str | None = None,
) -> Actor:
    """An actor with the permissions that contracts/access gives to the roles."""
    listed = contracts.access_list("roles")
    roles = list(roles)
    return Actor(
        subject=subject,
        organisation=organisation,
        roles=frozenset(roles),
        teams=frozenset(teams),
        permissions=frozenset(permission for role in roles for permission in listed[role]["permissions"]),
        client_id="tests",
        token_id=f"token-of-{subject}",
        purpose=purpose or listed[roles[0]]["purpose"],
        origin="127.0.0.1",
        issued_at=moment.now(),
    )


@pytest.fixture
def an_actor() -> Callable[..., Actor]:
    """Builds actors: `an_actor(subject="mentor", roles=["practitioner"])`."""
    return make_actor


@pytest.fixture
def work_as(database: ServiceDatabase) -> Callable[[Actor], AbstractContextManager[Work]]:
    """`with work_as(actor) as work:` - a caller's transaction under row-level security, sealed and committed."""

    @contextmanager
    def opened(actor: Actor) -> Iterator[Work]:
        trail = Trail(service=database.service, door="test", action="write")
        with door_work(
            database.door,
            service=database.service,
            actor=actor,
            trail=trail,
            consent_limit_s=_CONSENT_LIMIT_S,
        ) as work:
            yield work
            work.seal()

    return opened


@pytest.fixture
def in_lane(database: ServiceDatabase) -> Callable[[], AbstractContextManager[Work]]:
    """`with in_lane() as work:` - a transaction of the service itself."""
    return lambda: lane_work(database.lane, service=database.service, consent_limit_s=_CONSENT_LIMIT_S)


@pytest.fixture
def outbox(database: ServiceDatabase) -> Sent:
    """What was written for the bus: `outbox("cases.case.opened.v1")`, `outbox.entries()`."""
    return Sent(database)


@pytest.fixture
def receive(database: ServiceDatabase, service_class: type) -> Callable[..., Received]:
    """`receive("consent.consent.given.v1", subject=…, data={…})` applies an event by the service's own handlers."""
    subscriptions = subscriptions_of(service_class)

    def applied(
        key: str, *, data: dict[str, Any], subject: UUID | str = "", event_id: UUID | None = None
    ) -> Received:
        contracts.check_event(key, orjson.loads(orjson.dumps(data)))
        told = Event(key=key, subject=str(subject), data=orjson.loads(orjson.dumps(data)))
        got = Received(
            id=event_id or told.id,
            key=key,
            source=key.split(".", 1)[0],
            subject=told.subject,
            version=None,
            time=told.time,
            data=told.data,
        )
        follows = [each for each in subscriptions if _matches(each.pattern, key)]
        if not follows:
            raise LookupError(f"{service_class.__name__} does not follow {key}")
        with lane_work(database.lane, service=database.service, consent_limit_s=_CONSENT_LIMIT_S) as work:
            for each in follows:
                if each.batch:
                    each.do(work, events=[got])
                else:
                    each.do(work, event=got)
        return got

    return applied


def _matches(pattern: str, key: str) -> bool:
    words, said = pattern.split("."), key.split(".")
    return len(words) == len(said) and all(
        word in ("*", spoken) for word, spoken in zip(words, said, strict=True)
    )


@pytest.fixture
def consent_is_current(database: ServiceDatabase) -> Callable[[], None]:
    """Call it to let the service have heard the consent service's heartbeat just now."""

    def heard() -> None:
        with lane_work(database.lane, service=database.service, consent_limit_s=_CONSENT_LIMIT_S) as work:
            work.heard("consent", sent_at=moment.now())

    return heard


@pytest.fixture(scope="session")
def sign_in_provider() -> Iterator[Provider]:
    """An OpenID provider on loopback."""
    with running_provider() as provider:
        yield provider


@pytest.fixture
def keeper(database: ServiceDatabase, service_class: type, sign_in_provider: Provider) -> Keeper:
    """What stands behind the service's doors."""
    return Keeper(
        service=service_class,
        factory=database.door,
        verifier=Verifier(issuer=sign_in_provider.issuer, audience=AUDIENCE),
        consent_limit_s=_CONSENT_LIMIT_S,
    )


@pytest.fixture
def call(keeper: Keeper, sign_in_provider: Provider) -> Callable[..., Answer]:
    """`call("open_case", {…}, actor=…)` goes through the whole door: token, permission, transaction, filter, entry."""

    def called(
        door: str,
        body: Any = None,
        *,
        actor: Actor,
        idempotency_key: str | None = None,
        if_match: str | None = None,
        purpose: str | None = None,
        origin: str = "127.0.0.1",
        token: str | None = None,
    ) -> Answer:
        headers = {
            "token": token or _token_of(sign_in_provider, actor),
            "purpose": purpose or actor.purpose,
            "origin": origin,
            "idempotency_key": idempotency_key or str(uuid4()),
            "if_match": if_match,
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        deadline = int((machine_seconds() + 30) * 1000)
        message = Call(door=door, body=orjson.dumps(body or {}), headers=headers, deadline_ms=deadline)
        return Answer(keeper.handle(message))

    return called


@dataclass(frozen=True)
class Answer:
    """A reply, read."""

    reply: Reply

    @property
    def status(self) -> int:
        """The HTTP status that the gateway would give, 200 for anything that went well."""
        return self.reply.http

    @property
    def body(self) -> Any:
        """The JSON of the view or of the problem."""
        return orjson.loads(self.reply.body)

    @property
    def etag(self) -> str | None:
        """The entity tag, where the reply is of one record."""
        return self.reply.etag


def _token_of(provider: Provider, actor: Actor) -> str:
    return provider.token(
        sub=actor.subject,
        roles=sorted(actor.roles),
        organisation=actor.organisation,
        teams=sorted(actor.teams),
        jti=actor.token_id,
        sid=actor.session,
    )
