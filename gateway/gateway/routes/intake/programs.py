"""Routes to programs, their criteria, and the competences of those who decide by them."""

from __future__ import annotations

from gateway.routes import Routes
from intake.competences.schemas import (
    CompetencePage,
    CompetenceView,
    EndCompetence,
    ListCompetences,
    RecordCompetence,
)
from intake.programs.schemas import (
    CriteriaChecked,
    CriteriaFile,
    ListPrograms,
    ProgramList,
    ProgramView,
    PublishCriteria,
    ReadProgram,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/programs",
        "list_programs",
        "List programs",
        takes=ListPrograms,
        gives=ProgramList,
        permission="intake.program.list",
    )
    routes.get(
        "/programs/<program>",
        "read_program",
        "Read a program, its criteria and their versions",
        takes=ReadProgram,
        gives=ProgramView,
        permission="intake.program.read",
    )
    routes.post(
        "/criteria",
        "publish_criteria",
        "Publish a version of a program's criteria",
        takes=PublishCriteria,
        gives=ProgramView,
        permission="intake.criteria.publish",
    )
    routes.ask(
        "/criteria/checks",
        "check_criteria",
        "Check a file of criteria without publishing it",
        takes=CriteriaFile,
        gives=CriteriaChecked,
        permission="intake.criteria.check",
    )
    routes.post(
        "/competences",
        "record_competence",
        "Record a competence of a worker",
        takes=RecordCompetence,
        gives=CompetenceView,
        permission="intake.competence.record",
    )
    routes.post(
        "/competences/<uuid:competence_id>/end",
        "end_competence",
        "End a competence of a worker",
        takes=EndCompetence,
        gives=CompetenceView,
        permission="intake.competence.end",
    )
    routes.get(
        "/competences",
        "list_competences",
        "List competences of workers",
        takes=ListCompetences,
        gives=CompetencePage,
        permission="intake.competence.list",
    )
