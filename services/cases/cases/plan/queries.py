"""Reading plans."""

from __future__ import annotations

from uuid import UUID

from cases.casefile.model import Case
from cases.plan.model import Plan
from chassis.work import Work


def read(work: Work, *, case_id: UUID) -> Plan:
    """The plan of a case, with what is still missing from it (CA-5)."""
    plan = work.load(Plan, case_id)
    family = work.session.scalars(work.visible(Case).where(Case.id == case_id)).first()
    work.concerns(family.person_ids if family is not None else [])
    return plan
