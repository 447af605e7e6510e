"""Who has been a client before: what intake learns from cases, for when somebody returns in crisis (IN-5)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis import same_person
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work
from intake.referrals.history import Discharge
from intake.referrals.model import UNDER_WAY, Referral
from intake.referrals.pressing import now_returning
from intake.referrals.rules import desk_rules


def was_discharged(work: Work, person_id: UUID) -> bool:
    """Whether a case of the person has ended, under any record of theirs. Says nothing else of the case."""
    found = select(Discharge.id).where(
        Discharge.person_id.in_(same_person.members(work.session, person_id)),
        Discharge.reason.is_(None) | Discharge.reason.not_in(desk_rules().not_a_discharge),
    )
    return work.session.scalar(found.limit(1)) is not None


def case_closed(work: Work, *, event: Received) -> None:
    """A case has ended: its members were discharged, and who of them is in crisis goes to the head of the queue.

    The referral may have come in before the end of the case was told.
    """
    told = event.data
    for person_id in map(UUID, told["person_ids"]):
        kept = insert(Discharge).values(
            id=new_id(),
            person_id=person_id,
            case_id=UUID(told["case_id"]),
            reason=told.get("reason"),
            discharged_at=event.time,
        )
        work.session.execute(
            kept.on_conflict_do_update(
                index_elements=["case_id", "person_id"],
                set_={"reason": kept.excluded.reason, "discharged_at": kept.excluded.discharged_at},
            )
        )
        if not was_discharged(work, person_id):
            continue
        in_crisis = select(Referral).where(
            Referral.person_id.in_(same_person.members(work.session, person_id)),
            Referral.priority == "crisis",
            Referral.returning_in_crisis.is_(False),
            Referral.stage.in_(UNDER_WAY),
        )
        for referral in work.session.scalars(in_crisis.order_by(Referral.id).with_for_update()):
            now_returning(work, referral)
