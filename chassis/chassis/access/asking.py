"""Who may ask why somebody sees a record, and how much of the answer is theirs to know (CO-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from chassis.access.model import Grant
from chassis.access.standing import standing_of
from chassis.errors import PermissionMissing

if TYPE_CHECKING:
    from chassis.database import Base
    from chassis.work import Seen, Work

OVERSEE = "{service}.access.oversee"
OVERSEE_TEAM = "{service}.access.oversee_team"


@dataclass(frozen=True)
class Asker:
    """What whoever asks may see of the record, and of whom the answer may tell.

    `own_persons` is set for a person who asks about her own record: grants on somebody else's are not hers to know.
    """

    seen: Seen | None
    own_persons: frozenset[UUID] | None = None

    @property
    def knows_the_person(self) -> bool:
        """Whether whom the record is about is known to them anyway."""
        return self.seen is not None and (self.seen.everything or "identity" in self.seen.categories)

    def may_know(self, grant: Grant) -> bool:
        """Whether the answer may name this grant."""
        if self.own_persons is None or grant.record_kind != "person":
            return True
        return grant.record_id is None or grant.record_id in self.own_persons


def own_sight(work: Work, model: type[Base], record_id: UUID) -> Seen | None:
    """What the asker's own grants open of the record; None when they do not see it."""
    wanted = work.visible(model).where(model.id == record_id)  # type: ignore[attr-defined]
    found = work.session.scalars(wanted).one_or_none()
    return None if found is None else work.seen([found])[0]


def asker(work: Work, seen: Seen | None, *, about: str) -> Asker:
    """Whether the caller may ask about this worker, and as whom; raises PermissionMissing.

    About oneself everybody may. `access.oversee` asks about anybody; `access.oversee_team` about workers of one's own
    teams and records that one sees; and the person about any worker and her own record.
    """
    actor = work.actor
    if about == actor.subject or actor.may(OVERSEE.format(service=work.service)):
        return Asker(seen=seen)
    if seen is None:
        raise PermissionMissing()
    if actor.may(OVERSEE_TEAM.format(service=work.service)):
        theirs = standing_of(work.session, about, at=work.now)
        if theirs is not None and not actor.teams.isdisjoint(theirs.teams):
            return Asker(seen=seen)
    own = _own_records(work, [grant for grant, basis in seen.grants.items() if basis == "self"])
    if own is None:
        raise PermissionMissing()
    return Asker(seen=seen, own_persons=own)


def _own_records(work: Work, grants: Sequence[UUID]) -> frozenset[UUID] | None:
    """The persons as whom the caller looks, by grants of basis self; None without such a grant."""
    if not grants:
        return None
    rows = work.session.execute(select(Grant.record_kind, Grant.record_id).where(Grant.id.in_(grants)))
    return frozenset(record_id for kind, record_id in rows if kind == "person" and record_id is not None)
