"""The same command twice has one effect and one reply (GW-1, GW-3, OP-3).

The reply is stored in the transaction of the command, under the caller, the door and the key. So a retry after a lost
answer, a redelivered message or an impatient second click finds what the first one did. With it is stored what the
first one touched, so that showing it again leaves an entry that says so (AU-1).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Integer, LargeBinary, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import moment
from chassis.database import Base, run
from chassis.errors import KeyReused, StillRunning
from chassis.trail import Trail

KEPT_FOR = timedelta(hours=24)


class IdempotentReply(Base):
    """What a command answered, kept for a day; it may hold what the caller was shown, so only the caller reads it.

    `body` is the reply, followed on a line of its own by what it touched and what opened it (see `Answered`).
    """

    __tablename__ = "idempotent_replies"
    __own_rows__ = "caller"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    caller: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    etag: Mapped[str | None]
    http: Mapped[int] = mapped_column(Integer)
    answered_at: Mapped[datetime] = mapped_column(default=moment.now, index=True)


class Raced(Exception):
    """Another transaction with the same key committed first; its reply stands."""


@dataclass(frozen=True)
class Answered:
    """A reply given before, what it touched, and which grants on which persons' records opened what it shows.

    What was shown once is not shown again by a retry when it would not be shown now (CO-8): so the grants are kept with
    it and asked for again. Beside the reply itself there are ids and codes only.
    """

    body: bytes
    etag: str | None
    http: int
    opened_by: tuple[UUID, ...] = ()
    persons: tuple[UUID, ...] = ()
    records: tuple[tuple[str, UUID], ...] = ()
    categories: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()

    @staticmethod
    def first(trail: Trail, *, body: bytes, etag: str | None) -> Answered:
        """The reply of a command that was carried out just now, with what its trail holds."""
        return Answered(
            body=body,
            etag=etag,
            http=200,
            opened_by=tuple(trail.basis),
            persons=tuple(trail.persons),
            records=tuple(trail.records),
            categories=frozenset(trail.categories),
            withheld=frozenset(trail.withheld),
        )

    def kept(self) -> bytes:
        """The bytes that are stored. JSON of ours has no line breaks, so the first one ends the reply."""
        touched = {
            "opened_by": self.opened_by,
            "persons": self.persons,
            "records": self.records,
            "categories": sorted(self.categories),
            "withheld": sorted(self.withheld),
        }
        return self.body + b"\n" + orjson.dumps(touched)

    @staticmethod
    def recalled(row: Any) -> Answered:
        """The reply in a stored row. The release before kept less beside it, or nothing."""
        body, _, beside = bytes(row.body).partition(b"\n")
        touched = orjson.loads(beside) if beside else {}
        return Answered(
            body=body,
            etag=row.etag,
            http=row.http,
            opened_by=tuple(UUID(each) for each in touched.get("opened_by", ())),
            persons=tuple(UUID(each) for each in touched.get("persons", ())),
            records=tuple((kind, UUID(each)) for kind, each in touched.get("records", ())),
            categories=frozenset(touched.get("categories", ())),
            withheld=frozenset(touched.get("withheld", ())),
        )


@dataclass(frozen=True)
class Claim:
    """One use of an idempotency key by one caller at one door."""

    id: bytes
    caller: str
    request_hash: bytes

    @staticmethod
    def of(*, subject: str, door: str, key: str, body: bytes) -> Claim:
        """The claim of this caller; the body is compared by hash only."""
        return Claim(
            caller=subject,
            id=hashlib.sha256("\x00".join((subject, door, key)).encode()).digest(),
            request_hash=hashlib.sha256(body).digest(),
        )

    def earlier(self, row: Any, *, trail: Trail) -> Answered | None:
        """The reply given before to this key, if any; `row` is what the look at the beginning of the work told.

        What the first command touched is noted for the entry (AU-1). Raises KeyReused when that was another request,
        StillRunning while the first one has not ended: then nothing is known of it and nothing reached.
        """
        if row.request_hash is None:
            if not row.free:
                raise StillRunning(retry_after=1)
            return None
        answered = Answered.recalled(row)
        trail.touched(records=answered.records, persons=answered.persons)
        if bytes(row.request_hash) != self.request_hash:
            raise KeyReused()
        return answered

    def keep(self, session: Session, answered: Answered) -> None:
        """Store the reply with the effect; raises Raced when another transaction did so first."""
        stored = run(
            session,
            _KEEP,
            {
                "id": self.id,
                "caller": self.caller,
                "request_hash": self.request_hash,
                "body": answered.kept(),
                "etag": answered.etag,
                "http": answered.http,
                "now": moment.now(),
            },
        ).one_or_none()
        if stored is None:
            raise Raced()


_KEEP = """
    INSERT INTO idempotent_replies (id, caller, request_hash, body, etag, http, answered_at)
    VALUES (%(id)s, %(caller)s, %(request_hash)s, %(body)s, %(etag)s, %(http)s, %(now)s)
    ON CONFLICT DO NOTHING RETURNING 1
"""


def forget_old_replies(session: Session) -> None:
    """Drop replies older than a day."""
    session.execute(delete(IdempotentReply).where(IdempotentReply.answered_at < moment.now() - KEPT_FOR))
