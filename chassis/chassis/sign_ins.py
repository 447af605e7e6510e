"""Sign-ins that count no more: what every service keeps of removals and ends before a token's own time (CO-9, AU-1).

An access token says for minutes that somebody signed in, whatever has happened since. The consent service is the
authority for what happened: a sign-in was *removed* (it counts no more at all until it is restored) or *ended* (what
was issued up to a moment counts no more, a later sign-in does). The others follow its events through the ordered lane;
`look` asks this table in the statement that every door makes anyway.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, CheckConstraint, delete, false, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import moment
from chassis.database import Base
from chassis.errors import SignInEnded, SignInRemoved
from chassis.events import Received
from chassis.tokens import LONGEST_LIFE

if TYPE_CHECKING:
    from chassis.work import Work

_KEPT_BEYOND = timedelta(hours=1)
_LOCK = 0x1C0_51617
LAPSES: dict[str, type[SignInRemoved | SignInEnded]] = {
    kind.code: kind for kind in (SignInRemoved, SignInEnded)
}


class LapsedSignIn(Base):
    """A sign-in, or one session of it, that does not count: at all while `removed`, else for what was issued so far.

    Tokens issued up to `issued_until` never count again. `name` is `worker:<subject>` or `session:<code>`.
    """

    __tablename__ = "lapsed_sign_ins"
    __table_args__ = (CheckConstraint("removed OR issued_until IS NOT NULL", name="lapsed_somehow"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    removed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    issued_until: Mapped[datetime | None]


def of_worker(subject: str) -> str:
    """The name under which a whole sign-in lapses."""
    return f"worker:{subject}"


def of_session(session: str) -> str:
    """The name under which one session lapses; `session` is what `session_code` made of its identifier."""
    return f"session:{session}"


def before_the_second(at: datetime) -> datetime:
    """The last moment before the second of `at`, in which a token may have been issued already or only now.

    Tokens tell their time in whole seconds. Who is restored may sign in at once.
    """
    return at.replace(microsecond=0) - timedelta(microseconds=1)


def remove(session: Session, name: str) -> None:
    """The sign-in counts no more, whenever its tokens were issued, until it is restored."""
    _write(session, name, {"removed": True}, {"removed": True})


def end(session: Session, name: str, *, issued_until: datetime) -> None:
    """What was issued up to that moment counts no more; an earlier moment changes nothing."""
    _write(session, name, {"issued_until": issued_until}, {"issued_until": _later(issued_until)})


def restore(session: Session, name: str, *, issued_until: datetime) -> None:
    """The sign-in counts again, for what is issued after that moment: whoever is restored signs in anew."""
    restored = {"removed": False, "issued_until": _later(issued_until)}
    _write(session, name, {"removed": False, "issued_until": issued_until}, restored)


def is_removed(session: Session, name: str) -> bool:
    """Whether the sign-in is removed now."""
    return bool(session.scalar(select(LapsedSignIn.removed).where(LapsedSignIn.name == name)))


def hold(session: Session) -> None:
    """Let nobody else remove or restore a sign-in until the transaction ends: the authority decides one at a time."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def removed(work: Work, *, event: Received) -> None:
    """A sign-in counts no more until it is restored. The handler of `consent.sign_in.removed.v1`."""
    remove(work.session, of_worker(event.data["worker"]))


def ended(work: Work, *, event: Received) -> None:
    """What was issued up to a moment counts no more. The handler of `consent.sign_in.ended.v1`."""
    session = event.data["session"]
    name = of_worker(event.data["worker"]) if session is None else of_session(session)
    end(work.session, name, issued_until=_moment(event))


def restored(work: Work, *, event: Received) -> None:
    """A sign-in counts again, for tokens issued from now on. The handler of `consent.sign_in.restored.v1`."""
    restore(work.session, of_worker(event.data["worker"]), issued_until=_moment(event))


def forget_what_cannot_come(session: Session) -> None:
    """Drop the ends of what has run out by itself since: no token lives longer than a day."""
    over = moment.now() - LONGEST_LIFE - _KEPT_BEYOND
    session.execute(delete(LapsedSignIn).where(~LapsedSignIn.removed, LapsedSignIn.issued_until < over))


def _write(session: Session, name: str, new: dict[str, Any], changed: dict[str, Any]) -> None:
    row = insert(LapsedSignIn).values(name=name, **new)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=changed))


def _later(issued_until: datetime) -> Any:
    return func.greatest(LapsedSignIn.issued_until, issued_until)


def _moment(event: Received) -> datetime:
    return datetime.fromisoformat(event.data["issued_until"]).astimezone(UTC)
