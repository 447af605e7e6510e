"""Reading plans."""

from __future__ import annotations

from uuid import UUID

from cases.casefile.model import Case
from cases.confidence.sight import concerned, told
from cases.plan.model import Plan
from chassis.work import Work


def read(work: Work, *, case_id: UUID) -> Plan:
    """The plan of a case, with what is still missing from it (CA-5)."""
    plan = work.load(Plan, case_id)
    family = work.session.scalars(work.visible(Case).where(Case.id == case_id)).first()
    if family is None:
        # Somebody who reaches the plan without its case sees no more than one side of it.
        plan.told_in_parts = True  # type: ignore[misc]
        return plan
    told(work, family, plan)
    concerned(work, family)
    return plan
