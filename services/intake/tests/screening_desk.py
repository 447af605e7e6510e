"""Steps of screening, on top of those of the front desk: answers, drafts, criteria, competences, checklists."""

from __future__ import annotations

from typing import Any

from chassis.identity import Actor
from chassis.testing import Answer, make_actor
from services.intake.tests.front_desk import DESK, TEAM_LEAD, FrontDesk, good

PROGRAM_MANAGER = make_actor(subject="program-manager", organisation="ministry", roles=["program_manager"])
OF_THE_STANDARD = ("substance_use", "mental_health", "functional_capacity", "homelessness")


def competent(
    desk: FrontDesk,
    *competences: str,
    worker: Actor = TEAM_LEAD,
    by: Actor = PROGRAM_MANAGER,
    **period: Any,
) -> list[dict[str, Any]]:
    """Somebody vouches for a worker's competences; without names, for those that the standard asks for."""
    return [
        good(
            desk.call(
                "record_competence",
                {
                    "worker": worker.subject,
                    "competence": competence,
                    "evidence": "Certificate seen.",
                    **period,
                },
                actor=by,
            )
        )
        for competence in competences or OF_THE_STANDARD
    ]


def decide(desk: FrontDesk, referral: dict[str, Any], *, by: Actor = DESK, **told: Any) -> Answer:
    """Decide a referral; answers are given as a mapping."""
    answers = told.pop("answers", None)
    if isinstance(answers, dict):
        told["answers"] = [{"fact": fact, "value": value} for fact, value in answers.items()]
    return desk.call("decide_screening", {"referral_id": referral["id"], **told}, actor=by)
