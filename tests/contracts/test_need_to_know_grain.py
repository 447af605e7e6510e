"""What a door returns can be asked about, and each field stands under a category or says why not (CO-7, CO-9)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import marshmallow
import pytest
from marshmallow import fields

from chassis.access.kinds import explainable
from chassis.database import Protection
from chassis.doors import Door, doors_of
from chassis.errors import Problem
from chassis.schemas import View
from gateway.routes.every import OPERATIONS

SERVICE_CLASSES = {
    "intake": "IntakeService",
    "cases": "CasesService",
    "consent": "ConsentService",
    "portal": "PortalService",
    "audit": "AuditService",
}
# Views of what is of no person: nothing of them stands under need-to-know.
OF_NO_PERSON = {
    "AccreditationView",
    "AgencyView",
    "AgreementView",
    "CompetenceView",
    "OfferView",
    "OverloadPlanView",
    "PractitionerView",
    "ProgramWorkerView",
    "ServiceCorrectionView",
    "ServiceImportView",
    "ServiceView",
    "SignInStepView",
    "UploadFoundView",
    "UploadView",
}
# Lists in which a record is shown shorter than, or beside what, its own view shows of it.
SHORTER = {
    "CandidateView": "person",
    "CaseInList": "case",
    "ChecklistShortView": "checklist",
    "PersonFoundView": "person",
    "ReferralFoundView": "referral",
}


def doors(service: str) -> dict[str, Door]:
    return doors_of(getattr(importlib.import_module(f"{service}.service"), SERVICE_CLASSES[service]))


def views_of_why(service: str) -> dict[str, tuple[type[marshmallow.Schema], ...]]:
    told = doors(service)["why"].do.keywords["views"]  # type: ignore[attr-defined]
    return {kind: each if isinstance(each, tuple) else (each,) for kind, each in told.items()}


def shown_by(door: Door) -> type[marshmallow.Schema]:
    """The view of one record of the door, on a page or alone."""
    assert door.gives is not None
    listed = door.gives().fields.get("items")
    if isinstance(listed, fields.List) and isinstance(listed.inner, fields.Nested):
        return type(listed.inner.schema)  # type: ignore[return-value]
    return door.gives


@pytest.mark.parametrize("service", SERVICE_CLASSES)
def test_every_record_that_a_door_returns_can_be_asked_about(service: str) -> None:
    views, kinds = views_of_why(service), explainable(service)
    assert views.keys() <= kinds.keys()
    named = {view.__name__ for each in views.values() for view in each}
    models = {model.__name__: kind for kind, model in kinds.items()}
    for name, door in doors(service).items():
        if door.gives is None:
            continue
        view = shown_by(door)
        returned = models.get(str(getattr(door.do, "__annotations__", {}).get("return")))
        if returned is not None:
            assert returned in views, f"{name} returns a {returned}, of which `why` knows no view"
        if issubclass(view, View) and view.__name__ not in OF_NO_PERSON:
            assert view.__name__ in named or SHORTER.get(view.__name__) in views, (name, view.__name__)


@pytest.mark.parametrize("service", ["intake", "cases", "portal"])
def test_a_preview_tells_of_the_same_kinds_as_why(service: str) -> None:
    preview = doors(service)["preview"].do.keywords["views"]  # type: ignore[attr-defined]
    assert preview is doors(service)["why"].do.keywords["views"]  # type: ignore[attr-defined]


def shape(protection: Protection) -> tuple[bool, ...]:
    return (
        protection.through is not None,
        protection.person is not None,
        protection.category_column is not None,
        protection.each_link,
        protection.sides,
        protection.kept_by is not None,
    )


# Those on which chassis/tests/test_why_agrees.py holds *why* against the door: visit, finding, note, talk, match, tie,
# line; the last is a part without anything of its own, which is decided as its parent is.
TRIED = {
    (False, False, False, False, False, False),
    (True, False, True, False, False, False),
    (True, True, False, False, False, False),
    (False, True, False, False, False, False),
    (False, False, False, True, False, False),
    (False, False, False, False, True, False),
    (False, False, False, False, False, True),
    (False, False, True, False, False, False),
    (True, False, False, False, False, False),
}


@pytest.mark.parametrize("service", SERVICE_CLASSES)
def test_every_way_in_which_a_record_is_protected_is_tried_with_why(service: str) -> None:
    assert doors(service)
    for kind, model in explainable(service).items():
        assert model.__protected__ is not None
        assert shape(model.__protected__) in TRIED, kind


# What stands under no category, and why that is so. Patterns of `View.field`.
NOT_PERSONAL = {
    "of the reply, not of the record": ["*.withheld", "*.next_cursor", "*.digest", "*.sha256"],
    "subjects of sign-ins and codes of organisations, as the audit log names them": [
        "*.*_by",
        "*.by",
        "*.worker",
        "*.author",
        "*.organisation",
        "*.organisations",
        "*.supervisor",
        "*.assigned_to",
        "*.account",
        "*.recorded_for",
        "*.system",
    ],
    "a code out of a list": [
        "*.kind",
        "*.state",
        "*.status",
        "*.form",
        "*.program",
        "*.code",
        "*.category",
        "*.categories",
        "*.live_categories",
        "*.purposes",
        "*.criterion",
        "*.decision",
        "*.finding",
        "*.role",
        "*.roles",
        "*.recipient",
        "*.service",
        "*.source",
        "*.field",
        "*.level",
        "*.band",
        "*.outcome",
        "*.aspect",
        "HeldRowView.because",
        "HeldRowView.reference",
        "InvolvementView.reference",
        "DisputeView.reference",
        "DisputeView.answer",
        "OfferView.because",
        "InformsView.*",
        "ComparedPair.judged",
        "ComparedValue.state",
        "ScreeningDraftView.competences_missing",
        "DueConsentView.why",
    ],
    "a day from or until when": [
        "*.review_on",
        "*.next_review_on",
        "*.since",
        "*.until",
        "*.made_on",
        "*.valid_from",
        "*.valid_until",
    ],
    "of how alike two records are, for who may see both": ["_Likely.*", "ReasonView.*"],
    "the words of a form or of the rules, the same for everybody": [
        "FormView.*",
        "SectionView.*",
        "QuestionView.*",
        "ChoiceView.*",
        "ChecklistFormView.*",
        "ChecklistQuestion.*",
        "ChecklistArea.*",
        "ProgramShort.*",
        "ProgramView.*",
        "InTongues.*",
        "SourceView.*",
        "FaultView.*",
        "CriteriaView.*",
        "CriteriaChecked.*",
        "FactView.*",
        "FactChoice.*",
        "InformingView.*",
        "CriterionView.*",
        "ExceptionAllowedView.*",
        "VersionView.*",
        "ExplainedCode.*",
        "AlertView.rule*",
        "AlertView.severity",
        "AlertView.says",
    ],
    "of workers, programs, organisations and services; of no client": [
        "Reach.*",
        "CompetenceView.*",
        "CapacityView.program",
        "CapacityView.undone",
        "CapacityView.warnings",
        "CapacityRulesView.*",
        "OverloadPlanView.*",
        "AgencyView.*",
        "PractitionerView.*",
        "AccreditationView.*",
        "Service*View.*",
        "ExportedView.*",
        "PartTakenView.*",
        "Agreement*.*",
        "CoverageView.*",
        "ProviderView.*",
        "WorkerRoomView.*",
        "SignInStepView.*",
    ],
    "of a file: its name, its columns, the rules that its rows break": [
        "UploadView.*",
        "UploadFoundView.*",
        "PartView.*",
        "UploadRowView.*",
    ],
    "of money, under the one category finance that opens the whole row": [
        "AuthorisationView.*",
        "InvoiceView.*",
        "InvoiceLineView.*",
        "StepView.*",
        "PaymentView.*",
    ],
    "an explanation of grants: codes, and ids that the asker may know": [
        "WhyView.*",
        "GrantSeen.*",
        "GrantNeeded.*",
        "FieldShown.*",
        "RevealView.*",
        "KindOpened.*",
        "FieldOpened.*",
    ],
    "of the log, which holds ids, codes and times only": [
        "Entry*.*",
        "WhoSchema.*",
        "BasisSchema.*",
        "RecordSchema.*",
        "CheckpointView.*",
        "*ProofView.*",
        "ExportView.*",
        "AccessSeen.*",
        "LineSchema.*",
    ],
    "of the custodians' own work, under the one category that opens the whole row, or behind their permission": [
        "AlertStepView.*",
        "HoldView.*",
        "ErasureView.*",
    ],
    "shown whole to whoever sees the held row, which the category identity alone opens": [
        "ToldOfPerson.*",
        "Candidate.name",
    ],
    "shown to staff who see all sides of a family; null for everybody else": ["VisibilityInItem.*"],
    "left out by the query itself, where the category is not open of both records": ["ComparedValue.value"],
}
# Ids, moments, numbers, yes and no say nothing in words; all other fields must be listed or stand under a category.
PLAIN = (fields.UUID, fields.Boolean, fields.Integer, fields.AwareDateTime, fields.Decimal)


def untagged(schema: marshmallow.Schema) -> Iterator[tuple[str, fields.Field]]:
    """The fields of a view that no category opens, nested ones too; what stands in a tagged field goes with it."""
    for name, field in schema.dump_fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if "category" in field.metadata:
            continue
        if not isinstance(inner, fields.Nested):
            yield f"{type(schema).__name__}.{name}", inner
        elif getattr(inner.schema, "category_key", None) is None:
            yield from untagged(inner.schema)


def words() -> set[str]:
    return {
        name
        for operation in OPERATIONS
        for name, field in untagged(operation.gives())
        if not isinstance(field, PLAIN) and type(field).__name__ not in ("Code", "Subject", "Money")
    }


def test_every_field_in_words_stands_under_a_category_or_says_why_not() -> None:
    patterns = [pattern for each in NOT_PERSONAL.values() for pattern in each]
    unexplained = sorted(
        name for name in words() if not any(fnmatchcase(name, pattern) for pattern in patterns)
    )
    assert unexplained == []


def test_no_problem_carries_more_than_codes_titles_and_pointers() -> None:
    def every(problem: type[Problem]) -> Iterator[type[Problem]]:
        for each in problem.__subclasses__():
            yield each
            yield from every(each)

    for problem in every(Problem):
        wire: dict[str, Any] = problem("detail").to_wire()
        assert wire.keys() <= {"status", "code", "title", "detail", "errors", "retry_after"}, problem
