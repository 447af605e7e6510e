"""Forms held as data, in versions that never change once published (CA-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chassis.errors import FieldError, InvalidInput, NotFound

_FOLDER = Path(__file__).parent / "forms"


@dataclass(frozen=True)
class Choice:
    """One choice of a question."""

    code: str
    text: str


@dataclass(frozen=True)
class Question:
    """A question; its answers fall under `category`. Without choices the answer is text."""

    code: str
    text: str
    section: str
    category: str
    aspect: str | None
    choices: tuple[Choice, ...]

    def fault_of(self, *, choice: str | None, text: str | None) -> tuple[str, str, str] | None:
        """The field, the rule and the words for an answer that does not fit; None when it does."""
        if not self.choices:
            if choice is not None:
                return "choice", "no_choices", "This question is answered in text."
            return ("text", "required", "This question is answered in text.") if text is None else None
        if choice is None:
            return "choice", "required", "This question is answered with one of its choices."
        if choice not in {each.code for each in self.choices}:
            return "choice", "choice", "Must be one of the choices of this question."
        return None


@dataclass(frozen=True)
class Section:
    """A section of a form."""

    code: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Form:
    """One version of a form."""

    form: str
    form_version: int
    title: str
    explanation: str
    sections: tuple[Section, ...]

    @property
    def questions(self) -> dict[str, Question]:
        """Every question by code."""
        return {question.code: question for section in self.sections for question in section.questions}

    @property
    def categories(self) -> tuple[str, ...]:
        """The information categories that its answers fall under, in order of name."""
        return tuple(sorted({question.category for question in self.questions.values()}))

    def check(self, answers: Sequence[dict[str, Any]]) -> None:
        """Raise InvalidInput with a pointer for each answer that does not fit its question."""
        questions, answered, faults = self.questions, set[str](), list[FieldError]()
        for at, answer in enumerate(answers):
            code = answer["question"]
            if code not in questions:
                faults.append(
                    FieldError(f"/answers/{at}/question", "choice", "The form has no such question.")
                )
                continue
            if code in answered:
                faults.append(
                    FieldError(f"/answers/{at}/question", "unique", "The question is answered twice.")
                )
            answered.add(code)
            fault = questions[code].fault_of(choice=answer["choice"], text=answer["text"])
            if fault is not None:
                field, rule, words = fault
                faults.append(FieldError(f"/answers/{at}/{field}", rule, words))
        if faults:
            raise InvalidInput(errors=faults)


def find(form: str, form_version: int | None = None) -> Form:
    """A form in the version named, else its newest. Raises NotFound."""
    versions = published().get(form, {})
    found = versions.get(form_version if form_version is not None else max(versions, default=0))
    if found is None:
        raise NotFound
    return found


@cache
def published() -> dict[str, dict[int, Form]]:
    """Every form by code and version."""
    forms: dict[str, dict[int, Form]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        form = _read(yaml.safe_load(path.read_text(encoding="utf-8")))
        if path.name != f"{form.form}.v{form.form_version}.yaml":
            raise ValueError(f"{path.name} holds version {form.form_version} of {form.form}")
        forms.setdefault(form.form, {})[form.form_version] = form
    return forms


def _read(written: dict[str, Any]) -> Form:
    return Form(
        form=written["form"],
        form_version=written["version"],
        title=written["title"],
        explanation=written["explanation"],
        sections=tuple(
            Section(
                code=section["code"],
                title=section["title"],
                questions=tuple(_question(each, section=section["code"]) for each in section["questions"]),
            )
            for section in written["sections"]
        ),
    )


def _question(written: dict[str, Any], *, section: str) -> Question:
    return Question(
        code=written["code"],
        text=written["text"],
        section=section,
        category=written["category"],
        aspect=written.get("aspect"),
        choices=tuple(Choice(**choice) for choice in written.get("choices", [])),
    )


# What an assessment can hold. A new form that asks for more adds its categories here and in a migration,
# because the database's own policies name them.
CONTENT_CATEGORIES = ("caring", "education", "family", "health", "housing", "income")
