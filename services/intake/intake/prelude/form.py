"""Checklists held as data: questions, areas they point to, and the rule by which an assessment is advisable (IN-12).

The rule form is the one of criteria. A question is a fact that is true when the answer is yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chassis.errors import FieldError, InvalidInput
from intake.programs.criteria import Criterion, Fact, Source, Words, plainly
from intake.programs.document import SOURCES
from intake.programs.marked import BadFile, Fault, Told, read
from intake.programs.reading import Reader
from intake.programs.rule_reading import read_outcome, read_rule
from intake.programs.rules import Rule, facts_of, judge

_FOLDER = Path(__file__).parent / "forms"
_ANSWERS: dict[str, bool | None] = {"yes": True, "no": False, "unknown": None}
_ADVICE = {True: "yes", False: "no", None: "unknown"}
MOST_QUESTIONS, MOST_AREAS = 60, 20


@dataclass(frozen=True)
class Advice:
    """What a filled checklist advises: whether an assessment, in which areas, and of which too little is known."""

    advisable: str
    areas: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """One version of a checklist."""

    form: str
    form_version: int
    name: Words
    explanation: Words
    source: Source
    questions: tuple[Fact, ...]
    areas: tuple[Criterion, ...]
    advisable: Rule

    def check(self, answers: list[dict[str, Any]]) -> None:
        """Raises InvalidInput with a pointer for each answer to a question that the form has not."""
        known = {question.code for question in self.questions}
        faults = [
            FieldError(f"/answers/{at}/question", "choice", "The form has no such question.")
            for at, answer in enumerate(answers)
            if answer["question"] not in known
        ]
        if faults:
            raise InvalidInput(errors=faults)

    def advice(self, answers: list[dict[str, Any]]) -> Advice:
        """What these answers advise; a question that is not answered is unknown."""
        told = {each["question"]: _ANSWERS[each["answer"]] for each in answers}
        facts = {code: answer for code, answer in told.items() if answer is not None}
        found = {area.code: judge(area.rule, facts).met for area in self.areas if area.rule is not None}
        known = {code: met for code, met in found.items() if met is not None}
        return Advice(
            advisable=_ADVICE[judge(self.advisable, known).met],
            areas=tuple(code for code, met in found.items() if met),
            unknown=tuple(code for code, met in found.items() if met is None),
        )

    def as_told(self) -> dict[str, Any]:
        """Everything that the form says, JSON-ready: shown, and kept with what was filled."""
        return {
            "form": self.form,
            "form_version": self.form_version,
            "name": _words(self.name),
            "explanation": _words(self.explanation),
            "source": {"kind": self.source.kind, "reference": self.source.reference},
            "questions": [{"code": each.code, "question": _words(each.question)} for each in self.questions],
            "areas": [
                {"code": each.code, "name": _words(each.question), "rule": plainly(each.rule)}
                for each in self.areas
                if each.rule is not None
            ],
            "advisable": plainly(self.advisable, over_criteria=True),
        }


def find(form: str, form_version: int | None = None) -> Form | None:
    """A form in the version named, else its newest; None when there is none."""
    versions = published().get(form, {})
    return versions.get(form_version if form_version is not None else max(versions, default=0))


@cache
def published() -> Mapping[str, Mapping[int, Form]]:
    """Every form by code and version. Raises BadFile."""
    forms: dict[str, dict[int, Form]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        form = read_form(path.read_bytes(), file=path.name)
        forms.setdefault(form.form, {})[form.form_version] = form
    return forms


def read_form(content: str | bytes, *, file: str) -> Form:
    """The form that a file holds. Raises BadFile with every fault, and nothing else whatever the file holds."""
    reader = Reader(file)
    told = read(content, file=file, faults=reader.faults)
    form = _form(reader, told)
    reader.finish()
    if form is None:
        raise BadFile([Fault(file, 1, "this is no checklist")])
    return form


def _form(reader: Reader, told: Told) -> Form | None:
    needed = ("checklist", "version", "name", "explanation", "source", "questions", "areas", "advisable")
    entries = reader.mapping(told, "the file", required=needed)
    code = reader.code(entries.get("checklist"), "checklist")
    version = (
        reader.whole(entries["version"], "version", least=1, most=10_000) if "version" in entries else None
    )
    name, explanation = (reader.words(entries.get(each), each) for each in ("name", "explanation"))
    source = _source(reader, entries.get("source"))
    questions = _questions(reader, entries.get("questions"))
    areas = _areas(reader, entries.get("areas"), questions)
    advisable = (
        read_outcome(
            reader, entries["advisable"], criteria={code: each.question for code, each in areas.items()}
        )
        if "advisable" in entries
        else None
    )
    used = {fact for area in areas.values() if area.rule is not None for fact in facts_of(area.rule)}
    for asked in questions:
        if asked not in used and not reader.faults:
            reader.wrong(entries["questions"], f"{asked} is asked, and no area needs it")
    if reader.faults or not (code and version and name and explanation and source and advisable):
        return None
    return Form(
        form=code,
        form_version=version,
        name=name,
        explanation=explanation,
        source=source,
        questions=tuple(questions.values()),
        areas=tuple(areas.values()),
        advisable=advisable,
    )


def _source(reader: Reader, told: Told | None) -> Source | None:
    if told is None:
        return None
    entries = reader.mapping(told, "source", required=("kind",), allowed=("reference",))
    kind = reader.one_of(entries.get("kind"), "the kind of source", SOURCES)
    reference = reader.text(entries.get("reference"), "the reference of the source")
    return Source(kind, reference or "example") if kind else None


def _questions(reader: Reader, told: Told | None) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for part in reader.parts(told, "questions", most=MOST_QUESTIONS):
        entries = reader.mapping(part, "a question", required=("code", "question"))
        code = reader.code(entries.get("code"), "the code of a question")
        question = reader.words(entries.get("question"), "the question")
        if code in found:
            reader.wrong(part, f"the question {code} is told twice")
        elif code and question:
            found[code] = Fact(code, "boolean", question)
    return found


def _areas(reader: Reader, told: Told | None, questions: Mapping[str, Fact]) -> dict[str, Criterion]:
    found: dict[str, Criterion] = {}
    for part in reader.parts(told, "areas", most=MOST_AREAS):
        entries = reader.mapping(part, "an area", required=("code", "name", "rule"))
        code = reader.code(entries.get("code"), "the code of an area")
        name = reader.words(entries.get("name"), "the name of an area")
        rule = read_rule(reader, entries["rule"], facts=questions) if "rule" in entries else None
        if code in found:
            reader.wrong(part, f"the area {code} is told twice")
        elif code and name:
            found[code] = Criterion(code, name, rule)
    return found


def _words(words: Words) -> dict[str, str]:
    return {"en": words.en, "fr": words.fr}
