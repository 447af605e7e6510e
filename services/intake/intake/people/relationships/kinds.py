"""The kinds of relationships with their inverses, held as data and checked when they are loaded (IN-7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("kinds.yaml")
_CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")
_FIELDS = {"kind", "seen_back", "line"}
_LINES = {None: None, "ancestor": "descendant", "descendant": "ancestor"}


class KindsInvalid(ValueError):
    """The file of kinds breaks a rule; the message names the kind and the field."""


@dataclass(frozen=True)
class Kind:
    """One kind of relationship: what the other is to a person, and what the person is to the other."""

    code: str
    seen_back: str
    line: str | None


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its code. Raises KindsInvalid when the file breaks a rule."""
    return read_kinds(FILE)


def read_kinds(file: Path) -> dict[str, Kind]:
    """The kinds of a file.

    Raises KindsInvalid, with the file and the kind, for a kind without an inverse, or whose inverse is of another line.
    """
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as broken:
        raise KindsInvalid(f"{file.name}: {broken}") from None
    if not isinstance(rows, list):
        raise KindsInvalid(f"{file.name}: a list of kinds is expected")
    read: dict[str, Kind] = {}
    for place, row in enumerate(rows, start=1):
        kind = _kind(row, place=f"{file.name}, kind {place}")
        if kind.code in read:
            raise KindsInvalid(f"{file.name}: {kind.code} stands there twice")
        read[kind.code] = kind
    for kind in read.values():
        back = read.get(kind.seen_back)
        if back is None:
            raise KindsInvalid(f"{file.name}, {kind.code}: seen_back must be a kind of this file")
        if back.line != _LINES[kind.line]:
            raise KindsInvalid(
                f"{file.name}, {kind.code}: line and the line of {back.code} do not go together"
            )
    return read


def _kind(row: Any, *, place: str) -> Kind:
    if not isinstance(row, dict) or not _FIELDS.issuperset(row):
        raise KindsInvalid(f"{place}: only {', '.join(sorted(_FIELDS))} are known")
    for field in ("kind", "seen_back"):
        if not isinstance(row.get(field), str) or not _CODE.fullmatch(row[field]):
            raise KindsInvalid(f"{place}: {field} must be a code of small letters, digits and _")
    if row.get("line") not in _LINES:
        raise KindsInvalid(f"{place}: line must be ancestor or descendant, or be left out")
    return Kind(code=row["kind"], seen_back=row["seen_back"], line=row.get("line"))
