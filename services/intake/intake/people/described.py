"""What people say of themselves, and that they would rather not say: neither is the same as never asked (IN-7)."""

from __future__ import annotations

from datetime import date
from typing import Any

from chassis.errors import InvalidInput, invalid
from intake.people.model import ASPECTS, Person
from intake.people.told import AnswerTold

NOT_TOLD = ("prefers_not_to_say", "unknown")


def describe(
    person: Person, said: dict[str, Any], answers: dict[str, AnswerTold | None], *, today: date
) -> None:
    """Set what was said of these fields, and for each aspect who answered, when and how.

    A field that is said without an answer counts as told, by whom is not known. `prefers_not_to_say` and `unknown`
    take the place of what was there. Raises InvalidInput when an answer and a field say different things.
    """
    if said.get("interpreter_language") and said.get("interpreter_needed") is False:
        raise _contradiction("/interpreter_language", "Must be left out where no interpreter is needed.")
    for field, value in said.items():
        setattr(person, field, value)
    if said.get("interpreter_language"):
        person.interpreter_needed = True
    elif said.get("interpreter_needed") is False:
        person.interpreter_language = None
    known = dict(person.self_described)
    for aspect, fields in ASPECTS.items():
        if aspect in answers:
            known[aspect] = _answered(person, said, aspect, answers[aspect], today=today)
        elif any(field in said for field in fields):
            known[aspect] = _told_without_answer(person, aspect, fields, today=today)
    person.self_described = {aspect: answer for aspect, answer in known.items() if answer is not None}


def _answered(
    person: Person, said: dict[str, Any], aspect: str, answer: AnswerTold | None, *, today: date
) -> dict[str, Any] | None:
    if answer is None:
        return None
    at = f"/self_described/{aspect}/answer"
    fields = ASPECTS[aspect]
    if answer["told_on"] is not None and answer["told_on"] > today:
        raise invalid(f"/self_described/{aspect}/told_on", "past", "Must not be in the future.")
    if answer["answer"] in NOT_TOLD:
        if any(said.get(field) not in (None, [], False, "prefers_not_to_say") for field in fields):
            raise _contradiction(at, "Must be told where the record is to say it.")
        for field in fields:
            setattr(person, field, _nothing(getattr(person, field)))
    elif aspect != "interpreter" and not any(getattr(person, field) for field in fields):
        raise _contradiction(at, "Must come with what was told.")
    return {
        "answer": answer["answer"],
        "told_by": answer["told_by"],
        "told_on": (answer["told_on"] or today).isoformat(),
    }


def _told_without_answer(
    person: Person, aspect: str, fields: tuple[str, ...], *, today: date
) -> dict[str, Any] | None:
    if person.indigenous_identity == "prefers_not_to_say" and aspect == "indigenous_identity":
        return {"answer": "prefers_not_to_say", "told_by": None, "told_on": today.isoformat()}
    if aspect == "interpreter" or any(getattr(person, field) for field in fields):
        return {"answer": "told", "told_by": None, "told_on": today.isoformat()}
    return None


def _nothing(value: Any) -> Any:
    if isinstance(value, bool):
        return False
    return [] if isinstance(value, list) else None


def _contradiction(pointer: str, detail: str) -> InvalidInput:
    return invalid(pointer, "contradiction", detail)
