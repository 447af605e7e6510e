"""What HSDS asks of each object: required fields, types, and which objects hold which (IN-11).

Written down as data in `hsds.yaml`, from the public schema of Open Referral HSDS 3.1. A field that the schema does not
know is no error: publishers add their own, and they are kept as they came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

_FILE = Path(__file__).parent / "hsds.yaml"
LONGEST_TEXT = 20_000
# Which object the id in a field belongs to. What is held by it can be told inside it or beside it by this id.
REFERENCES = {
    "organization_id": "organization",
    "parent_organization_id": "organization",
    "program_id": "program",
    "service_id": "service",
    "location_id": "location",
    "service_at_location_id": "service_at_location",
    "contact_id": "contact",
    "phone_id": "phone",
    "taxonomy_id": "taxonomy",
    "taxonomy_term_id": "taxonomy_term",
    "parent_id": "taxonomy_term",
    "unit_id": "unit",
}
NAMES_ONLY = ("parent_organization_id", "parent_id")
# Fields that name the kind and the id of what the object is about.
ABOUT = {"attribute": ("link_entity", "link_id"), "metadata": ("resource_type", "resource_id")}


@dataclass(frozen=True)
class Table:
    """One kind of object of HSDS."""

    kind: str
    listed_as: str
    required: tuple[str, ...]
    fields: Mapping[str, Any]
    many: Mapping[str, str]
    one: Mapping[str, str]

    def holds(self, kind: str) -> str | None:
        """The field in which objects of that kind are held here."""
        held = {**self.many, **self.one}
        return next((field for field, each in held.items() if each == kind), None)


@dataclass(frozen=True)
class Specification:
    """Every kind of object, by kind."""

    version: str
    tables: Mapping[str, Table]

    def listed_as(self) -> dict[str, str]:
        """Kinds by the name of their list at the top of a file."""
        return {table.listed_as: kind for kind, table in self.tables.items()}


@cache
def specification() -> Specification:
    """The specification that this release knows."""
    told = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Specification(
        version=told["version"],
        tables={
            kind: Table(
                kind=kind,
                listed_as=table["listed_as"],
                required=tuple(table["required"]),
                fields=table["fields"],
                many=table.get("many", {}),
                one=table.get("one", {}),
            )
            for kind, table in told["tables"].items()
        },
    )


def fault(kind: Any, value: Any) -> tuple[str, str] | None:
    """The rule that a value of a listed field breaks, and how to say it; None when it holds."""
    if isinstance(kind, list):
        return None if value in kind else ("choice", f"Must be one of: {', '.join(kind)}.")
    if kind == "number":
        right = isinstance(value, int | float) and not isinstance(value, bool)
        return None if right else ("type", "Must be a number.")
    if not isinstance(value, str):
        return "type", "Must be text."
    if len(value) > LONGEST_TEXT:
        return "length", f"Must be at most {LONGEST_TEXT} characters."
    check = _CHECKS.get(kind)
    return None if check is None or check(value) else (kind, _SAID[kind])


def as_uuid(value: Any) -> UUID | None:
    """The identifier that a text spells; None when it spells none."""
    if not isinstance(value, str) or not _UUID.match(value):
        return None
    return UUID(value)


_UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+\Z")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\Z")


def _is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_CHECKS: dict[str, Callable[[str], bool]] = {
    "uuid": lambda value: as_uuid(value) is not None,
    "uri": lambda value: bool(_URI.match(value)),
    "email": lambda value: bool(_EMAIL.match(value)),
    "time": _is_time,
}
_SAID = {
    "uuid": "Must be a UUID.",
    "uri": "Must be a URI with its scheme, such as https://example.org.",
    "email": "Must be an e-mail address.",
    "time": "Must be a date and time with its offset, ISO 8601.",
}
