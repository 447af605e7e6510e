"""The tables of need-to-know that each data-owning service keeps for its own records."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis import moment
from chassis.database import Base
from chassis.ids import new_id

BASES = ("team", "supervision", "statute", "agreement", "consent", "self", "emergency")
CONSENT = "consent"
CLOCKS_DIFFER_AT_MOST = timedelta(seconds=1)


class Grant(Base):
    """A recorded permission: this grantee may see this record, these categories, for these purposes, in this period.

    `grantee` is `worker:…`, `team:…`, `organisation:…` or `role:…`. Without `record_id` it reaches every unrestricted
    record of the kind, which only statute gives. Empty `purposes` means any purpose. `reference` names what the grant
    follows from: a consent, a team membership, an agreement.
    """

    __tablename__ = "grants"
    # A grant ends and is never deleted: it explains what was seen through it.
    __at_the_door__ = ("SELECT", "INSERT", "UPDATE")
    __table_args__ = (
        CheckConstraint(
            "basis IN ('team','supervision','statute','agreement','consent','self','emergency')", name="basis"
        ),
        CheckConstraint("record_id IS NOT NULL OR basis = 'statute'", name="every_record_only_by_statute"),
        CheckConstraint("record_id IS NOT NULL OR NOT reaches_restricted", name="restricted_only_by_name"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period"),
        Index("ix_grants_record", "record_kind", "record_id", "grantee"),
        Index("ix_grants_grantee", "grantee", "record_kind", postgresql_where=text("ended_at IS NULL")),
        Index("ix_grants_reference", "reference", postgresql_where=text("reference IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    grantee: Mapped[str]
    record_kind: Mapped[str]
    record_id: Mapped[UUID | None]
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    purposes: Mapped[list[str]] = mapped_column(ARRAY(Text()), default=list)
    basis: Mapped[str]
    may_write: Mapped[bool] = mapped_column(default=False)
    reaches_restricted: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reference: Mapped[UUID | None]
    given_at: Mapped[datetime] = mapped_column(default=moment.now)


class Restriction(Base):
    """A person whose records normal roles do not reach (CO-5); the row is gone once the restriction is lifted.

    `spread` marks a row that stands only because a linked record of the same person is restricted (IN-8): so the
    predicate asks one table by one key, whether a record is linked or not.
    """

    __tablename__ = "restrictions"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime] = mapped_column(default=moment.now)
    spread: Mapped[bool] = mapped_column(default=False, server_default=false())


class Heartbeat(Base):
    """Up to when this service knows the state of a source, as told through its ordered lane (CO-8).

    The moment is told by the source's clock. A clock that runs ahead would promise knowledge of what has not happened
    yet, so a moment further ahead than `CLOCKS_DIFFER_AT_MOST` is no sign of anything.
    """

    __tablename__ = "heartbeats"
    __at_the_door__ = ("SELECT",)

    source: Mapped[str] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]
