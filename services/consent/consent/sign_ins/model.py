"""The history of sign-ins that were removed, ended or restored: it only grows (CO-9). No client record is in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base
from chassis.errors import RuleBroken
from chassis.ids import new_id

REMOVED = "removed"
ENDED = "ended"
RESTORED = "restored"


class OwnSignIn(RuleBroken):
    """Nobody shuts themselves out by a slip; whoever leaves signs out, or asks another officer."""

    code = "own_sign_in"
    title = "Your own sign-in is removed by somebody else"


class SignInRemovedAlready(RuleBroken):
    """A sign-in is removed once; another reason is written when it was restored and is removed again."""

    code = "sign_in_removed_already"
    title = "This sign-in is removed already"


class SignInNotRemoved(RuleBroken):
    """What counts needs no restoring; what was only ended counts again with the next sign-in."""

    code = "sign_in_not_removed"
    title = "This sign-in is not removed"


class SignInStep(Base):
    """One thing that happened to a sign-in before its tokens' own time: what, when, by whom and why.

    `worker` is the subject of the sign-in, whoever it belongs to; only an end told by the sign-in provider may name a
    `session` (as a code) and no worker. `by` is empty for what the provider told; `token` tells its words apart.
    `issued_until` is the moment up to which issued tokens count no more.
    """

    __tablename__ = "sign_in_steps"
    __append_only__ = True
    __table_args__ = (
        CheckConstraint("step IN ('removed', 'ended', 'restored')", name="step"),
        CheckConstraint("worker IS NOT NULL OR session IS NOT NULL", name="of_somebody"),
        CheckConstraint("step = 'ended' OR (worker IS NOT NULL AND session IS NULL)", name="whole_sign_in"),
        CheckConstraint("(step = 'removed') = (issued_until IS NULL)", name="a_moment_unless_removed"),
        CheckConstraint(
            "(by IS NULL) = (token IS NOT NULL) AND (by IS NOT NULL OR step = 'ended')",
            name="by_somebody_or_the_provider",
        ),
        Index("ix_sign_in_steps_worker", "worker", "id"),
        Index("uq_sign_in_steps_token", "token", unique=True, postgresql_where=text("token IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    step: Mapped[str]
    worker: Mapped[str | None]
    session: Mapped[str | None]
    issued_until: Mapped[datetime | None]
    at: Mapped[datetime]
    by: Mapped[str | None]
    reason: Mapped[str]
    token: Mapped[str | None]
