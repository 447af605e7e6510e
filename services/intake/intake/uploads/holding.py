"""Rows whose person is not certain: what is kept of them, and what a worker decided about them before (IN-9)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from chassis.database import run
from chassis.work import Work
from intake.directory.listing import listed_among
from intake.uploads import statements
from intake.uploads.columns import Named, Told
from intake.uploads.finding import UNKNOWN, Found, expect_consent_not_to_matter


@dataclass(frozen=True)
class Held:
    """A row that waits for a worker, as it is kept."""

    told: Told
    because: str

    @property
    def key(self) -> bytes:
        """A digest of how the person was named."""
        return named_key(self.told.named)

    @property
    def person_json(self) -> str:
        """How the person was named."""
        named = self.told.named
        person_id = str(named.person_id) if named.person_id is not None else None
        born_on = named.born_on.isoformat() if named.born_on is not None else None
        told = {
            "person_id": person_id,
            "identifier": named.identifier,
            "given": named.given,
            "family": named.family,
            "born_on": born_on,
        }
        return orjson.dumps(told).decode()

    @property
    def involvement_json(self) -> str:
        """What was told of the involvement itself."""
        told = self.told
        return orjson.dumps(
            {
                "organisation": told.organisation,
                "worker": told.worker,
                "role": told.role,
                "since": told.since,
                "until": told.until,
                "concealed_as": told.concealed_as,
            }
        ).decode()


def named_key(named: Named) -> bytes:
    """A digest that is the same for the same words about a person."""
    said = (named.person_id, named.given, named.family, named.born_on, named.identifier)
    return hashlib.blake2b(orjson.dumps(said), digest_size=16).digest()


def decided_before(work: Work, *, system: str, told: Mapping[int, Told]) -> dict[int, Found]:
    """What a worker decided before about rows that named their person in the same words; nothing about the others.

    Who was chosen and is listed no more is nobody known here. Raises ConsentNotCurrent as `find` does.
    """
    if not told:
        return {}
    references = sorted({each.reference for each in told.values()})
    rows = run(work.session, statements.DECIDED, {"system": system, "references": references}).all()
    decisions = {(row[0], bytes(row[1])): row for row in rows}
    chosen = {row[4] for row in decisions.values() if row[2] == "chosen"}
    listed = listed_among(work, chosen)
    found: dict[int, Found] = {}
    for number, each in told.items():
        row = decisions.get((each.reference, named_key(each.named)))
        if row is None:
            continue
        if row[2] == "chosen":
            expect_consent_not_to_matter(work, listed, named=[{row[4]}])
            found[number] = Found(row[4]) if row[4] in listed else UNKNOWN
        elif row[3] == "ambiguous":
            found[number] = UNKNOWN
    return found
