"""Two records or more side by side: field by field, what is the same, what differs, what only one of them knows (IN-8).

It decides nothing. Whoever judges sees what each record says, as far as they may see it, and how likely two of them are
of one person by that, with the reasons; and judges.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from chassis.errors import invalid
from chassis.work import Seen, Work
from intake.linking.queries import Judged, judged_among
from intake.matching.candidate import Candidate
from intake.matching.of_people import traits_of
from intake.matching.queries import Measure
from intake.people.model import Person
from intake.people.schemas import PersonView
from intake.people.words import key_of

SHOWN, NOT_KNOWN, WITHHELD = "shown", "not_known", "withheld"

Said = frozenset[Hashable]


@dataclass(frozen=True)
class Value:
    """What one record says in one field, where it says something and the caller may know it."""

    person_id: UUID
    state: str
    value: Any = None


@dataclass(frozen=True)
class Row:
    """One field of all records: `same`, `overlaps` (they share some entries), `differs`, `missing`, `withheld`."""

    field: str
    finding: str
    values: list[Value]


@dataclass(frozen=True)
class Pair:
    """Two of the records: what is judged about them (`linked`, `told_apart`, or nothing) and how alike they are."""

    person_ids: list[UUID]
    judged: str | None
    match: Candidate


@dataclass(frozen=True)
class Comparison:
    """Records side by side. `withheld` names the categories that were kept back of at least one of them."""

    person_ids: list[UUID]
    rows: list[Row]
    pairs: list[Pair]
    withheld: list[str]


def compare(work: Work, *, person_ids: list[UUID]) -> Comparison:
    """Show these records side by side, each as far as the caller may see it (IN-8, CO-9).

    A field that is kept back of one record is not compared, and whether there is something in it is not told. Raises
    NotFound and AccessDenied as reading each of them would, InvalidInput when one is named twice.
    """
    if len(set(person_ids)) < len(person_ids):
        raise invalid("/person_ids", "unique", "Name each record once.")
    persons = [work.load(Person, each) for each in person_ids]
    opened = work.seen(persons)
    view = PersonView()
    told = [view.dump(person) for person in persons]
    withheld: set[str] = set()
    rows = []
    for field, says in SAYS.items():
        category = view.fields[field].metadata["category"]
        values, said = [], []
        for person, dumped, seen in zip(persons, told, opened, strict=True):
            if not _opens(seen, category):
                values.append(Value(person.id, WITHHELD))
                withheld.add(category)
                continue
            said.append(says(person))
            values.append(Value(person.id, SHOWN, dumped[field]) if said[-1] else Value(person.id, NOT_KNOWN))
        rows.append(Row(field, _finding(said, of=len(persons)), values))
    shown = {view.fields[field].metadata["category"] for field in SAYS}
    for seen in opened:
        work.showed(seen, categories={each for each in shown if _opens(seen, each)}, withheld=withheld)
    return Comparison(list(person_ids), rows, _pairs(work, persons), sorted(withheld))


def _opens(seen: Seen, category: str) -> bool:
    return seen.everything or category in seen.categories


def _finding(said: Sequence[Said], *, of: int) -> str:
    if len(said) < of:
        return WITHHELD
    if not all(said):
        return "missing"
    if len(set(said)) == 1:
        return "same"
    return "overlaps" if all(one & other for one, other in combinations(said, 2)) else "differs"


def _pairs(work: Work, persons: Sequence[Person]) -> list[Pair]:
    ids = [person.id for person in persons]
    judged = {each: judged_among(work, person_id=each, others=ids) for each in ids[:-1]}
    traits = {person.id: traits_of(person) for person in persons}
    measure = Measure(work, *traits.values())
    return [
        Pair(
            [one, other],
            _judgement(judged[one], other),
            Candidate.of(measure.score(traits[one], traits[other]), prior_bits=measure.prior_bits),
        )
        for one, other in combinations(ids, 2)
    ]


def _judgement(judged: Judged, other: UUID) -> str | None:
    if other in judged.linked:
        return "linked"
    return "told_apart" if other in judged.told_apart else None


def _text(field: str) -> Callable[[Person], Said]:
    """What a record says in a field of words: written alike however it is typed."""
    return lambda person: _known([key_of(value) or value] if (value := getattr(person, field)) else [])


def _known(entries: Iterable[Hashable]) -> Said:
    return frozenset(each for each in entries if each)


SAYS: dict[str, Callable[[Person], Said]] = {
    "names": lambda person: _known(key_of(name.whole) or name.whole for name in person.names),
    "born": lambda person: _known([person.born]),
    "identifiers": lambda person: _known(
        (each.scheme, each.issuer, each.key)
        for each in person.identifiers
        if each.ended_because != "recorded_in_error"
    ),
    "gender": _text("gender"),
    "pronouns": _text("pronouns"),
    "indigenous_identity": _text("indigenous_identity"),
    "indigenous_nation": _text("indigenous_nation"),
    "languages": lambda person: _known(person.languages),
    "preferred_language": _text("preferred_language"),
    "contact_points": lambda person: _known(
        (point.kind, point.value_key or key_of(point.value)) for point in person.reached_by
    ),
    "addresses": lambda person: _known(address.same_as for address in person.found_at),
}
