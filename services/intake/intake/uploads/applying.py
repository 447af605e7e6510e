"""What the rows of a batch do to the directory, and what becomes of each (IN-9)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from chassis.clocks import house_calendar
from chassis.database import run
from chassis.ids import new_id
from chassis.work import Work
from intake.accreditation.model import Accreditation
from intake.directory.model import Agency, a_year_before
from intake.uploads import statements
from intake.uploads.columns import Fault, Told, faults_as_told
from intake.uploads.finding import Found, find
from intake.uploads.holding import Held, decided_before
from intake.uploads.model import Upload
from intake.uploads.record import record_the_batch


@dataclass
class Row:
    """One row of a batch: what it tells, or the rules that it breaks; then what became of it."""

    number: int
    line: int
    told: Told | None = None
    faults: list[Fault] = field(default_factory=list)
    outcome: str = "refused"
    reference_key: bytes | None = None

    def refuse(self, column: str | None, rule: str) -> None:
        """The row breaks a rule that is known only now."""
        self.faults.append(Fault(column, rule))
        self.told = None


@dataclass(frozen=True)
class Entry:
    """An involvement that this system told of before."""

    id: UUID
    person_id: UUID
    said: tuple[Any, ...]
    told_at: datetime | None


def apply(work: Work, *, upload: Upload, accreditation: Accreditation, rows: Sequence[Row]) -> None:
    """Apply a batch: every row gets its outcome, the good ones whatever the bad ones are like.

    What was said later stays: a row of a file that was completed before the entry was told again is superseded.
    """
    agencies = _agencies(work, rows)
    _refuse_repeated(work, upload, rows)
    _refuse_unaccredited(rows, accreditation, agencies)
    asked = {row.number: row.told for row in rows if row.told is not None}
    decided = decided_before(work, system=upload.system, told=asked)
    open_rows = {number: told.named for number, told in asked.items() if number not in decided}
    found = {**find(work, open_rows), **decided}
    batch = _Batch(work, upload, agencies)
    batch.take(rows, found)
    counts = Counter(row.outcome for row in rows)
    for outcome, number in counts.items():
        setattr(upload, outcome, getattr(upload, outcome) + number)
    _keep_results(work, upload, rows)


class _Batch:
    """The entries that a batch makes, changes, confirms or leaves to a worker."""

    def __init__(self, work: Work, upload: Upload, agencies: Mapping[str, Agency]) -> None:
        self._work = work
        self._upload = upload
        self._agencies = agencies
        # Every row of the file is as new as the word that the file was whole.
        self._told_at: datetime = upload.completed_at or work.now
        self._long_ago: date = a_year_before(house_calendar().day_of(work.now))

    def take(self, rows: Sequence[Row], found: Mapping[int, Found]) -> None:
        """Decide each row, then write all in a few statements."""
        told = [row for row in rows if row.told is not None]
        entries = self._entries([row.told.reference for row in told if row.told])
        made: list[tuple[UUID, Told]] = []
        changed: list[tuple[UUID, UUID, Told]] = []
        confirmed: list[UUID] = []
        held: list[Held] = []
        for row in told:
            assert row.told is not None  # noqa: S101 - chosen above
            person, entry = found[row.number], entries.get(row.told.reference)
            if person.person_id is None:
                row.outcome = "held" if person.ambiguous else "unmatched"
                held.append(Held(row.told, because="ambiguous" if person.ambiguous else "unmatched"))
            elif entry is not None and entry.person_id != person.person_id:
                row.refuse("reference", "reference_of_another_person")
            elif entry is None and row.told.until is not None and row.told.until <= self._long_ago:
                row.refuse("until", "ended_over_a_year_ago")
            elif entry is None:
                row.outcome = "applied"
                made.append((person.person_id, row.told))
            elif entry.told_at is not None and entry.told_at > self._told_at:
                row.outcome = "superseded"
            elif entry.said == _said(row.told):
                row.outcome = "unchanged"
                confirmed.append(entry.id)
            else:
                row.outcome = "applied"
                changed.append((entry.id, entry.person_id, row.told))
        written = [*self._make(made), *self._change(changed)]
        self._confirm(confirmed)
        self._leave_to_a_worker(held, certain=[row.told.reference for row in told if row.told])
        record_the_batch(self._work, upload=self._upload, written=written)

    def _entries(self, references: Sequence[str]) -> dict[str, Entry]:
        given = {"source": self._upload.system, "references": sorted(references)}
        rows = run(self._work.session, statements.ENTRIES, given).all()
        return {
            row[0]: Entry(id=row[1], person_id=row[2], said=tuple(row[4:]), told_at=row[3]) for row in rows
        }

    def _make(self, made: Sequence[tuple[UUID, Told]]) -> list[tuple[UUID, UUID]]:
        if not made:
            return []
        given = self._columns([told for _, told in made])
        given["ids"] = [new_id() for _ in made]
        given["persons"] = [person for person, _ in made]
        rows = run(self._work.session, statements.MAKE, given).all()
        self._let_the_sender_keep({row[2]: row[0] for row in rows}, [told for _, told in made])
        return [(row[0], row[1]) for row in rows]

    def _change(self, changed: Sequence[tuple[UUID, UUID, Told]]) -> list[tuple[UUID, UUID]]:
        if changed:
            given = self._columns([told for _, _, told in changed])
            given["ids"] = [entry for entry, _, _ in changed]
            run(self._work.session, statements.CHANGE, given)
        return [(entry, person) for entry, person, _ in changed]

    def _confirm(self, entries: Sequence[UUID]) -> None:
        if entries:
            given = {"ids": list(entries), "told_at": self._told_at}
            run(self._work.session, statements.CONFIRM, given)

    def _columns(self, told: Sequence[Told]) -> dict[str, Any]:
        return {
            "source": self._upload.system,
            "now": self._work.now,
            "told_at": self._told_at,
            "references": [each.reference for each in told],
            "organisations": [each.organisation for each in told],
            "workers": [each.worker for each in told],
            "roles": [each.role for each in told],
            "sinces": [each.since for each in told],
            "untils": [each.until for each in told],
            "concealed": [each.concealed_as for each in told],
        }

    def _let_the_sender_keep(self, entries: Mapping[str, UUID], told: Sequence[Told]) -> None:
        """As at the door: who told of a concealed entry may go on correcting that one."""
        for each in told:
            category = each.concealed_as or self._agencies[each.organisation].concealed_as
            if category is not None and each.reference in entries:
                self._work.grants.give(
                    grantee=f"worker:{self._upload.system}",
                    record=("involvement", entries[each.reference]),
                    categories=[category],
                    basis="agreement",
                    may_write=True,
                )

    def _leave_to_a_worker(self, held: Sequence[Held], *, certain: Sequence[str]) -> None:
        waiting = {each.told.reference for each in held}
        settled = [reference for reference in certain if reference not in waiting]
        given: dict[str, Any] = {"system": self._upload.system, "references": settled}
        run(self._work.session, statements.NO_LONGER_HELD, given)
        if not held:
            return
        run(
            self._work.session,
            statements.HOLD,
            {
                "system": self._upload.system,
                "now": self._work.now,
                "told_at": self._told_at,
                "ids": [new_id() for _ in held],
                "references": [each.told.reference for each in held],
                "becauses": [each.because for each in held],
                "tolds": [each.person_json for each in held],
                "keys": [each.key for each in held],
                "involvements": [each.involvement_json for each in held],
            },
        )


def _said(told: Told) -> tuple[Any, ...]:
    return (told.organisation, told.worker, told.role, told.since, told.until, told.concealed_as)


def _agencies(work: Work, rows: Sequence[Row]) -> dict[str, Agency]:
    codes = {row.told.organisation for row in rows if row.told is not None}
    found = work.session.scalars(select(Agency).where(Agency.organisation.in_(codes)))
    return {agency.organisation: agency for agency in found}


def _refuse_unaccredited(
    rows: Sequence[Row], accreditation: Accreditation, agencies: Mapping[str, Agency]
) -> None:
    for row in rows:
        if row.told is None:
            continue
        agency = agencies.get(row.told.organisation)
        if not accreditation.speaks_for(row.told.organisation):
            row.refuse("organisation", "not_accredited_for_organisation")
        elif agency is None:
            row.refuse("organisation", "agency_not_registered")
        elif agency.sector not in accreditation.sectors:
            row.refuse("organisation", "not_accredited_for_sector")


def _refuse_repeated(work: Work, upload: Upload, rows: Sequence[Row]) -> None:
    """A file that says two things of one involvement is not guessed at: the first row counts."""
    for row in rows:
        if row.told is not None:
            row.reference_key = hashlib.blake2b(row.told.reference.encode(), digest_size=16).digest()
    keys = [row.reference_key for row in rows if row.reference_key is not None]
    known = run(work.session, statements.SEEN, {"upload_id": upload.id, "keys": keys}).scalars()
    seen = {bytes(key) for key in known}
    for row in rows:
        if row.reference_key is None:
            continue
        if row.reference_key in seen:
            row.reference_key = None
            row.refuse("reference", "reference_twice")
        else:
            seen.add(row.reference_key)


def _keep_results(work: Work, upload: Upload, rows: Sequence[Row]) -> None:
    run(
        work.session,
        statements.RESULTS,
        {
            "upload_id": upload.id,
            "system": upload.system,
            "numbers": [row.number for row in rows],
            "lines": [row.line for row in rows],
            "outcomes": [row.outcome for row in rows],
            "faults": [orjson.dumps(list(faults_as_told(row.faults))).decode() for row in rows],
            "keys": [row.reference_key for row in rows],
        },
    )
