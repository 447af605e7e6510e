"""The columns of a file of involvements, version 1, and what each may hold (IN-9).

A fault names a column of ours and a rule; it never repeats what the sender wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from intake.directory.schemas import CONCEALING
from intake.people.identifiers.schemes import identifier_key, issuer_key, schemes
from intake.people.words import key_of

VERSION = 1
REQUIRED = ("reference", "organisation", "since")
IDENTIFYING = ("identifier_scheme", "identifier_issuer", "identifier")
NAMING = ("person_id", *IDENTIFYING, "given_name", "family_name", "date_of_birth")
COLUMNS = (*REQUIRED, *NAMING, "worker", "role", "until", "concealed_as")

_SUBJECT = re.compile(r"[\x21-\x7e]{1,128}")
_CODE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HIDDEN = {"Cc", "Cs", "Cn", "Co"}
_EARLIEST = date(1900, 1, 1)
_LONGEST_NAME = 300
_LONGEST_REFERENCE = 128


@dataclass(frozen=True)
class Fault:
    """One column, or the row as a whole (None), breaks one rule."""

    column: str | None
    rule: str


@dataclass(frozen=True)
class Named:
    """How a row names the person: by our id, or by another authority's identifier, or by name and date of birth.

    `identifier` is scheme, issuer (empty where there is one only) and the number in one spelling.
    """

    person_id: UUID | None = None
    given: str | None = None
    family: str | None = None
    born_on: date | None = None
    identifier: tuple[str, str, str] | None = None

    @property
    def key(self) -> str:
        """The whole name as the directory compares it."""
        return key_of(" ".join(part for part in (self.given, self.family) if part))


@dataclass(frozen=True)
class Told:
    """One row that keeps every rule which can be checked on the row alone."""

    reference: str
    named: Named
    organisation: str
    worker: str | None
    role: str
    since: date
    until: date | None
    concealed_as: str | None


def header_faults(names: Sequence[str]) -> list[tuple[str, str]]:
    """What is wrong with the names of the columns, as place and rule; nothing when they can be read.

    A name that we do not know is told by its place only: a file without a header begins with somebody's name.
    """
    faults = []
    for place, name in enumerate(names, start=1):
        if name not in COLUMNS:
            faults.append((f"column {place}", "unknown_column"))
        elif name in names[: place - 1]:
            faults.append((name, "column_twice"))
    faults += [(name, "column_missing") for name in REQUIRED if name not in names]
    if "person_id" not in names and not (
        "date_of_birth" in names and {"given_name", "family_name"} & {*names}
    ):
        faults.append(("person_id", "column_missing"))
    return faults


def told_by(row: Mapping[str, str], *, today: date) -> Told | list[Fault]:
    """What a row tells, or every rule that it breaks."""
    reader = _Reader(row, today=today)
    since, until = reader.day("since", required=True), reader.day("until")
    if since and until and until < since:
        reader.faults.append(Fault("until", "before_since"))
    named = reader.named()
    reference = reader.line("reference", longest=_LONGEST_REFERENCE, required=True)
    organisation = reader.matching("organisation", _SUBJECT, required=True)
    worker = reader.matching("worker", _SUBJECT)
    role = reader.matching("role", _CODE)
    concealed_as = reader.choice("concealed_as", CONCEALING)
    if reader.faults or named is None or reference is None or organisation is None or since is None:
        return reader.faults
    return Told(
        reference=reference,
        named=named,
        organisation=organisation,
        worker=worker,
        role=role or "involved",
        since=since,
        until=until,
        concealed_as=concealed_as,
    )


class _Reader:
    """Reads the fields of one row and notes what breaks a rule. An empty field tells nothing."""

    def __init__(self, row: Mapping[str, str], *, today: date) -> None:
        self._row = row
        self._today = today
        self.faults: list[Fault] = []

    def _text(self, column: str, *, required: bool = False) -> str | None:
        text = self._row.get(column, "").strip()
        if not text and required:
            self.faults.append(Fault(column, "required"))
        return text or None

    def _breaks(self, column: str, rule: str) -> None:
        self.faults.append(Fault(column, rule))

    def line(self, column: str, *, longest: int, required: bool = False) -> str | None:
        """Text on one line, as people compare it."""
        text = self._text(column, required=required)
        if text is None:
            return None
        text = unicodedata.normalize("NFC", text)
        if not text.isascii() or not text.isprintable():
            if any(unicodedata.category(sign) in _HIDDEN for sign in text):
                self._breaks(column, "characters")
                return None
            text = " ".join(text.split())
        if len(text) > longest:
            self._breaks(column, "length")
            return None
        return text

    def matching(self, column: str, pattern: re.Pattern[str], *, required: bool = False) -> str | None:
        """A code or a subject."""
        text = self._text(column, required=required)
        if text is not None and not pattern.fullmatch(text):
            self._breaks(column, "code")
            return None
        return text

    def choice(self, column: str, choices: Sequence[str]) -> str | None:
        """One of a few codes."""
        text = self._text(column)
        if text is not None and text not in choices:
            self._breaks(column, "choice")
            return None
        return text

    def day(self, column: str, *, required: bool = False) -> date | None:
        """A day of the calendar as YYYY-MM-DD, not before 1900 and at most a year ahead."""
        text = self._text(column, required=required)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text) if _DAY.fullmatch(text) and text.isascii() else None
        except ValueError:
            day = None
        if day is None:
            self._breaks(column, "date")
            return None
        if not _EARLIEST <= day <= self._today + timedelta(days=366):
            self._breaks(column, "range")
            return None
        return day

    def named(self) -> Named | None:
        """Who the row is about: by our id when it is there, else by an identifier, or a name and date of birth."""
        if (ours := self._text("person_id")) is not None:
            try:
                return Named(person_id=UUID(ours))
            except ValueError:
                self._breaks("person_id", "identifier")
                return None
        before = len(self.faults)
        identifier = self._identifier()
        given = self.line("given_name", longest=_LONGEST_NAME)
        family = self.line("family_name", longest=_LONGEST_NAME)
        born_on = self.day("date_of_birth")
        if born_on is not None and born_on > self._today:
            self._breaks("date_of_birth", "in_the_future")
        named = Named(given=given, family=family, born_on=born_on, identifier=identifier)
        if identifier is None and len(self.faults) == before:
            if born_on is None:
                self._breaks("date_of_birth", "required")
            if not named.key:
                self._breaks("family_name", "required")
        return named

    def _identifier(self) -> tuple[str, str, str] | None:
        """An identifier that fits its scheme, in one spelling."""
        code, typed = self._text("identifier_scheme"), self._text("identifier")
        issuer = self._text("identifier_issuer")
        if code is None and typed is None:
            if issuer is not None:
                self._breaks("identifier", "required")
            return None
        if code is None or typed is None:
            self._breaks("identifier" if typed is None else "identifier_scheme", "required")
            return None
        scheme = schemes().get(code)
        if scheme is None:
            self._breaks("identifier_scheme", "choice")
            return None
        given_by, key = issuer_key(issuer or ""), identifier_key(typed)
        if not scheme.knows_issuer(given_by):
            self._breaks("identifier_issuer", "issuer")
        elif not scheme.form.fullmatch(key):
            self._breaks("identifier", "form")
        elif scheme.check is not None and not scheme.check(key):
            self._breaks("identifier", "check_digit")
        else:
            return code, given_by, key
        return None


def as_row(names: Sequence[str], fields: Sequence[str]) -> dict[str, str] | None:
    """The fields by column; None when there are more or fewer fields than columns."""
    return dict(zip(names, fields, strict=True)) if len(names) == len(fields) else None


def faults_as_told(faults: Sequence[Fault]) -> Iterator[dict[str, str | None]]:
    """Faults as they are kept and shown."""
    return ({"column": fault.column, "rule": fault.rule} for fault in faults)
