"""Who is meant by the rows of an outside system: found for certain, or left to a worker; never guessed (IN-9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import run
from chassis.errors import ConsentNotCurrent
from chassis.work import HEARD_AGAIN_S, Work
from intake.directory.listing import listed_among
from intake.linking.queries import main_of_each
from intake.uploads.columns import Named


@dataclass(frozen=True)
class Found:
    """The one person meant; or None, with whether several may be meant."""

    person_id: UUID | None
    ambiguous: bool = False


UNKNOWN = Found(person_id=None)


def find(work: Work, named: Mapping[int, Named]) -> dict[int, Found]:
    """For each row, by its number, the person whom it names.

    By our id: that person. By an identifier: the one who has it, unless a date of birth beside it says otherwise. By
    name and whole date of birth: the one whose name and whole date of birth are the same. Records linked as one person
    count as one, and the main one among those listed is taken. Somebody of whose birth only a part is known may be
    meant too: then it is for a worker to say. Who is restricted, or an adult who did not consent to be listed, is not
    known here, so that nobody learns otherwise from an answer.

    Raises ConsentNotCurrent while nobody knows which consents stand and a row names anybody but children who are
    listed: an adult who consented, one who did not and nobody at all wait alike, for the same reason (CO-8).
    """
    by_id = {number: each.person_id for number, each in named.items() if each.person_id is not None}
    certain, possible = _meant(work, {number: each for number, each in named.items() if number not in by_id})
    mentioned = {*by_id.values(), *(p for some in (*certain.values(), *possible.values()) for p in some)}
    listed = listed_among(work, mentioned)
    expect_consent_not_to_matter(
        work,
        listed,
        named=[{by_id[n]} if n in by_id else certain[n] | possible[n] for n in named],
    )
    mains = main_of_each(work, persons=listed) if listed else {}
    found: dict[int, Found] = {}
    for number in named:
        if number in by_id:
            found[number] = Found(by_id[number]) if by_id[number] in listed else UNKNOWN
        else:
            found[number] = _decided(certain[number] & listed, possible[number] & listed, mains)
    return found


def expect_consent_not_to_matter(work: Work, listed: set[UUID], *, named: Iterable[set[UUID]]) -> None:
    """Raise ConsentNotCurrent where a row's answer may hang on a consent, and nobody knows which of them stand."""
    if not work.consent_current and not all(people and people <= listed for people in named):
        raise ConsentNotCurrent(retry_after=HEARD_AGAIN_S)


def candidates(work: Work, named: Named) -> list[UUID]:
    """Everybody listed who may be meant by a row, for a worker to choose from."""
    certain, possible = _meant(work, {1: named})
    return sorted(listed_among(work, certain[1] | possible[1]))


def _decided(certain: set[UUID], possible: set[UUID], mains: Mapping[UUID, UUID]) -> Found:
    people: dict[UUID, set[UUID]] = defaultdict(set)
    for person in certain | possible:
        people[mains[person]].add(person)
    if len(people) == 1 and certain:
        ((main, records),) = people.items()
        return Found(main if main in records else min(records))
    return Found(person_id=None, ambiguous=bool(people))


Sets = dict[int, set[UUID]]


def _meant(work: Work, named: Mapping[int, Named]) -> tuple[Sets, Sets]:
    """For each row, who is meant for certain and who possibly: by identifier where that finds anybody, else by name."""
    certain, possible = _by_identifier(work, named)
    by_name = _by_name(work, {n: each for n, each in named.items() if not certain[n] and not possible[n]})
    for sets, more in zip((certain, possible), by_name, strict=True):
        for number, people in more.items():
            sets[number] |= people
    return certain, possible


def _by_identifier(work: Work, named: Mapping[int, Named]) -> tuple[Sets, Sets]:
    """Who has the identifier of a row; only possibly meant where the date of birth beside it is another."""
    certain: Sets = defaultdict(set)
    possible: Sets = defaultdict(set)
    asked = [(number, *each.identifier, each.born_on) for number, each in named.items() if each.identifier]
    if asked:
        numbers, schemes, issuers, keys, days = zip(*asked, strict=True)
        given = {"numbers": numbers, "schemes": schemes, "issuers": issuers, "keys": keys, "days": days}
        lists = {name: list(values) for name, values in given.items()}
        for number, person_id, fits in run(work.session, _WHO_HAS, lists).all():
            (certain if fits else possible)[number].add(person_id)
    return certain, possible


def _by_name(work: Work, named: Mapping[int, Named]) -> tuple[dict[int, set[UUID]], dict[int, set[UUID]]]:
    """For each row, the persons of this name born on this day, and those of whose birth only a part is known."""
    certain: dict[int, set[UUID]] = defaultdict(set)
    possible: dict[int, set[UUID]] = defaultdict(set)
    asked = [(number, each.key, each.born_on) for number, each in named.items() if each.born_on is not None]
    if not asked:
        return certain, possible
    for number, person_id, whole in _looked_up(work, asked):
        (certain if whole else possible)[number].add(person_id)
    return certain, possible


def _looked_up(work: Work, asked: Sequence[tuple[int, str, object]]) -> Sequence[tuple[int, UUID, bool]]:
    numbers, keys, days = zip(*asked, strict=True)
    rows: Sequence[tuple[int, UUID, bool]] = run(
        work.session, _LOOK_UP, {"numbers": list(numbers), "keys": list(keys), "days": list(days)}
    ).all()
    return rows


# A number that was lost, has expired or was replaced still tells whose it was; one recorded in error never was theirs.
_WHO_HAS = """
    SELECT asked.number, l.id, asked.day IS NULL OR l.born_year IS NULL OR (
        l.born_year = extract(year FROM asked.day)
        AND coalesce(l.born_month, extract(month FROM asked.day)) = extract(month FROM asked.day)
        AND coalesce(l.born_day, extract(day FROM asked.day)) = extract(day FROM asked.day)
    ) OR coalesce(l.born_approximate, false) AS fits
    FROM unnest(CAST(%(numbers)s AS integer[]), CAST(%(schemes)s AS text[]), CAST(%(issuers)s AS text[]),
        CAST(%(keys)s AS text[]), CAST(%(days)s AS date[])) AS asked (number, scheme, issuer, key, day)
    JOIN identifiers i ON i.key = asked.key AND i.scheme = asked.scheme AND i.issuer = asked.issuer
        AND i.ended_because IS DISTINCT FROM 'recorded_in_error'
    JOIN listings l ON l.id = i.person_id
"""
# Three searches of the index on the date of birth: whole, month and year, year alone.
_LOOK_UP = """
    WITH asked AS (
        SELECT number, key, extract(year FROM day)::smallint AS y, extract(month FROM day)::smallint AS m,
            extract(day FROM day)::smallint AS d
        FROM unnest(CAST(%(numbers)s AS integer[]), CAST(%(keys)s AS text[]), CAST(%(days)s AS date[]))
            AS a (number, key, day)
    )
    SELECT asked.number, l.id, NOT coalesce(l.born_approximate, false) AS whole FROM asked JOIN listings l
        ON l.born_year = y AND l.born_month = m AND l.born_day = d AND key = ANY(l.name_keys)
    UNION ALL
    SELECT asked.number, l.id, false FROM asked JOIN listings l
        ON l.born_year = y AND l.born_month = m AND l.born_day IS NULL AND key = ANY(l.name_keys)
    UNION ALL
    SELECT asked.number, l.id, false FROM asked JOIN listings l
        ON l.born_year = y AND l.born_month IS NULL AND key = ANY(l.name_keys)
"""
