"""Routes to pre-assessment checklists, and to assessments that support a referral."""

from __future__ import annotations

from gateway.routes import Routes
from intake.prelude.schemas import (
    AmendChecklist,
    AttachAssessment,
    ChecklistFormAsked,
    ChecklistFormView,
    ChecklistPage,
    ChecklistView,
    ConcludeChecklist,
    ListChecklists,
    ReadChecklist,
    RecordChecklist,
    SupportAsked,
    SupportView,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/checklist-forms/<form>",
        "read_checklist_form",
        "Read the form of a checklist",
        takes=ChecklistFormAsked,
        gives=ChecklistFormView,
        permission="intake.checklist.read_form",
    )
    routes.post(
        "/checklists",
        "record_checklist",
        "Record a pre-assessment checklist",
        takes=RecordChecklist,
        gives=ChecklistView,
        permission="intake.checklist.record",
        located="/checklists/<checklist_id>",
    )
    routes.get(
        "/checklists",
        "list_checklists",
        "List checklists",
        takes=ListChecklists,
        gives=ChecklistPage,
        permission="intake.checklist.list",
    )
    routes.get(
        "/checklists/<uuid:checklist_id>",
        "read_checklist",
        "Read a checklist and what it advises",
        takes=ReadChecklist,
        gives=ChecklistView,
        permission="intake.checklist.read",
    )
    routes.patch(
        "/checklists/<uuid:checklist_id>",
        "amend_checklist",
        "Amend answers of a checklist",
        takes=AmendChecklist,
        gives=ChecklistView,
        permission="intake.checklist.amend",
        versioned=True,
    )
    routes.post(
        "/checklists/<uuid:checklist_id>/conclusion",
        "conclude_checklist",
        "Record what follows from a checklist",
        takes=ConcludeChecklist,
        gives=ChecklistView,
        permission="intake.checklist.conclude",
    )
    routes.get(
        "/referrals/<uuid:referral_id>/assessments",
        "list_assessments",
        "List the assessments that support a referral, and those that could",
        takes=SupportAsked,
        gives=SupportView,
        permission="intake.assessment.list",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/assessments",
        "attach_assessment",
        "Let an assessment support a referral",
        takes=AttachAssessment,
        gives=SupportView,
        permission="intake.assessment.attach",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/assessments/<uuid:assessment_id>/detachment",
        "detach_assessment",
        "Let an assessment no longer support a referral",
        takes=AttachAssessment,
        gives=SupportView,
        permission="intake.assessment.detach",
    )
