"""The names that a person goes by: taking one, leaving one, and putting one right (IN-7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chassis.errors import invalid
from intake.people.model import Person, PersonName
from intake.people.told import NameTold


def go_by(person: Person, told: list[NameTold], *, today: date) -> None:
    """Take these as the names of the person; a name in use that is no longer among them becomes one of the past.

    A name sent with its id is put right where it stands: that is a correction, and the wrong spelling is no name of
    the person. A name of the past sent without its period is taken back into use: it stands a second time, from
    today, and the time before is kept. Raises InvalidInput for an id of no name of this person.
    """
    left = {name.id: name for name in person.names}
    for place, each in enumerate(told):
        name = _meant(left.values(), each, place=place)
        if name is None:
            person.names.append(_new(each, known=person.names, today=today))
            continue
        del left[name.id]
        correct(name, each)
    for name in left.values():
        if name.used_until is None:
            name.end(on=today)


def correct(name: PersonName, told: NameTold) -> None:
    """Put a name right where it stands."""
    name.kind, name.given, name.family = told["kind"], told["given"], told["family"]
    name.used_from, name.used_until = told["used_from"], told["used_until"]


def _new(told: NameTold, *, known: Iterable[PersonName], today: date) -> PersonName:
    name = PersonName(kind=told["kind"], given=told["given"], family=told["family"])
    name.used_from, name.used_until = told["used_from"], told["used_until"]
    taken_back = any(each.same_as == name.same_as for each in known)
    if taken_back and name.used_from is None and name.used_until is None:
        name.used_from = today
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
