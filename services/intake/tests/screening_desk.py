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
    answers = told.get("answers")
    if isinstance(answers, dict):
        told["answers"] = [{"fact": fact, "value": value} for fact, value in answers.items()]
    return desk.call("decide_screening", {"referral_id": referral["id"], **told}, actor=by)


def begin(desk: FrontDesk, referral: dict[str, Any], *, by: Actor = DESK) -> Answer:
    """Begin to screen, or go on."""
    return desk.call("begin_screening", {"referral_id": referral["id"]}, actor=by)


def save(
    desk: FrontDesk,
    referral: dict[str, Any],
    answers: dict[str, Any] | None = None,
    *,
    by: Actor = DESK,
    if_match: str | None = "*",
    **told: Any,
) -> Answer:
    """Save answers so far."""
    body = {
        "referral_id": referral["id"],
        "answers": [{"fact": fact, "value": value} for fact, value in (answers or {}).items()],
        **told,
    }
    return desk.call("save_screening_draft", body, actor=by, if_match=if_match)


def draft(desk: FrontDesk, referral: dict[str, Any], *, by: Actor = DESK) -> Answer:
    """Read the draft."""
    return desk.call("read_screening_draft", {"referral_id": referral["id"]}, actor=by)


def decisions(desk: FrontDesk, referral: dict[str, Any], *, by: Actor = DESK) -> list[dict[str, Any]]:
    """Every decision on a referral, the latest first."""
    answer = desk.call("list_screenings", {"referral_id": referral["id"]}, actor=by)
    items: list[dict[str, Any]] = good(answer)["items"]
    return items


def found(decision: dict[str, Any], criterion: str) -> dict[str, Any]:
    """One finding of a decision."""
    return next(each for each in decision["findings"] if each["criterion"] == criterion)


def publish(
    desk: FrontDesk, document: str, *, file: str = "meals.yaml", by: Actor = PROGRAM_MANAGER
) -> Answer:
    """Publish a file of criteria."""
    return desk.call("publish_criteria", {"file": file, "document": document}, actor=by)


def ready(desk: FrontDesk, program: str, **told: Any) -> dict[str, Any]:
    """A referral to a program whose person has been reached."""
    referral = desk.referral(program=program, **told)
    desk.reached(referral)
    return referral
