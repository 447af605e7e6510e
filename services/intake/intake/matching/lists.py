"""Lists of people as CSV files, for linking two of them (IN-8).

Tolerant where nothing can be misunderstood (order of columns, further columns, a byte order mark, CRLF, empty lines),
and strict where a guess could link the wrong people.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from intake.matching.levels import Birth
from intake.matching.traits import AddressTraits, NameTraits, Traits, identifier_traits, phone_traits

COLUMNS = (
    "record_id",
    "given_name",
    "family_name",
    "date_of_birth",
    "street",
    "locality",
    "province",
    "postal_code",
    "phone",
    "identifier",
)
TRUTH_COLUMNS = ("left_id", "right_id")
_LONGEST_CELL = 100_000


class ListUnreadable(ValueError):
    """A list breaks a rule. The message is one line that names the file, the line, the column and the rule."""

    def __init__(self, path: Path, rule: str, *, line: int | None = None, column: str | None = None) -> None:
        place = "".join(
            (f", line {line}" if line is not None else "", f", column {column}" if column is not None else "")
        )
        super().__init__(f"{path.name}{place}: {rule}")


@dataclass
class PeopleList:
    """People of one file, in its order. `warnings` tell of dates that were taken as unknown."""

    path: Path
    ids: list[str] = field(default_factory=list)
    people: list[Traits] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


def read_people(path: Path) -> PeopleList:
    """The people of a CSV file. Raises ListUnreadable."""
    people = PeopleList(path=path)
    seen: dict[str, int] = {}
    for line, cells in _rows(path, COLUMNS):
        record_id = cells["record_id"]
        if not record_id:
            raise ListUnreadable(path, "must not be empty", line=line, column="record_id")
        if record_id in seen:
            rule = f"must be unique, and stands on line {seen[record_id]} already"
            raise ListUnreadable(path, rule, line=line, column="record_id")
        seen[record_id] = line
        people.ids.append(record_id)
        people.people.append(_person(cells, people=people, line=line))
    return people


def read_truth(path: Path, *, left: PeopleList, right: PeopleList) -> set[tuple[int, int]]:
    """Which people are one, as places in the two lists. Raises ListUnreadable."""
    place_left = {record_id: place for place, record_id in enumerate(left.ids)}
    place_right = {record_id: place for place, record_id in enumerate(right.ids)}
    links = set()
    for line, cells in _rows(path, TRUTH_COLUMNS):
        for column, places, named in (
            ("left_id", place_left, left),
            ("right_id", place_right, right),
        ):
            if cells[column] not in places:
                rule = f"must be a record_id of {named.path.name}"
                raise ListUnreadable(path, rule, line=line, column=column)
        links.add((place_left[cells["left_id"]], place_right[cells["right_id"]]))
    return links


def _person(cells: dict[str, str], *, people: PeopleList, line: int) -> Traits:
    birth = Birth()
    if cells["date_of_birth"]:
        try:
            birth = Birth.read(cells["date_of_birth"])
        except ValueError:
            birth = Birth()
        if birth.year is None:
            rule = "no such day, looked at as a misprint only" if birth else "not a date, taken as unknown"
            people.warnings.append(f"{people.path.name}, line {line}, column date_of_birth: {rule}")
    name = NameTraits.read(cells["given_name"], cells["family_name"])
    address = AddressTraits.read(cells["street"], cells["locality"], cells["province"], cells["postal_code"])
    return Traits(
        names=(name,),
        birth=birth,
        addresses=(address,),
        phones=phone_traits(cells["phone"]),
        identifiers=identifier_traits(("identifier", cells["identifier"])),
    )


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with the number of the line each begins on."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    csv.field_size_limit(_LONGEST_CELL)
    rows: list[tuple[int, dict[str, str]]] = []
    places: dict[str, int] = {}
    width, began = 0, 1
    try:
        for cells in reader:
            line, began = began, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not places:
                places, width = _header(path, cells, columns, line=line), len(cells)
                continue
            if len(cells) != width:
                rule = f"must have {width} cells as the header has, and has {len(cells)}"
                raise ListUnreadable(path, rule, line=line)
            rows.append((line, {column: cells[places[column]].strip() for column in columns}))
    except csv.Error as broken:
        raise ListUnreadable(path, f"not CSV: {broken}", line=began) from None
    if not places:
        raise ListUnreadable(path, f"the first line must name the columns {','.join(columns)}", line=1)
    return rows


def _header(path: Path, cells: list[str], columns: tuple[str, ...], *, line: int) -> dict[str, int]:
    named = [cell.strip().lower() for cell in cells]
    for column in columns:
        if named.count(column) != 1:
            rule = "the column is missing" if column not in named else "the column stands there twice"
            raise ListUnreadable(path, rule, line=line, column=column)
    return {column: named.index(column) for column in columns}


def _text(path: Path) -> str:
    try:
        told = path.read_bytes()
    except OSError as reason:
        raise ListUnreadable(path, f"cannot be read: {reason.strerror}") from None
    try:
        text = told.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = told.count(b"\n", 0, wrong.start) + 1
        raise ListUnreadable(path, "must be UTF-8", line=line) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ListUnreadable(path, "must be text, and holds a NUL character", line=line)
    return text
