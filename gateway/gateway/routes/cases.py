"""Routes to cases: the family, the team and its lead, assessments, the plan, meetings, contacts."""

from __future__ import annotations

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
from chassis.reveal_schemas import RevealAsked, RevealView
from chassis.schemas import WhyAsked, WhyView
from gateway.routes import Routes

routes = Routes("cases", "The family, its team and lead, assessments, plan, meetings and contacts.")

# the family
routes.post(
    "/cases",
    "open_case",
    "Open a case",
    takes=OpenCase,
    gives=CaseView,
    permission="cases.case.open",
    located="/cases/<case_id>",
)
routes.get(
    "/cases", "list_cases", "List cases", takes=CaseSearch, gives=CasePage, permission="cases.case.list"
)
routes.get(
    "/cases/<uuid:case_id>",
    "read_case",
    "Read a case",
    takes=CaseAsked,
    gives=CaseView,
    permission="cases.case.read",
)
routes.post(
    "/cases/<uuid:case_id>/members",
    "add_member",
    "Add a member of the family",
    takes=AddMember,
    gives=CaseView,
    permission="cases.member.add",
)
routes.post(
    "/cases/<uuid:case_id>/closure",
    "close_case",
    "Close a case",
    takes=CloseCase,
    gives=CaseView,
    permission="cases.case.close",
)

# who sees what in a family
routes.put(
    "/cases/<uuid:case_id>/members/<uuid:member_id>/kept-from",
    "keep_member_from",
    "Say from whom a member of the family is kept",
    takes=KeepMemberFrom,
    gives=CaseView,
    permission="cases.member.keep_from",
)
routes.put(
    "/cases/<uuid:case_id>/visibility",
    "set_visibility",
    "Say who may see an item of a case",
    takes=SetVisibility,
    gives=VisibilityView,
    permission="cases.visibility.set",
)
routes.get(
    "/cases/<uuid:case_id>/visibility",
    "list_visibility",
    "List who decided what about who sees what",
    takes=VisibilityHistory,
    gives=VisibilityPage,
    permission="cases.visibility.list",
)

# the team and its lead
routes.post(
    "/cases/<uuid:case_id>/team",
    "add_team_member",
    "Add somebody to the team",
    takes=AddTeamMember,
    gives=TeamMemberView,
    permission="cases.team_member.add",
)
routes.post(
    "/cases/<uuid:case_id>/team/<uuid:membership_id>/end",
    "end_team_membership",
    "End somebody's place in the team",
    takes=EndTeamMembership,
    gives=TeamMemberView,
    permission="cases.team_member.end",
)
routes.put(
    "/cases/<uuid:case_id>/lead",
    "change_lead",
    "Pass the lead to another member of the team",
    takes=ChangeLead,
    gives=CaseView,
    permission="cases.case.change_lead",
    versioned=True,
)

# assessments
routes.get(
    "/forms/<form>",
    "read_form",
    "Read the newest version of a form",
    takes=FormAsked,
    gives=FormView,
    permission="cases.form.read",
)
routes.get(
    "/forms/<form>/<int:form_version>",
    "read_form",
    "Read one version of a form",
    takes=FormAsked,
    gives=FormView,
    permission="cases.form.read",
    variant="version",
)
routes.post(
    "/cases/<uuid:case_id>/assessments",
    "record_assessment",
    "Record an assessment",
    takes=RecordAssessment,
    gives=AssessmentView,
    permission="cases.assessment.record",
    located="/assessments/<assessment_id>",
)
routes.get(
    "/assessments/<uuid:assessment_id>",
    "read_assessment",
    "Read an assessment",
    takes=AssessmentAsked,
    gives=AssessmentView,
    permission="cases.assessment.read",
)
routes.patch(
    "/assessments/<uuid:assessment_id>",
    "amend_assessment",
    "Amend an assessment",
    takes=AmendAssessment,
    gives=AssessmentView,
    permission="cases.assessment.amend",
    versioned=True,
)
routes.post(
    "/assessments/<uuid:assessment_id>/sign-off",
    "sign_off_assessment",
    "Sign an assessment off",
    takes=SignOffAssessment,
    gives=AssessmentView,
    permission="cases.assessment.sign_off",
    versioned=True,
)

# the plan
routes.post(
    "/cases/<uuid:case_id>/plan",
    "draw_up_plan",
    "Draw up the family's plan",
    takes=DrawUpPlan,
    gives=PlanView,
    permission="cases.plan.draw_up",
    located="/cases/<case_id>/plan",
)
routes.get(
    "/cases/<uuid:case_id>/plan",
    "read_plan",
    "Read the family's plan",
    takes=PlanAsked,
    gives=PlanView,
    permission="cases.plan.read",
)
routes.post(
    "/cases/<uuid:case_id>/plan/goals",
    "add_goal",
    "Add a goal",
    takes=AddGoal,
    gives=GoalView,
    permission="cases.goal.add",
)
routes.post(
    "/cases/<uuid:case_id>/plan/sections",
    "add_plan_section",
    "Add a part of the plan that is not for everybody",
    takes=AddPlanSection,
    gives=PlanSectionView,
    permission="cases.plan_section.add",
)
routes.post(
    "/cases/<uuid:case_id>/plan/actions",
    "add_action",
    "Add an action",
    takes=AddAction,
    gives=ActionView,
    permission="cases.action.add",
)
routes.patch(
    "/actions/<uuid:action_id>",
    "update_action",
    "Update an action",
    takes=UpdateAction,
    gives=ActionView,
    permission="cases.action.update",
    versioned=True,
)

# meetings and contacts
routes.post(
    "/cases/<uuid:case_id>/meetings",
    "hold_meeting",
    "Record a family team meeting",
    takes=HoldMeeting,
    gives=MeetingView,
    permission="cases.meeting.hold",
)
routes.get(
    "/cases/<uuid:case_id>/meetings",
    "list_meetings",
    "List the family team meetings",
    takes=MeetingSearch,
    gives=MeetingPage,
    permission="cases.meeting.list",
)
routes.post(
    "/cases/<uuid:case_id>/contacts",
    "record_contact",
    "Record a contact with the client",
    takes=RecordContact,
    gives=ContactView,
    permission="cases.contact.record",
)
routes.get(
    "/cases/<uuid:case_id>/contacts",
    "list_contacts",
    "List the contacts with the client",
    takes=ContactSearch,
    gives=ContactPage,
    permission="cases.contact.list",
)

routes.get(
    "/why/cases",
    "why",
    "Explain who can see a record of cases, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="cases.access.explain",
)
routes.ask(
    "/previews/cases",
    "preview",
    "Show what a consent would open of the records of cases",
    takes=RevealAsked,
    gives=RevealView,
    permission="cases.access.preview",
)
