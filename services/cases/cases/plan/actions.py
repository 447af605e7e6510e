"""What may happen to a plan: goals that can be measured, actions with owners (CA-5)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from cases import events
from cases.casefile.model import Case
from cases.confidence.actions import keep
from cases.confidence.model import Confidence
from cases.confidence.sight import concerned
from cases.errors import PlanExists
from cases.plan.model import Action, Goal, Plan, PlanSection
from chassis.errors import invalid
from chassis.work import Work


def draw_up(
    work: Work,
    *,
    case_id: UUID,
    strengths: str | None,
    needs: str | None,
    involvement: str | None,
    agreed_on: date | None,
) -> Plan:
    """Draw up the plan of a case, with how the client took part and when they agreed (CA-5).

    Raises CaseClosed, PlanExists.
    """
    case = work.load(Case, case_id, for_update=True)
    case.must_be_open()
    if work.session.get(Plan, case.id) is not None:
        raise PlanExists
    concerned(work, case)
    return work.add(
        Plan(
            id=case.id,
            strengths=strengths,
            needs=needs,
            involvement=involvement,
            agreed_on=agreed_on,
            sections=[],
            goals=[],
            actions=[],
        )
    )


def add_goal(
    work: Work,
    *,
    case_id: UUID,
    wish: str,
    measure: str,
    target_on: date,
    visibility: dict[str, Any] | None = None,
) -> Goal:
    """Add a goal in the family's words, with how one knows that it is reached (CA-5), for all or some of it (CA-1).

    Raises CaseClosed.
    """
    plan = _plan_of(work, case_id=case_id)
    goal = work.add(Goal(case_id=plan.id, wish=wish, measure=measure, target_on=target_on))
    case = work.load(Case, case_id)
    concerned(work, case, keep(work, case=case, kind="goal", item=goal, said=visibility))
    return goal


def add_section(
    work: Work, *, case_id: UUID, section: str, words: str, visibility: dict[str, Any] | None = None
) -> PlanSection:
    """Add a part of the plan in words that is not for everybody, such as a safety plan (CA-1, CA-5).

    Raises CaseClosed.
    """
    plan = _plan_of(work, case_id=case_id)
    added = work.add(
        PlanSection(case_id=plan.id, section=section, words=words, written_by=work.actor.subject)
    )
    case = work.load(Case, case_id)
    concerned(work, case, keep(work, case=case, kind="plan_section", item=added, said=visibility))
    return added


def add_action(
    work: Work,
    *,
    case_id: UUID,
    description: str,
    owner: str,
    due_on: date,
    goal_id: UUID | None,
    visibility: dict[str, Any] | None = None,
) -> Action:
    """Add an action, owned by a present member of the team (CA-5). Raises CaseClosed."""
    plan = _plan_of(work, case_id=case_id)
    case = work.load(Case, case_id)
    action = agree(
        work,
        case=case,
        plan=plan,
        description=description,
        owner=owner,
        due_on=due_on,
        goal_id=goal_id,
        visibility=visibility,
        pointer="",
    )
    concerned(work, case, *_words_on(plan, action))
    return action


def agree(
    work: Work,
    *,
    case: Case,
    plan: Plan,
    description: str,
    owner: str,
    due_on: date,
    goal_id: UUID | None,
    pointer: str,
    meeting_id: UUID | None = None,
    visibility: dict[str, Any] | None = None,
) -> Action:
    """Write an action into the plan; `pointer` says where in the request it stood, for errors."""
    if owner not in {membership.worker for membership in case.present_team}:
        raise invalid(f"{pointer}/owner", "on_team", "Must be a present member of the team.")
    if goal_id is not None and goal_id not in {goal.id for goal in plan.goals}:
        raise invalid(f"{pointer}/goal_id", "in_plan", "Must be a goal of this plan.")
    action = work.add(
        Action(
            case_id=plan.id,
            goal_id=goal_id,
            meeting_id=meeting_id,
            description=description,
            owner=owner,
            due_on=due_on,
        )
    )
    keep(work, case=case, kind="action", item=action, said=visibility, pointer=pointer)
    return action


def update_action(work: Work, *, action_id: UUID, status: str, progress: str | None) -> Action:
    """Say how an action stands; its owner does, or the lead (CA-5). Raises NotYourAction, CaseClosed."""
    action = work.load(Action, action_id, for_update=True)
    action.stands(status=status, progress=progress, said_by=work.actor.subject, at=work.now)
    work.emit(events.action_updated(action))
    plan = work.session.get_one(Plan, action.case_id)
    concerned(work, action.case, *_words_on(plan, action))
    return action


def _words_on(plan: Plan, action: Action) -> list[Confidence | None]:
    """What was decided about who sees an action: of itself, and of the goal that it serves."""
    return [action.visibility, *(goal.visibility for goal in plan.goals if goal.id == action.goal_id)]


def _plan_of(work: Work, *, case_id: UUID) -> Plan:
    plan = work.load(Plan, case_id, for_update=True)
    case = work.load(Case, case_id)
    case.must_be_open()
    return plan
