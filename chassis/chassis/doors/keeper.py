"""What happens behind every door, in one order and one transaction (rules 3, 5 and 7).

Token, permission, shape, row-level context, idempotency, the action, field filter, events, audit entry, commit, reply.
A denial commits an entry of its own before it is told, and so does an earlier reply that is told again.
"""

from __future__ import annotations

import zlib
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

import orjson
import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from chassis import metrics
from chassis.access.standing import Standings
from chassis.database import Base, sessions
from chassis.doors import Door, doors_of
from chassis.doors.idempotency import Answered, Claim, Raced
from chassis.doors.narrowing import narrowed
from chassis.errors import (
    AccessDenied,
    Conflict,
    InternalFault,
    Malformed,
    NotFound,
    PermissionMissing,
    Problem,
    SignInEnded,
    SignInRemoved,
    StaleVersion,
    StillRunning,
    Unauthenticated,
    Unavailable,
    VersionRequired,
)
from chassis.identity import Actor, Verifier, anybody
from chassis.rpc import Call, Reply
from chassis.schemas import Schema, refuse_nul
from chassis.telemetry import current_trace_id
from chassis.trail import Trail
from chassis.transactions import denial_work, door_work
from chassis.work import Page, Seen, Work

log = structlog.get_logger(__name__)

_TRIES = 3
_LOCK_NOT_AVAILABLE = "55P03"
_QUERY_CANCELED = "57014"
_REFUSED_BY_DATABASE: dict[str, type[Problem]] = {
    "23505": Conflict,  # another writer was first: unique violation
    "23503": Conflict,  # what the record names is gone: foreign key violation
    "40P01": StillRunning,  # two writers waited for each other
    "42501": AccessDenied,  # row-level security refused what the predicate let pass
}


class Keeper:
    """Serves the doors of one service class."""

    def __init__(
        self, *, service: type, factory: sessionmaker[Session], verifier: Verifier, consent_limit_s: float
    ) -> None:
        self.service: str = service.__dict__["name"]
        self._doors = doors_of(service)
        self._factory = factory
        # A door that only reads sees one state: a consent that ends meanwhile ends before it or after it.
        one_state = factory.kw["bind"].execution_options(isolation_level="REPEATABLE READ")
        self._reading = sessions(one_state)
        self._verifier = verifier
        self.standings = Standings(factory)
        self._consent_limit_s = consent_limit_s
        self._takes = {name: door.takes() for name, door in self._doors.items() if door.takes is not None}
        self._gives = {name: door.gives() for name, door in self._doors.items() if door.gives is not None}

    def handle(self, call: Call) -> Reply:
        """The reply to a call, a problem included; raises nothing but the deadline."""
        began = perf_counter()
        reply = self._answer(call)
        name = call.door if call.door in self._doors else "unknown"
        metrics.door_answered(name, http=reply.http, seconds=perf_counter() - began)
        return reply

    def _answer(self, call: Call) -> Reply:
        try:
            return self._open(call)
        except Problem as problem:
            return _refused(problem)
        except Exception as fault:
            log.error("door_failed", door=call.door, exc_info=fault)
            return _refused(InternalFault())

    def _open(self, call: Call) -> Reply:
        door = self._doors.get(call.door)
        if door is None:
            raise NotFound("There is no such door.")
        if door.open_to_all and door.takes is None:
            return Reply(
                body=orjson.dumps({"service": self.service, "state": "ok"}), status="ok", http=200, etag=None
            )
        if door.open_to_all:
            return self._within_a_transaction(door, call, anybody(), self._taken(door, call), None)
        actor = self._verifier.actor(
            str(call.headers.get("token") or ""),
            purpose=call.headers.get("purpose"),
            origin=call.headers.get("origin"),
        )
        self.standings.note(actor)
        if door.permission not in actor.permissions:
            raise self._denied(self._trail(door), actor, PermissionMissing())
        try:
            taken, expected = self._taken(door, call), _expected_version(door, call)
        except Problem as misshapen:
            raise self._lapse(door, actor) or misshapen from None
        return self._within_a_transaction(door, call, actor, taken, expected)

    def _taken(self, door: Door, call: Call) -> dict[str, Any]:
        arguments = _arguments(call.body)
        taken = self._takes[door.name].taken(arguments) if door.name in self._takes else {}
        if door.vouched is not None:
            taken[door.vouched] = self._verifier.logout(taken[door.vouched])
        if door.beside is not None:
            taken[door.beside] = [self._beside(door, **each) for each in taken[door.beside]]
        return taken

    def _beside(self, door: Door, *, token: str, purpose: str | None) -> Actor | None:
        """Somebody asked for with the caller, by their own token; None when it does not count or not for this door."""
        try:
            actor = self._verifier.actor(token, purpose=purpose)
        except (Unauthenticated, Malformed):
            return None
        self.standings.note(actor)
        return actor if door.permission in actor.permissions else None

    def _trail(self, door: Door) -> Trail:
        return Trail(service=self.service, door=door.name, action=door.action)

    def _within_a_transaction(
        self, door: Door, call: Call, actor: Actor, taken: dict[str, Any], expected: int | None
    ) -> Reply:
        """Run the door; a lost database connection is tried again, which idempotency makes safe."""
        for attempt in range(1, _TRIES + 1):
            trail = self._trail(door)
            try:
                return self._run(door, call, actor, taken, expected, trail)
            except Raced:
                continue
            except StaleDataError:
                if door.open_to_all:
                    raise StaleVersion() from None
                raise self._denied(trail, actor, StaleVersion()) from None
            except PoolExhausted:
                raise Unavailable(retry_after=1) from None
            except (OperationalError, InterfaceError) as lost:
                state = getattr(lost.orig, "sqlstate", None)
                if state in (_LOCK_NOT_AVAILABLE, _QUERY_CANCELED) or attempt == _TRIES:
                    raise Unavailable(retry_after=1) from None
            except DBAPIError as broken:
                if broken.connection_invalidated and attempt < _TRIES:
                    continue
                if (
                    refusal := _REFUSED_BY_DATABASE.get(getattr(broken.orig, "sqlstate", None) or "")
                ) is None:
                    raise
                raise self._denied(trail, actor, refusal()) from None
            except Problem as refusal:
                if not door.open_to_all and _told_in_the_log(refusal, trail):
                    raise self._denied(trail, actor, refusal) from None
                raise
        raise Unavailable(retry_after=1)

    def _run(
        self,
        door: Door,
        call: Call,
        actor: Actor,
        taken: dict[str, Any],
        expected: int | None,
        trail: Trail,
    ) -> Reply:
        claim = _claim(door, call, actor)
        if door.about_others:
            self.standings.keep()
        with door_work(
            self._factory if door.changes else self._reading,
            service=self.service,
            actor=actor,
            trail=trail,
            consent_limit_s=self._consent_limit_s,
            expected_version=expected,
            claim=None if claim is None else claim.id,
        ) as work:
            if claim is not None and (earlier := claim.earlier(work.claimed, trail=trail)) is not None:
                return self._told_again(door, work, earlier, trail)
            result = door.do(work, **taken)
            work.session.flush()
            body, etag = self._reply(door, work, result, trail)
            if claim is not None:
                claim.keep(work.session, Answered.first(trail, body=body, etag=etag))
            if not door.open_to_all and (door.audited is None or door.audited(taken)):
                work.seal(trail.entry(actor=actor, trace_id=current_trace_id()))
            else:
                work.seal()
        return Reply(body=body, status="ok", http=200, etag=etag)

    def _told_again(self, door: Door, work: Work, earlier: Answered, trail: Trail) -> Reply:
        """The reply given before: whole while all that opened it still does, else only what needs no grant (CO-8).

        It is an access of its own: one that shows, whatever the first one did, and a denial when the grants are gone
        (AU-1).
        """
        body, etag, schema = earlier.body, earlier.etag, self._gives.get(door.name)
        grants = work.grants.recount(earlier.opened_by, persons=earlier.persons)
        trail.action, trail.told_again, trail.restricted = "read", True, bool(grants.restricted)
        trail.withheld |= earlier.withheld
        refusal = None
        if schema is None or grants.all_count:
            trail.basis.update(grants.bases)
            trail.categories |= earlier.categories
        else:
            refusal = AccessDenied()
            body, etag = orjson.dumps(_bare(schema, orjson.loads(body))), None
            trail.withheld |= earlier.categories
        if not door.open_to_all:
            work.seal(trail.entry(actor=work.actor, trace_id=current_trace_id(), refusal=refusal))
        return Reply(body=body, status="ok", http=earlier.http, etag=etag)

    def _reply(self, door: Door, work: Work, result: Any, trail: Trail) -> tuple[bytes, str | None]:
        schema = self._gives.get(door.name)
        if schema is None or result is None:
            return b"{}", None
        if isinstance(result, Page):
            inner = schema.fields["items"].inner.schema  # type: ignore[attr-defined]
            items = [body for body, _ in self._views(inner, work, result.items, trail)]
            page = schema.dump({**result.beside, "items": [], "next_cursor": result.next_cursor})
            return orjson.dumps({**page, "items": items}), None
        ((view, seen),) = self._views(schema, work, [result], trail)
        body = orjson.dumps(view)
        if getattr(result, "told_in_parts", False):
            return body, _etag_of_parts(body)
        return body, _etag(result, seen)

    def _views(
        self, schema: Schema, work: Work, results: list[Any], trail: Trail
    ) -> list[tuple[dict[str, Any], Seen | None]]:
        models = [result for result in results if isinstance(result, Base)]
        work.saw(models)
        opened = iter(work.seen(models))
        views: list[tuple[dict[str, Any], Seen | None]] = []
        for result in results:
            seen = next(opened) if isinstance(result, Base) else None
            dumped: dict[str, Any] = schema.dump(result)
            if seen is None:
                views.append((dumped, None))
                continue
            body, shown, withheld = narrowed(
                schema, dumped, seen=None if seen.everything else seen.categories
            )
            withheld |= set(getattr(result, "withheld", ()))
            if "withheld" in schema.fields:
                body["withheld"] = sorted(withheld)
            trail.categories |= shown
            trail.withheld |= withheld
            trail.basis.update(seen.grants)
            if getattr(result, "told_in_parts", False):
                body.pop("version", None)
            views.append((body, seen))
        return views

    def _denied(self, trail: Trail, actor: Actor, refusal: Problem) -> Problem:
        """The refusal to tell, its entry committed in a transaction of its own.

        Without an entry not even a denial is told. Whose sign-in counts no more is told that and nothing else.
        """
        try:
            with self._refusing(trail, actor) as work:
                told = work.lapsed or refusal
                work.seal(trail.entry(actor=actor, trace_id=current_trace_id(), refusal=told))
        except (DBAPIError, PoolExhausted):
            raise Unavailable(retry_after=1) from None
        return told

    def _lapse(self, door: Door, actor: Actor) -> Problem | None:
        """Why the caller's sign-in counts no more, with an entry that says so; None when it counts.

        Asked where a call is refused before a transaction was opened: a mistake in its shape is told to who counts.
        """
        try:
            with self._refusing(self._trail(door), actor) as work:
                lapsed = work.lapsed
        except (DBAPIError, PoolExhausted):
            raise Unavailable(retry_after=1) from None
        return None if lapsed is None else self._denied(self._trail(door), actor, lapsed)

    def _refusing(self, trail: Trail, actor: Actor) -> AbstractContextManager[Work]:
        return denial_work(
            self._factory,
            service=self.service,
            actor=actor,
            trail=trail,
            consent_limit_s=self._consent_limit_s,
        )


def _bare(schema: Schema, told: dict[str, Any]) -> dict[str, Any]:
    """A reply without what stands under a category, on a page too; what was there is named in `withheld`."""
    if "items" in schema.fields and "next_cursor" in schema.fields:
        inner = schema.fields["items"].inner.schema  # type: ignore[attr-defined]
        return {**told, "items": [_bare(inner, each) for each in told["items"]]}
    kept, _, withheld = narrowed(schema, told, seen=set())
    if "withheld" in kept:
        kept["withheld"] = sorted({*kept["withheld"], *withheld})
    return kept


def _arguments(body: bytes) -> Any:
    try:
        arguments = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise Malformed("The body is not JSON.") from None
    if b"\\u0000" in body:
        refuse_nul(arguments)
    return arguments


def _claim(door: Door, call: Call, actor: Actor) -> Claim | None:
    key = call.headers.get("idempotency_key")
    if not door.changes or not key:
        return None
    return Claim.of(subject=actor.subject, door=door.name, key=str(key), body=call.body)


def _expected_version(door: Door, call: Call) -> int | None:
    """The version named by If-Match, of which the part before the dot counts; `*` accepts any."""
    if not door.versioned:
        return None
    if_match = str(call.headers.get("if_match") or "").strip()
    if not if_match:
        raise VersionRequired()
    if if_match == "*":
        return None
    try:
        return int(if_match.removeprefix("W/").strip('"').split(".", 1)[0])
    except ValueError:
        raise StaleVersion("If-Match holds no ETag of ours.") from None


def _etag(result: Any, seen: Seen | None) -> str | None:
    """`"<version>.<what was seen>"`: another reader's grants make another representation of the same version."""
    version = getattr(result, "version", None)
    if version is None or seen is None:
        return None
    sight = "*" if seen.everything else ",".join(sorted(seen.categories))
    return f'"{version}.{zlib.crc32(sight.encode()):08x}"'


def _etag_of_parts(body: bytes) -> str:
    """The tag of a record of which the caller sees a part: made of that part alone, so that nothing else shows (CA-1).

    It stands for a representation and for no version: a change asks for a tag of somebody who sees the whole.
    """
    return f'"part.{zlib.crc32(body):08x}"'


def _told_in_the_log(refusal: Problem, trail: Trail) -> bool:
    """Refusals of access always; any other one when a record or a person was reached, and none before (AU-1).

    What is wrong with a field is told from the record too ("must be a member of the case"): who tries one person after
    the other learns something, so each try is on record. A fault of shape is told before anything was reached. That a
    key was used for another request is told of the reply stored under it.
    """
    if isinstance(refusal, (AccessDenied, NotFound, PermissionMissing, SignInRemoved, SignInEnded)):
        return True
    if isinstance(refusal, (Unauthenticated, Malformed, VersionRequired)):
        return False
    return refusal.status < 500 and bool(trail.records or trail.persons)


def _refused(problem: Problem) -> Reply:
    return Reply(body=orjson.dumps(problem.to_wire()), status="problem", http=problem.status, etag=None)
