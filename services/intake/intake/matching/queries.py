"""Finding who may be one person: while somebody is typed in, beside a record, and those found by the service (IN-8)."""

from __future__ import annotations

import base64
import binascii
import struct
from collections import defaultdict
from math import log2
from typing import Literal, Unpack
from uuid import UUID

from sqlalchemy import and_, or_, select, text
from sqlalchemy.orm import selectinload

from chassis.errors import invalid
from chassis.work import Page, Work
from intake.linking.queries import judged_among
from intake.matching.candidate import Candidate
from intake.matching.keys import keys_of
from intake.matching.levels import Birth
from intake.matching.model import CommonWord, PossibleDuplicate
from intake.matching.of_people import traits_of
from intake.matching.score import Score, compare
from intake.matching.told import Described
from intake.matching.traits import AddressTraits, NameTraits, Traits, identifier_traits, phone_traits
from intake.matching.weights import shipped
from intake.people.identifiers.schemes import issuer_key, schemes
from intake.people.model import Person

_MOST_A_KEY = 60
_MOST_COMPARED = 40
_MOST_SHOWN = 10
_FEWEST_PEOPLE = 100
_RARE = 0.0002
_PARTS: tuple[Literal["street", "locality", "province", "postal_code"], ...] = (
    "street",
    "locality",
    "province",
    "postal_code",
)

# Row-level security narrows the rows of each key before they are counted against its limit.
_WHO_SHARES = text(
    "SELECT asked.number, found.person_id FROM unnest(CAST(:numbers AS bigint[])) AS asked (number)"
    " CROSS JOIN LATERAL (SELECT person_id FROM match_keys WHERE key = asked.number LIMIT :most) AS found"
)
_HOW_MANY = text("SELECT reltuples FROM pg_class WHERE oid = 'persons'::regclass")


def candidates(work: Work, *, person_id: UUID | None, **described: Unpack[Described]) -> Page:
    """The people whom the caller may see and who may be the one described, the likeliest first; ten at most.

    Of a record (`person_id`) those linked with it and those told apart from it are left out; with nothing else
    described, the record itself is what is compared. Raises InvalidInput when nothing is described, NotFound or
    AccessDenied for a record that the caller may not see.
    """
    asked = _described(described)
    if person_id is not None:
        record = work.load(Person, person_id)
        asked = asked if asked.says_anything else traits_of(record)
    if not asked.says_anything:
        raise invalid("", "required", "Send a name, a date of birth, a phone, an identifier or an address.")
    return Page(items=alike(work, asked, but=person_id)[:_MOST_SHOWN])


def _described(told: Described) -> Traits:
    born, address = told["born"], told["address"]
    scheme, issuer = told["scheme"] or "", told["issuer"] or ""
    by_many = scheme in schemes() and schemes()[scheme].issued_by_many
    kind = f"{scheme} {issuer_key(issuer)}" if scheme and (issuer or not by_many) else ""
    name = NameTraits.read(told["given"], told["family"])
    place = AddressTraits.read(*(address[part] if address else None for part in _PARTS))
    return Traits(
        names=(name,) if name else (),
        birth=Birth(**born) if born else Birth(),
        addresses=(place,) if place else (),
        phones=phone_traits(told["phone"]),
        identifiers=identifier_traits((kind, told["identifier"])),
    )


def alike(work: Work, asked: Traits, *, but: UUID | None = None) -> list[Person]:
    """People who share keys with what is asked and of whom more speaks for than against; each with its `candidate`."""
    shown = _worth_comparing(work, asked, but=but)
    if not shown:
        return []
    wanted = work.visible(Person).where(Person.id.in_(shown)).options(*_ALL_TRAITS)
    measure = Measure(work, asked)
    found = []
    for person in work.session.scalars(wanted):
        score = measure.score(asked, traits_of(person))
        if score.bits > 0:
            person.seen_as(Candidate.of(score, prior_bits=measure.prior_bits))
            found.append(person)
    found.sort(key=lambda person: (-person.candidate.score if person.candidate else 0.0, person.id))
    if but is None or not found:
        return found
    judged = judged_among(work, person_id=but, others=[person.id for person in found])
    return [person for person in found if person.id not in judged.linked | judged.told_apart]


def _worth_comparing(work: Work, asked: Traits, *, but: UUID | None) -> list[UUID]:
    """Those who share most with what is asked; a key that many share says little."""
    says = {key.number: key.says for key in keys_of(asked, asking=True)}
    sharing: dict[int, list[UUID]] = defaultdict(list)
    for number, person_id in work.session.execute(_WHO_SHARES, {"numbers": list(says), "most": _MOST_A_KEY}):
        sharing[number].append(person_id)
    shared: dict[UUID, float] = defaultdict(float)
    for number, people in sharing.items():
        for person_id in people:
            shared[person_id] += says[number] / (1 + len(people) / _MOST_A_KEY)
    others = [person_id for person_id in shared if person_id != but]
    return sorted(others, key=lambda person_id: (-shared[person_id], person_id))[:_MOST_COMPARED]


_ALL_TRAITS = (
    selectinload(Person.names),
    selectinload(Person.addresses),
    selectinload(Person.contact_points),
    selectinload(Person.identifiers),
)


class Measure:
    """What a score needs to know of this database: how many people there are, and how common the names asked are."""

    def __init__(self, work: Work, *asked: Traits) -> None:
        people = max(work.session.execute(_HOW_MANY).scalar_one(), _FEWEST_PEOPLE)
        self.prior_bits = log2(0.5 / people)
        self._weights = shipped()
        self._household_bits = self.prior_bits + log2(self._weights.household_per_match)
        words = {part.squeezed for each in asked for name in each.names for part in (name.given, name.family)}
        wanted = select(CommonWord.word, CommonWord.share).where(CommonWord.word.in_(["", *sorted(words)]))
        self._shares = dict(work.session.execute(wanted).all())

    def of(self, field: str, value: str) -> float | None:
        """How often a stranger has a value: counted for names, else not known."""
        if field not in ("given_name", "family_name") or "" not in self._shares:
            return None
        return self._shares.get(value, _RARE)

    def score(self, one: Traits, other: Traits) -> Score:
        """Compare two people."""
        return compare(
            one, other, weights=self._weights, frequencies=self, household_bits=self._household_bits
        )


def reasons_for(work: Work, *, one: Person, other: Person) -> Candidate:
    """How likely two records are of one person and why, as far as the caller sees both: for a look side by side."""
    mine, theirs = traits_of(one), traits_of(other)
    measure = Measure(work, mine, theirs)
    return Candidate.of(measure.score(mine, theirs), prior_bits=measure.prior_bits)


def duplicates(work: Work, *, limit: int, cursor: str | None) -> Page:
    """Pairs of records that may be of one person and that the caller may both see, the likeliest first.

    Pairs that somebody has judged since are left out. The reasons are those that the caller may know. Raises
    InvalidInput for a cursor that we did not give.
    """
    shown: list[PossibleDuplicate] = []
    edge = None if cursor is None else _read_cursor(cursor)
    while True:
        rows = _after(work, edge, limit=limit + 1)
        for row in rows:
            if len(shown) == limit:
                return Page(items=shown, next_cursor=_write_cursor(shown[-1]))
            edge = row.bits, row.id
            if _show(work, row):
                shown.append(row)
        if len(rows) <= limit:
            return Page(items=shown)


def _after(work: Work, edge: tuple[float, UUID] | None, *, limit: int) -> list[PossibleDuplicate]:
    wanted = work.visible(PossibleDuplicate)
    if edge is not None:
        bits, last = edge
        as_likely = and_(PossibleDuplicate.bits == bits, PossibleDuplicate.id > last)
        wanted = wanted.where(or_(PossibleDuplicate.bits < bits, as_likely))
    wanted = wanted.order_by(PossibleDuplicate.bits.desc(), PossibleDuplicate.id)
    return list(work.session.scalars(wanted.limit(limit)))


def _show(work: Work, row: PossibleDuplicate) -> bool:
    """Let the reader see both records and the reasons; False where that is no question any more."""
    judged = judged_among(work, person_id=row.one_id, others=[row.other_id])
    if judged.linked or judged.told_apart:
        return False
    pair = work.visible(Person).where(Person.id.in_([row.one_id, row.other_id])).options(*_ALL_TRAITS)
    people = {person.id: person for person in work.session.scalars(pair)}
    if len(people) < 2:
        return False
    one, other = people[row.one_id], people[row.other_id]
    row.seen_with([one, other], why=reasons_for(work, one=one, other=other))
    return True


def _write_cursor(row: PossibleDuplicate) -> str:
    return base64.urlsafe_b64encode(struct.pack(">d", row.bits) + row.id.bytes).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> tuple[float, UUID]:
    try:
        told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return struct.unpack(">d", told[:8])[0], UUID(bytes=told[8:])
    except (ValueError, binascii.Error, struct.error):
        raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.") from None
