"""Which persons intake has recorded, as a service knows that follows it: work is about nobody else (CO-5, IN-7).

Services do not ask each other. Intake tells of each person when she is recorded, and of everybody whom it holds when it
is asked to (`intake.person.listed`), so that a service which joins later, or was restored from a copy, knows them too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base
from chassis.errors import NotFound
from chassis.events import Received

if TYPE_CHECKING:
    from chassis.work import Work


class OnRecord(Base):
    """A person whom intake has recorded; the identifier and nothing else. A service names its table."""

    __abstract__ = True
    __at_the_door__ = ("SELECT",)

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    known_since: Mapped[datetime]


@dataclass(frozen=True)
class Register:
    """Who is known to a service, kept in its own table."""

    table: type[OnRecord]

    def remember(self, work: Work, persons: Iterable[UUID]) -> None:
        """These identifiers stand for somebody; told once or again, in any order."""
        rows = [{"person_id": person, "known_since": work.now} for person in sorted(set(persons))]
        if rows:
            work.session.execute(insert(self.table).values(rows).on_conflict_do_nothing())

    def recorded(self, work: Work, *, event: Received) -> None:
        """Intake has recorded a person. The handler of `intake.person.recorded`."""
        self.remember(work, [UUID(event.data["person_id"])])

    def listed(self, work: Work, *, event: Received) -> None:
        """Intake tells a part of all whom it holds. The handler of `intake.person.listed`."""
        self.remember(work, map(UUID, event.data["person_ids"]))

    def known(self, work: Work, persons: Collection[UUID]) -> set[UUID]:
        """Which of these intake has recorded; the answer takes the same time for any."""
        asked = select(self.table.person_id).where(self.table.person_id.in_(sorted(set(persons))))
        return set(work.session.scalars(asked))

    def expect(self, work: Work, persons: Collection[UUID]) -> None:
        """Raise NotFound when nobody recorded one of them and, in the same words and time, when one is hidden from the
        caller: restricted, and reached as such by no grant (CO-5). The attempt is noted for the audit log (AU-2).
        """
        unknown = set(persons) - self.known(work, persons)
        hidden = work.grants.hidden_among(persons)
        for person in sorted(hidden):
            work.attempted_restricted(person)
        if unknown or hidden:
            raise NotFound
