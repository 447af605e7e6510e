"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.competences import actions as competences
from intake.competences import queries as competence_queries
from intake.competences.schemas import (
    CompetencePage,
    CompetenceView,
    EndCompetence,
    ListCompetences,
    RecordCompetence,
)
from intake.prelude import actions as prelude
from intake.prelude import attachments
from intake.prelude import queries as prelude_queries
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
from intake.programs import actions as programs
from intake.programs import queries as program_queries
from intake.programs.schemas import (
    CriteriaChecked,
    CriteriaFile,
    ListPrograms,
    ProgramList,
    ProgramView,
    PublishCriteria,
    ReadProgram,
)
from intake.screening import actions as screening
from intake.screening import drafts as screening_drafts
from intake.screening import queries as screening_queries
from intake.screening.schemas import (
    DecideScreening,
    ListScreenings,
    RecordRightsInformation,
    SaveScreeningDraft,
    ScreeningDraftAsked,
    ScreeningDraftView,
    ScreeningPage,
    ScreeningView,
)


class ScreeningDoors:
    """Programs, criteria, decisions, and what helps to decide (IN-4, IN-10, IN-12)."""

    name = "intake"

    decide_screening = command(
        screening.decide, takes=DecideScreening, gives=ScreeningView, permission="intake.screening.decide"
    )
    record_rights_information = command(
        screening.record_rights_information,
        takes=RecordRightsInformation,
        gives=ScreeningView,
        permission="intake.screening.inform",
    )
    list_screenings = query(
        screening_queries.search,
        takes=ListScreenings,
        gives=ScreeningPage,
        permission="intake.screening.list",
        action="search",
    )
    begin_screening = command(
        screening_drafts.begin,
        takes=ScreeningDraftAsked,
        gives=ScreeningDraftView,
        permission="intake.screening.draft",
    )
    save_screening_draft = command(
        screening_drafts.save,
        takes=SaveScreeningDraft,
        gives=ScreeningDraftView,
        permission="intake.screening.draft",
        versioned=True,
    )
    read_screening_draft = query(
        screening_drafts.read,
        takes=ScreeningDraftAsked,
        gives=ScreeningDraftView,
        permission="intake.screening.read_draft",
    )
    list_programs = query(
        program_queries.search,
        takes=ListPrograms,
        gives=ProgramList,
        permission="intake.program.list",
        action="search",
    )
    read_program = query(
        program_queries.read, takes=ReadProgram, gives=ProgramView, permission="intake.program.read"
    )
    check_criteria = query(
        program_queries.check, takes=CriteriaFile, gives=CriteriaChecked, permission="intake.criteria.check"
    )
    publish_criteria = command(
        programs.publish, takes=PublishCriteria, gives=ProgramView, permission="intake.criteria.publish"
    )
    record_competence = command(
        competences.record,
        takes=RecordCompetence,
        gives=CompetenceView,
        permission="intake.competence.record",
    )
    end_competence = command(
        competences.end, takes=EndCompetence, gives=CompetenceView, permission="intake.competence.end"
    )
    list_competences = query(
        competence_queries.search,
        takes=ListCompetences,
        gives=CompetencePage,
        permission="intake.competence.list",
        action="search",
    )
    read_checklist_form = query(
        prelude_queries.read_form,
        takes=ChecklistFormAsked,
        gives=ChecklistFormView,
        permission="intake.checklist.read_form",
    )
    record_checklist = command(
        prelude.record, takes=RecordChecklist, gives=ChecklistView, permission="intake.checklist.record"
    )
    read_checklist = query(
        prelude_queries.read, takes=ReadChecklist, gives=ChecklistView, permission="intake.checklist.read"
    )
    list_checklists = query(
        prelude_queries.search,
        takes=ListChecklists,
        gives=ChecklistPage,
        permission="intake.checklist.list",
        action="search",
    )
    amend_checklist = command(
        prelude.amend,
        takes=AmendChecklist,
        gives=ChecklistView,
        permission="intake.checklist.amend",
        versioned=True,
    )
    conclude_checklist = command(
        prelude.conclude,
        takes=ConcludeChecklist,
        gives=ChecklistView,
        permission="intake.checklist.conclude",
    )
    attach_assessment = command(
        attachments.attach,
        takes=AttachAssessment,
        gives=SupportView,
        permission="intake.assessment.attach",
    )
    detach_assessment = command(
        attachments.detach,
        takes=AttachAssessment,
        gives=SupportView,
        permission="intake.assessment.detach",
    )
    list_assessments = query(
        attachments.read, takes=SupportAsked, gives=SupportView, permission="intake.assessment.list"
    )
