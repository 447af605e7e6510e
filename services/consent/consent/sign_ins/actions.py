"""What may happen to a sign-in before its tokens' own time is over (CO-9).

This service is the authority: what it decides counts here with the commit, and in the other services as soon as the
event has come through their ordered lane.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from chassis import sign_ins
from chassis.errors import SignInRemoved
from chassis.ids import new_id
from chassis.logout import Logout
from chassis.work import Work
from consent import events
from consent.sign_ins.model import (
    ENDED,
    REMOVED,
    RESTORED,
    OwnSignIn,
    SignInNotRemoved,
    SignInRemovedAlready,
    SignInStep,
)

AT_THE_PROVIDER = "Signed out at the sign-in provider."


def remove(work: Work, *, worker: str, reason: str) -> SignInStep:
    """The sign-in counts no more, whatever token it shows, until it is restored (CO-9).

    Removals wait for each other, so that of two officers who remove each other one is left to restore.
    Raises OwnSignIn, SignInRemovedAlready.
    """
    if worker == work.actor.subject:
        raise OwnSignIn
    _one_at_a_time(work)
    if sign_ins.is_removed(work.session, sign_ins.of_worker(worker)):
        raise SignInRemovedAlready
    sign_ins.remove(work.session, sign_ins.of_worker(worker))
    step = work.add(_step(work, step=REMOVED, worker=worker, reason=reason))
    work.emit(events.sign_in_removed(step))
    return step


def end(work: Work, *, worker: str, reason: str) -> SignInStep:
    """Every token issued to this sign-in up to now counts no more; who signs in anew is welcome (CO-9)."""
    sign_ins.end(work.session, sign_ins.of_worker(worker), issued_until=work.now)
    step = work.add(_step(work, step=ENDED, worker=worker, reason=reason, issued_until=work.now))
    work.emit(events.sign_in_ended(step))
    return step


def restore(work: Work, *, worker: str, reason: str) -> SignInStep:
    """A removed sign-in counts again, for who signs in from now on; earlier tokens stay dead (CO-9).

    Raises SignInNotRemoved.
    """
    _one_at_a_time(work)
    if not sign_ins.is_removed(work.session, sign_ins.of_worker(worker)):
        raise SignInNotRemoved
    issued_until = sign_ins.before_the_second(work.now)
    sign_ins.restore(work.session, sign_ins.of_worker(worker), issued_until=issued_until)
    step = work.add(_step(work, step=RESTORED, worker=worker, reason=reason, issued_until=issued_until))
    work.emit(events.sign_in_restored(step))
    return step


def signed_out(work: Work, *, logout_token: Logout) -> None:
    """The sign-in provider says that a session, or everything of a sign-in, is over (OpenID Connect, GW-1).

    The same word twice ends nothing twice.
    """
    told = SignInStep(
        id=new_id(),
        step=ENDED,
        worker=logout_token.worker,
        session=logout_token.session,
        issued_until=logout_token.issued_until,
        at=work.now,
        by=None,
        reason=AT_THE_PROVIDER,
        token=logout_token.token,
    )
    try:
        with work.session.begin_nested():
            work.add(told)
    except IntegrityError:
        return
    name = events.sign_in_name(told)
    sign_ins.end(work.session, name, issued_until=logout_token.issued_until)
    work.emit(events.sign_in_ended(told))


def _one_at_a_time(work: Work) -> None:
    """Decide alone, and only while one's own sign-in still counts."""
    sign_ins.hold(work.session)
    if sign_ins.is_removed(work.session, sign_ins.of_worker(work.actor.subject)):
        raise SignInRemoved


def _step(
    work: Work, *, step: str, worker: str, reason: str, issued_until: datetime | None = None
) -> SignInStep:
    return SignInStep(
        id=new_id(),
        step=step,
        worker=worker,
        session=None,
        issued_until=issued_until,
        at=work.now,
        by=work.actor.subject,
        reason=reason,
        token=None,
    )
