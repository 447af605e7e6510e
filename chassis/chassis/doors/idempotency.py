"""The same command twice has one effect and one reply (GW-1, GW-3, OP-3).

The reply is stored in the transaction of the command, under the caller, the door and the key. So a retry after a lost
answer, a redelivered message or an impatient second click finds what the first one did.
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

KEPT_FOR = timedelta(hours=24)


class IdempotentReply(Base):
    """What a command answered, kept for a day; it may hold what the caller was shown, so only the caller reads it.

    `body` is the reply, followed on a line of its own by what opened it, where grants did (see `Answered`).
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
    """A reply given before, and which grants on which persons' records opened what it shows.

    What was shown once is not shown again by a retry when it would not be shown now (CO-8): so the grants are kept with
    it and asked for again.
    """

    body: bytes
    etag: str | None
    http: int
    opened_by: tuple[UUID, ...] = ()
    persons: tuple[UUID, ...] = ()

    def kept(self) -> bytes:
        """The bytes that are stored. JSON of ours has no line breaks, so the first one ends the reply."""
        if not self.opened_by:
            return self.body
        return self.body + b"\n" + orjson.dumps({"opened_by": self.opened_by, "persons": self.persons})

    @staticmethod
    def recalled(row: Any) -> Answered:
        """The reply in a stored row."""
        body, _, opening = bytes(row.body).partition(b"\n")
        opened = orjson.loads(opening) if opening else {"opened_by": (), "persons": ()}
        return Answered(
            body=body,
            etag=row.etag,
            http=row.http,
            opened_by=tuple(UUID(each) for each in opened["opened_by"]),
            persons=tuple(UUID(each) for each in opened["persons"]),
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

    def earlier(self, row: Any) -> Answered | None:
        """The reply given before to this key, if any; `row` is what the look at the beginning of the work told.

        Raises KeyReused when that was another request, StillRunning while the first one has not ended.
        """
        if row.request_hash is None:
            if not row.free:
                raise StillRunning(retry_after=1)
            return None
        if bytes(row.request_hash) != self.request_hash:
            raise KeyReused()
        return Answered.recalled(row)

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
