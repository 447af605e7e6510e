"""The doors of cases, the events that it follows, and its timers."""

from __future__ import annotations

import cases.assessments.actions as assessments
import cases.assessments.queries as kept_assessments
import cases.casefile.actions as case_files
import cases.casefile.queries as kept_case_files
import cases.caseload.actions as caseloads
import cases.confidence.actions as confidences
import cases.confidence.queries as kept_confidences
import cases.contacts.actions as contacts
import cases.contacts.queries as kept_contacts
import cases.meetings.actions as meetings
import cases.meetings.queries as kept_meetings
import cases.people.actions as people
import cases.people.roll_call as roll_call
import cases.plan.actions as plans
import cases.plan.queries as kept_plans
import cases.team.actions as teams
import cases.team.listing as listing
from cases.assessments.schemas import (
    AmendAssessment,
    AssessmentAsked,
    AssessmentView,
    FormAsked,
    FormView,
    RecordAssessment,
    SignOffAssessment,
)
from cases.casefile.schemas import AddMember, CaseAsked, CasePage, CaseSearch, CaseView, CloseCase, OpenCase
from cases.confidence.schemas import (
    KeepMemberFrom,
    SetVisibility,
    VisibilityHistory,
    VisibilityPage,
    VisibilityView,
)
from cases.contacts.schemas import ContactPage, ContactSearch, ContactView, RecordContact
from cases.meetings.schemas import HoldMeeting, MeetingPage, MeetingSearch, MeetingView
from cases.plan.schemas import (
    ActionView,
    AddAction,
    AddGoal,
    AddPlanSection,
    DrawUpPlan,
    GoalView,
    PlanAsked,
    PlanSectionView,
    PlanView,
    UpdateAction,
)
from cases.team.schemas import AddTeamMember, ChangeLead, EndTeamMembership, TeamMemberView
from chassis import clocks, consented, sign_ins
from chassis.doors import command, event, every, health_door, query, reveal_door, why_door

# In which view a door shows each kind of record: what *why* and *preview* tell the fields of (CO-7).
_VIEWS = {
    "action": ActionView,
    "assessment": AssessmentView,
    "case": CaseView,
    "confidence": VisibilityView,
    "contact": ContactView,
    "goal": GoalView,
    "meeting": MeetingView,
    "plan": PlanView,
    "plan_section": PlanSectionView,
    "team_member": TeamMemberView,
}


class CasesService:
    """Family cases, one lead each, assessments by consent, plans, meetings and contacts (CA-1 to CA-7)."""

    name = "cases"

    open_case = command(case_files.open_case, takes=OpenCase, gives=CaseView, permission="cases.case.open")
    read_case = query(kept_case_files.read, takes=CaseAsked, gives=CaseView, permission="cases.case.read")
    list_cases = query(
        kept_case_files.search,
        takes=CaseSearch,
        gives=CasePage,
        permission="cases.case.list",
        action="search",
    )
    add_member = command(
        case_files.add_member, takes=AddMember, gives=CaseView, permission="cases.member.add"
    )
    keep_member_from = command(
        confidences.keep_member_from,
        takes=KeepMemberFrom,
        gives=CaseView,
        permission="cases.member.keep_from",
    )
    set_visibility = command(
        confidences.set_visibility,
        takes=SetVisibility,
        gives=VisibilityView,
        permission="cases.visibility.set",
    )
    list_visibility = query(
        kept_confidences.history,
        takes=VisibilityHistory,
        gives=VisibilityPage,
        permission="cases.visibility.list",
    )
    close_case = command(case_files.close, takes=CloseCase, gives=CaseView, permission="cases.case.close")

    add_team_member = command(
        teams.add_member,
        takes=AddTeamMember,
        gives=TeamMemberView,
        permission="cases.team_member.add",
    )
    end_team_membership = command(
        teams.end_membership,
        takes=EndTeamMembership,
        gives=TeamMemberView,
        permission="cases.team_member.end",
    )
    change_lead = command(
        teams.change_lead,
        takes=ChangeLead,
        gives=CaseView,
        permission="cases.case.change_lead",
        versioned=True,
    )

    read_form = query(
        kept_assessments.read_form, takes=FormAsked, gives=FormView, permission="cases.form.read"
    )
    record_assessment = command(
        assessments.record,
        takes=RecordAssessment,
        gives=AssessmentView,
        permission="cases.assessment.record",
    )
    read_assessment = query(
        kept_assessments.read,
        takes=AssessmentAsked,
        gives=AssessmentView,
        permission="cases.assessment.read",
    )
    amend_assessment = command(
        assessments.amend,
        takes=AmendAssessment,
        gives=AssessmentView,
        permission="cases.assessment.amend",
        versioned=True,
    )
    sign_off_assessment = command(
        assessments.sign_off,
        takes=SignOffAssessment,
        gives=AssessmentView,
        permission="cases.assessment.sign_off",
        versioned=True,
    )

    draw_up_plan = command(plans.draw_up, takes=DrawUpPlan, gives=PlanView, permission="cases.plan.draw_up")
    read_plan = query(kept_plans.read, takes=PlanAsked, gives=PlanView, permission="cases.plan.read")
    add_goal = command(plans.add_goal, takes=AddGoal, gives=GoalView, permission="cases.goal.add")
    add_plan_section = command(
        plans.add_section,
        takes=AddPlanSection,
        gives=PlanSectionView,
        permission="cases.plan_section.add",
    )
    add_action = command(plans.add_action, takes=AddAction, gives=ActionView, permission="cases.action.add")
    update_action = command(
        plans.update_action,
        takes=UpdateAction,
        gives=ActionView,
        permission="cases.action.update",
        versioned=True,
    )

    hold_meeting = command(
        meetings.hold, takes=HoldMeeting, gives=MeetingView, permission="cases.meeting.hold"
    )
    list_meetings = query(
        kept_meetings.of_case, takes=MeetingSearch, gives=MeetingPage, permission="cases.meeting.list"
    )

    record_contact = command(
        contacts.record, takes=RecordContact, gives=ContactView, permission="cases.contact.record"
    )
    list_contacts = query(
        kept_contacts.of_case, takes=ContactSearch, gives=ContactPage, permission="cases.contact.list"
    )

    why = why_door(_VIEWS)
    preview = reveal_door(_VIEWS)
    health = health_door()

    on_person_recorded = event("intake.person.recorded.v1", do=roll_call.register.recorded)
    on_persons_listed = event("intake.person.listed.v1", do=roll_call.listed)
    on_account_linked = event("intake.person.account_linked.v1", do=people.link_account)
    on_account_unlinked = event("intake.person.account_unlinked.v1", do=people.unlink_account)
    on_people_linked = event("intake.person.linked.v1", do=people.follow_clusters)
    on_people_unlinked = event("intake.person.unlinked.v1", do=people.follow_clusters)
    on_consent_given = event("consent.consent.given.v1", do=assessments.consent_given)
    on_consent_refused = event("consent.consent.refused.v1", do=consented.refused)
    on_consent_withdrawn = event("consent.consent.withdrawn.v1", do=assessments.consent_ended)
    on_consent_expired = event("consent.consent.expired.v1", do=assessments.consent_ended)
    on_withdrawal_declared = event("consent.withdrawal.declared.v1", do=consented.withdrawal_declared)
    on_restriction_placed = event("consent.restriction.placed.v1", do=consented.restriction_placed)
    on_restriction_lifted = event("consent.restriction.lifted.v1", do=consented.restriction_lifted)
    on_emergency_opened = event("consent.emergency.opened.v1", do=consented.emergency_opened)
    on_emergency_ended = event("consent.emergency.ended.v1", do=consented.emergency_ended)
    on_sign_in_removed = event("consent.sign_in.removed.v1", do=sign_ins.removed)
    on_sign_in_ended = event("consent.sign_in.ended.v1", do=sign_ins.ended)
    on_sign_in_restored = event("consent.sign_in.restored.v1", do=sign_ins.restored)
    on_heartbeat = event("consent.heartbeat.sent.v1", do=consented.heartbeat)

    breach_clocks = every(seconds=30, do=clocks.breach_overdue)
    forecast_clocks = every(seconds=60, do=clocks.forecast_upcoming)
    tell_caseloads = every(seconds=300, do=caseloads.tell_what_was_never_told)
    ask_for_everybody = every(seconds=10, do=roll_call.ask_for_everybody)
    list_teams = every(seconds=60, do=listing.list_teams)
