"""The names that a person goes by: taking one, leaving one, and putting one right (IN-7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Unpack
from uuid import UUID

from chassis.errors import RuleBroken, invalid
from chassis.work import Work
from intake.people.amending import amending, the_one
from intake.people.days import today
from intake.people.model import Person, PersonName
from intake.people.replacing import must_be_new
from intake.people.told import NameTold


class OnlyName(RuleBroken):
    """Everybody goes by one name at least: put it right, or take another first."""

    code = "only_name"
    title = "It is the only name on the record"


def go_by(person: Person, told: list[NameTold], *, on: date) -> None:
    """Take these as the names of the person; a name in use that is no longer among them becomes one of the past.

    A name sent with its id is put right where it stands: that is a correction, and the wrong spelling is no name of
    the person. A name of the past sent without its period is taken back into use: it stands a second time, from
    this day, and the time before is kept. Raises InvalidInput for an id of no name of this person.
    """
    left = {name.id: name for name in person.names}
    for place, each in enumerate(told):
        name = _meant(left.values(), each, place=place)
        if name is None:
            person.names.append(_new(each, known=person.names, on=on))
            continue
        del left[name.id]
        correct(name, each)
    for name in left.values():
        if name.used_until is None:
            name.end(on=on)


def take(work: Work, *, person_id: UUID, **told: Unpack[NameTold]) -> Person:
    """Note one more name that the person goes by or went by (IN-7). Raises KnownAlready."""
    with amending(work, person_id) as person:
        name = _new(told, known=person.names, on=today(work))
        must_be_new(name, person.names)
        person.names.append(name)
    return person


def put_name_right(work: Work, *, person_id: UUID, name_id: UUID, **told: Unpack[NameTold]) -> Person:
    """Correct a name that was written down wrongly: what stood there is no name of the person (IN-7).

    A name that the person has left is ended and a new one taken. Raises NotFound, StaleVersion.
    """
    with amending(work, person_id) as person:
        correct(the_one(person.names, name_id), told)
    return person


def leave(work: Work, *, person_id: UUID, name_id: UUID, because: str, until: date | None) -> Person:
    """Note that the person goes by a name no more: it is kept as one of the past, and found by (IN-7).

    One that was `recorded_in_error` is taken off the record; the history keeps it. Raises NotFound, OnlyName.
    """
    with amending(work, person_id) as person:
        name = the_one(person.names, name_id)
        if because == "recorded_in_error":
            if len(person.names) == 1:
                raise OnlyName
            person.names.remove(name)
        else:
            name.end(on=until or today(work))
    return person


def correct(name: PersonName, told: NameTold) -> None:
    """Put a name right where it stands."""
    name.kind, name.given, name.family = told["kind"], told["given"], told["family"]
    name.used_from, name.used_until = told["used_from"], told["used_until"]


def _new(told: NameTold, *, known: Iterable[PersonName], on: date) -> PersonName:
    name = PersonName(kind=told["kind"], given=told["given"], family=told["family"])
    name.used_from, name.used_until = told["used_from"], told["used_until"]
    taken_back = any(each.same_as == name.same_as for each in known)
    if taken_back and name.used_from is None and name.used_until is None:
        name.used_from = on
    return name


def _meant(names: Iterable[PersonName], told: NameTold, *, place: int) -> PersonName | None:
    """Which of the names on record is told of: the one with this id, or the same name with a period that fits."""
    if "id" in told:
        for name in names:
            if name.id == told["id"]:
                return name
        raise invalid(f"/names/{place}/id", "known", "Must be the id of a name on this record, once.")
    same = [name for name in names if name.same_as == (told["kind"], told["given"], told["family"])]
    in_use = [name for name in same if name.used_until is None]
    of_this_period = [name for name in same if _fits(name, told)]
    return next(iter(in_use or of_this_period), None)


def _fits(name: PersonName, told: NameTold) -> bool:
    if told["used_until"] is not None:
        return True
    return told["used_from"] is not None and told["used_from"] == name.used_from
