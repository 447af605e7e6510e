"""The transactions that a service opens: for a caller, for a caller who is refused, and for itself.

Each gives a `Work`. What is read, changed, emitted and put on record in it commits together, or not at all (rule 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from chassis import moment, sign_ins
from chassis.access.bound import Bound, look
from chassis.identity import Actor, system_actor
from chassis.trail import Trail
from chassis.work import Work

# The service that decides on consents knows their state by itself.
SELF_AUTHORITY = "consent"


@contextmanager
def door_work(
    factory: sessionmaker[Session],
    *,
    service: str,
    actor: Actor,
    trail: Trail,
    consent_limit_s: float,
    expected_version: int | None = None,
    claim: bytes | None = None,
) -> Iterator[Work]:
    """A transaction of a caller, under row-level security; commits when the block ends, rolls back when it raises.

    Raises SignInRemoved, SignInEnded when the caller's sign-in counts no more: nothing has been done then.
    """
    with denial_work(
        factory,
        service=service,
        actor=actor,
        trail=trail,
        consent_limit_s=consent_limit_s,
        expected_version=expected_version,
        claim=claim,
    ) as work:
        if work.lapsed is not None:
            raise work.lapsed
        yield work


@contextmanager
def denial_work(
    factory: sessionmaker[Session],
    *,
    service: str,
    actor: Actor,
    trail: Trail,
    consent_limit_s: float,
    expected_version: int | None = None,
    claim: bytes | None = None,
) -> Iterator[Work]:
    """As `door_work`, also for a caller whose sign-in counts no more (`lapsed` says why): that leaves an entry too."""
    with factory.begin() as session:
        bound, claimed = look(
            session,
            grantees=actor.grantees,
            purpose=actor.purpose,
            now=moment.now(),
            limit_seconds=consent_limit_s,
            authority=service == SELF_AUTHORITY,
            worker=sign_ins.of_worker(actor.subject) if actor.subject else "",
            session_name=sign_ins.of_session(actor.session) if actor.session else "",
            issued_at=actor.issued_at,
            claim=claim,
        )
        lapse = sign_ins.LAPSES.get(claimed.lapsed)
        yield Work(
            service=service,
            session=session,
            actor=actor,
            bound=bound,
            trail=trail,
            expected_version=expected_version,
            claimed=claimed,
            lapsed=None if lapse is None else lapse(),
        )


@contextmanager
def lane_work(
    factory: sessionmaker[Session], *, service: str, consent_limit_s: float | None = None
) -> Iterator[Work]:
    """A transaction of the service itself: events applied, clocks kept. Seals and commits when the block ends.

    Nobody looks here, so every row is seen. What is done on the strength of a consent asks `work.consent_current`, by
    the same limit as at the doors; without a limit nothing is known to stand, but in the consent service itself.
    """
    with factory.begin() as session:
        actor = system_actor(service)
        bound = Bound(
            grantees=tuple(actor.grantees),
            purpose=actor.purpose,
            now=moment.now(),
            consent_current=service == SELF_AUTHORITY,
        )
        work = Work(
            service=service,
            session=session,
            actor=actor,
            bound=bound,
            behind_the_door=True,
            consent_limit_s=consent_limit_s,
        )
        yield work
        work.seal()
