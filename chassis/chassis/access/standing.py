"""Of which organisation, teams and roles a worker was when last seen, and when that changed (CO-7).

A grant names a team, an organisation or a role; whoever asks why *somebody else* sees a record has no token of theirs.
So each service keeps what it read in the tokens that it verified: one row each time it differs from the row before,
written apart from the calls. Nothing is opened by these rows: they explain, and a rule may refuse by them.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from chassis import moment
from chassis.database import Base, run
from chassis.identity import Actor
from chassis.ids import new_id

_REMEMBERED = 10_000


class Standing(Base):
    """What the tokens of one subject said from a moment on, until the next row of the subject."""

    __tablename__ = "standings"
    __append_only__ = True
    __table_args__ = (Index("ix_standings_subject", "subject", "since"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str]
    since: Mapped[datetime]
    organisation: Mapped[str | None]
    teams: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text()))

    @property
    def grantees(self) -> list[str]:
        """Every name under which a grant could reach the subject, besides their own."""
        named = [f"organisation:{self.organisation}"] if self.organisation else []
        return [*named, *(f"team:{each}" for each in self.teams), *(f"role:{each}" for each in self.roles)]


def standing_of(session: Session, subject: str, *, at: datetime) -> Standing | None:
    """What was last seen of the subject by then; None when this service had not met them."""
    newest = (
        select(Standing)
        .where(Standing.subject == subject, Standing.since <= at)
        .order_by(Standing.since.desc(), Standing.id.desc())
        .limit(1)
    )
    return session.scalars(newest).first()


@dataclass(frozen=True)
class _Told:
    organisation: str | None
    teams: frozenset[str]
    roles: frozenset[str]


class Standings:
    """What this process has read in tokens and not written yet. `note` costs a look into a dictionary."""

    def __init__(self, factory: sessionmaker[Session]) -> None:
        self._factory = factory
        self._known: OrderedDict[str, _Told] = OrderedDict()
        self._unwritten: dict[str, tuple[_Told, datetime]] = {}

    def note(self, actor: Actor) -> None:
        """Somebody called whose token was verified."""
        told = _Told(actor.organisation, actor.teams, actor.roles)
        if self._known.get(actor.subject) == told:
            return
        self._known[actor.subject] = told
        self._unwritten[actor.subject] = (told, moment.now())
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def keep(self) -> None:
        """Write what differs from the newest row of its subject; raises what the database raises, and then keeps it."""
        unwritten, self._unwritten = self._unwritten, {}
        if not unwritten:
            return
        try:
            with self._factory.begin() as session:
                for subject, (told, since) in sorted(unwritten.items()):
                    run(session, _KEEP, _row(subject, told, since))
        except Exception:
            self._unwritten = unwritten | self._unwritten
            raise


def _row(subject: str, told: _Told, since: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "subject": subject,
        "since": since,
        "organisation": told.organisation,
        "teams": sorted(told.teams),
        "roles": sorted(told.roles),
    }


_KEEP = """
    INSERT INTO standings (id, subject, since, organisation, teams, roles)
    SELECT CAST(%(id)s AS uuid), CAST(%(subject)s AS text), CAST(%(since)s AS timestamptz),
        CAST(%(organisation)s AS text), CAST(%(teams)s AS text[]), CAST(%(roles)s AS text[])
    WHERE NOT EXISTS (
        SELECT 1 FROM (
            SELECT * FROM standings WHERE subject = %(subject)s ORDER BY since DESC, id DESC LIMIT 1
        ) newest
        WHERE newest.organisation IS NOT DISTINCT FROM CAST(%(organisation)s AS text)
            AND newest.teams = CAST(%(teams)s AS text[]) AND newest.roles = CAST(%(roles)s AS text[])
    )
"""
