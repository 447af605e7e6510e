"""What may happen to a recorded competence: somebody vouches for a colleague, and it ends (IN-4)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from chassis.errors import RuleBroken, invalid
from chassis.work import Work
from intake.competences.model import Competence
from intake.people.days import today


class VouchesForThemselves(RuleBroken):
    """A competence is on record because somebody else has seen the evidence."""

    status = 403
    code = "vouches_for_themselves"
    title = "Nobody records or prolongs their own competence"


def record(
    work: Work,
    *,
    worker: str,
    competence: str,
    valid_from: date | None,
    valid_until: date | None,
    evidence: str,
) -> Competence:
    """Put on record what a worker is able to assess, from a day until a day, with the evidence (IN-4).

    Raises VouchesForThemselves, InvalidInput for a period that ends before it begins.
    """
    if worker == work.actor.subject:
        raise VouchesForThemselves
    begins = valid_from or today(work)
    if valid_until is not None and valid_until < begins:
        raise invalid("/valid_until", "order", "Must not be before valid_from.")
    return work.add(
        Competence(
            worker=worker,
            competence=competence,
            valid_from=begins,
            valid_until=valid_until,
            evidence=evidence,
            recorded_by=work.actor.subject,
            recorded_at=work.now,
        )
    )


def end(work: Work, *, competence_id: UUID, because: str) -> Competence:
    """The competence counts no more from today. Decisions made by it stand. Raises AlreadyEnded."""
    competence = work.load(Competence, competence_id, for_update=True)
    competence.end(on=today(work), by=work.actor.subject, because=because)
    return competence
