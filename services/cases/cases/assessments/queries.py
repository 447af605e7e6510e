"""Reading forms and assessments."""

from __future__ import annotations

from uuid import UUID

from cases.assessments import form as forms
from cases.assessments.form import Form
from cases.assessments.model import Assessment
from chassis.work import Work


def read(work: Work, *, assessment_id: UUID) -> Assessment:
    """One assessment: the answers that the actor's grants open; the other categories by name (CA-4)."""
    return of_its_case(work, work.load(Assessment, assessment_id))


def of_its_case(work: Work, assessment: Assessment) -> Assessment:
    """The assessment, with its case named in the audit entry: the trail of the case tells of it (AU-3)."""
    if work.trail is not None:
        work.trail.touched(records=[("case", assessment.case_id)])
    return assessment


def read_form(work: Work, *, form: str, form_version: int | None) -> Form:
    """A form in the version named, else its newest (CA-4). Raises NotFound."""
    return forms.find(form, form_version)
