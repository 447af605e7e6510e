"""Decisions about a person come one after the other, so that the later one is always known (CO-1, CO-8).

Two workers may take the person's word at the same moment, and a transaction may wait long before it commits. Whoever
records a decision takes the next turn first and holds it until the transaction ends: the turn is later than every turn
before it, and whatever was decided at an earlier turn is in the database by then.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Mapped, mapped_column

from chassis import moment
from chassis.database import Base, run
from chassis.work import Work

_NEXT = """
    INSERT INTO decision_turns AS before (person_id, taken_at) VALUES (%(person)s, %(now)s)
    ON CONFLICT (person_id) DO UPDATE
        SET taken_at = greatest(excluded.taken_at, before.taken_at + interval '1 microsecond')
    RETURNING taken_at
"""


class DecisionTurn(Base):
    """When the latest decision about a person was recorded. A moment, for the order and for no reader."""

    __tablename__ = "decision_turns"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime]


def next_turn(work: Work, *, persons: Collection[UUID]) -> datetime:
    """The moment of the decision that is being recorded: later than any other about these records.

    Waits for decisions on their way. Taken once a transaction, before anything else is locked.
    """
    taken: list[datetime] = [
        run(work.session, _NEXT, {"person": person, "now": moment.now()}).scalar_one()
        for person in sorted(persons)
    ]
    latest = max(taken)
    if len(taken) > 1:
        work.session.execute(
            update(DecisionTurn).where(DecisionTurn.person_id.in_(persons)).values(taken_at=latest)
        )
    return latest
