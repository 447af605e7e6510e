"""Facts about the person: told by the record, or answered by a screener and read as the criteria expect (IN-4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from chassis import same_person
from chassis.work import Work
from intake.people.birth import Born
from intake.people.days import today
from intake.people.model import Person
from intake.programs.criteria import Criteria, Fact
from intake.programs.derived import OLDEST
from intake.programs.rules import Known, Years
from intake.referrals.model import Referral

_NUMBER = re.compile(r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$")
_BIRTH = re.compile(r"^([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?$")


class NotAnAnswer(ValueError):
    """What was told does not fit the question; the message says what would, and repeats nothing of it."""


def derived_facts(
    work: Work, referral: Referral, criteria: Criteria, *, notes: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Known]:
    """What the record tells of the facts that the criteria take from it; the rest is unknown.

    It tells as much as the caller may see, and before that what it told colleagues who took the screening this far.
    """
    wanted = {fact.code for fact in criteria.derived}
    told = {fact: value for fact, value in _told_by_record(work, referral).items() if fact in wanted}
    return {**from_notes(notes, criteria, on=today(work)), **told}


def _told_by_record(work: Work, referral: Referral) -> dict[str, Known]:
    facts: dict[str, Known] = {
        "referral_source": referral.source,
        "referral_priority": referral.priority,
        "returning_in_crisis": referral.returning_in_crisis,
    }
    person = work.session.scalars(work.visible(Person).where(Person.id == referral.person_id)).one_or_none()
    if person is not None:
        if person.born is not None:
            facts["age"] = _age(person.born, on=today(work))
        # That nobody ticked the box does not say that there is an address.
        if person.no_fixed_address:
            facts["no_fixed_address"] = True
    if _served_before(work, referral):
        facts["served_before"] = True
    return facts


def as_noted(facts: Mapping[str, Known], *, on: date) -> list[dict[str, Any]]:
    """What the record told on a day, to be used by a colleague who may not see the record."""
    return [
        {"fact": fact, "value": in_words(value), "on": on.isoformat()}
        for fact, value in sorted(facts.items())
    ]


def from_notes(notes: Sequence[Mapping[str, Any]], criteria: Criteria, *, on: date) -> dict[str, Known]:
    """What the record told a colleague, for the facts that the criteria take from it.

    Somebody may have had birthdays since the day of the note, so an age reaches that much further.
    """
    wanted = {fact.code: fact for fact in criteria.derived}
    facts: dict[str, Known] = {}
    for note in notes:
        fact = wanted.get(note["fact"])
        if fact is None:
            continue
        if fact.kind == "age":
            least, _, most = note["value"].partition("-")
            certain, possible = _birthdays(date.fromisoformat(note["on"]), on)
            facts[fact.code] = Years(
                min(int(least) + certain, OLDEST), min(int(most or least) + possible, OLDEST)
            )
            continue
        try:
            facts[fact.code] = read_answer(fact, note["value"], on=on)
        except NotAnAnswer:
            continue
    return facts


def _birthdays(since: date, until: date) -> tuple[int, int]:
    """The least and the greatest number of birthdays that somebody has after one day and until another."""
    anniversary = (until.month, until.day) >= (since.month, since.day)
    certain = max(0, until.year - since.year - (not anniversary))
    exactly = (until.month, until.day) == (since.month, since.day)
    return certain, certain if exactly else certain + 1


def _served_before(work: Work, referral: Referral) -> bool:
    earlier = work.visible(Referral).where(
        Referral.person_id.in_(same_person.members(work.session, referral.person_id)),
        Referral.program == referral.program,
        Referral.service_contact_at.is_not(None),
        Referral.id != referral.id,
    )
    return work.session.scalar(select(earlier.exists())) is True


def _age(born: Born, *, on: date) -> Years:
    least, most = born.age_on(on)
    return Years(min(least, OLDEST), min(most, OLDEST))


def read_answer(fact: Fact, told: str, *, on: date) -> Known:
    """An answer as a value of its kind. Raises NotAnAnswer when it does not fit the question."""
    match fact.kind:
        case "boolean":
            if told not in ("true", "false"):
                raise NotAnAnswer("Must be true or false.")
            return told == "true"
        case "code":
            if told not in {choice.code for choice in fact.choices}:
                raise NotAnAnswer("Must be one of the choices of this question.")
            return told
        case "date":
            return _day(told)
        case "age":
            return _age(_born(told, on=on), on=on)
        case _:
            return _number(fact, told)


def _day(told: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", told):
        raise NotAnAnswer("Must be a day such as 2026-03-04.")
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise NotAnAnswer("Must be a day that the calendar has.") from None


def _born(told: str, *, on: date) -> Born:
    parts = _BIRTH.match(told)
    if parts is None:
        raise NotAnAnswer("Must be a date of birth as far as it is known: 2019, 2019-05 or 2019-05-07.")
    try:
        born = Born(*(int(part) if part else None for part in parts.groups()))  # type: ignore[arg-type]
    except ValueError:
        raise NotAnAnswer("Must be a day that the calendar has.") from None
    if born.earliest > on or on.year - born.year > OLDEST:
        raise NotAnAnswer(f"Must be a date of birth not in the future, and at most {OLDEST} years ago.")
    return born


def _number(fact: Fact, told: str) -> Decimal:
    if not _NUMBER.match(told):
        raise NotAnAnswer("Must be a number such as 12 or 12.50.")
    number = Decimal(told)
    low = fact.lowest is not None and number < fact.lowest
    if low or (fact.highest is not None and number > fact.highest):
        raise NotAnAnswer("Must be within the limits of this question.")
    return number


def in_words(known: Known) -> str:
    """A value as it is kept and shown; an age that is not known exactly as `15-16`."""
    if isinstance(known, Years):
        return str(known.fewest) if known.fewest == known.most else f"{known.fewest}-{known.most}"
    if isinstance(known, bool):
        return "true" if known else "false"
    if isinstance(known, Decimal):
        return format(known, "f")
    return known.isoformat() if isinstance(known, date) else known
