"""HSDS content as single objects and who holds them: the form in which it is checked, kept and compared (IN-11).

The same directory can be written nested (a service with its phones inside) or as flat lists with identifiers beside
each other, and an object may stand in several places. Here each object stands once, with its own fields, and the
holdings say where it belongs. Null and an empty list say nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.errors import FieldError
from intake.services_directory.specification import (
    ABOUT,
    NAMES_ONLY,
    REFERENCES,
    Table,
    as_uuid,
    fault,
    specification,
)

Key = tuple[str, UUID]
# What a page of another system says around its content.
_AROUND = {
    *(
        "hsds_version",
        "version",
        "profile",
        "total_items",
        "total_pages",
        "page_number",
        "size",
        "first_page",
    ),
    *("last_page", "empty", "next_cursor"),
}
MOST_ERRORS = 200


@dataclass
class Flat:
    """Objects with their own fields, by kind and id; which fields of which objects hold them, in order.

    `where` says where each object was first met, `errors` what is wrong, each with a JSON pointer and a rule.
    """

    objects: dict[Key, dict[str, Any]] = field(default_factory=dict)
    holdings: dict[tuple[Key, str], list[Key]] = field(default_factory=dict)
    roots: dict[Key, None] = field(default_factory=dict)
    where: dict[Key, str] = field(default_factory=dict)
    references: list[tuple[str, Key]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)

    def hold(self, holder: Key, field_name: str, key: Key) -> None:
        """Note that an object is held by another in a field; once."""
        held = self.holdings.setdefault((holder, field_name), [])
        if key not in held:
            held.append(key)

    def wrong(self, pointer: str, rule: str, detail: str) -> None:
        """Note an error; beyond two hundred nobody reads on."""
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(FieldError(pointer=pointer, rule=rule, detail=detail))

    def missing_references(self, known: set[Key]) -> None:
        """Note references to objects that are neither here nor known already."""
        for pointer, key in self.references:
            if key not in self.objects and key not in known:
                self.wrong(pointer, "reference", f"There is no such {key[0]}, here or in the directory.")


def flattened(content: Any, *, at: str = "") -> Flat:
    """The content as single objects, with every error that can be found without looking elsewhere."""
    flat = Flat()
    for kind, given, pointer in _listed(content, flat, at=at):
        key = _take(flat, kind, given, pointer)
        if key is not None:
            flat.roots[key] = None
    _hold_by_reference(flat)
    return flat


def _listed(content: Any, flat: Flat, *, at: str) -> Iterator[tuple[str, Any, str]]:
    """Each object at the top with its kind: of lists by name, of a page's contents, or of a bare list of services."""
    lists = specification().listed_as()
    if isinstance(content, list):
        yield from (("service", each, f"{at}/{place}") for place, each in enumerate(content))
        return
    if not isinstance(content, Mapping):
        flat.wrong(at, "object", "Must be an object with lists of HSDS, or a list of services.")
        return
    for name, listed in content.items():
        pointer = f"{at}/{_escaped(name)}"
        kind = "service" if name == "contents" else lists.get(name)
        if kind is None:
            if name not in _AROUND:
                flat.wrong(pointer, "unknown_table", "There is no such list in HSDS.")
        elif not isinstance(listed, list):
            flat.wrong(pointer, "type", "Must be a list.")
        else:
            yield from ((kind, each, f"{pointer}/{place}") for place, each in enumerate(listed))


def _take(flat: Flat, kind: str, given: Any, pointer: str) -> Key | None:
    """Take an object and everything that it holds; None when it cannot be told which object it is."""
    table = specification().tables[kind]
    if not isinstance(given, Mapping):
        flat.wrong(pointer, "object", f"Must be an object: one {kind}.")
        return None
    for name in table.required:
        if given.get(name) in (None, ""):
            flat.wrong(f"{pointer}/{name}", "required", f"A {kind} must have {name}.")
    id_ = as_uuid(given.get("id"))
    if id_ is None:
        if given.get("id") not in (None, ""):
            flat.wrong(f"{pointer}/id", "uuid", "Must be a UUID.")
        return None
    key = (kind, id_)
    _merge(flat, key, _own_fields(flat, table, given, pointer), pointer)
    _take_held(flat, table, key, given, pointer)
    return key


def _own_fields(flat: Flat, table: Table, given: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for name, value in given.items():
        if name in table.many or name in table.one or value is None or value == []:
            continue
        at = f"{pointer}/{_escaped(name)}"
        broken = fault(table.fields[name], value) if name in table.fields and name != "id" else None
        if broken is not None:
            flat.wrong(at, *broken)
        elif not _can_be_kept(value) or "\0" in name:
            flat.wrong(at, "text", "Must be without the sign of number zero.")
        else:
            own[name] = value
            # A parent may stand in another part that comes later; nothing is held by naming it.
            if name in REFERENCES and name not in NAMES_ONLY and (named := as_uuid(value)) is not None:
                flat.references.append((at, (REFERENCES[name], named)))
    return own


def _take_held(flat: Flat, table: Table, key: Key, given: Mapping[str, Any], pointer: str) -> None:
    for name, kind in table.many.items():
        held = given.get(name)
        if held is None:
            continue
        if not isinstance(held, list):
            flat.wrong(f"{pointer}/{name}", "type", "Must be a list.")
            continue
        for place, each in enumerate(held):
            _take_one(flat, key, name, kind, each, f"{pointer}/{name}/{place}")
    for name, kind in table.one.items():
        if given.get(name) is not None:
            _take_one(flat, key, name, kind, given[name], f"{pointer}/{name}")
            if len(flat.holdings.get((key, name), [])) > 1:
                flat.wrong(f"{pointer}/{name}", "contradiction", "Another one was told elsewhere.")


def _take_one(flat: Flat, holder: Key, name: str, kind: str, given: Any, pointer: str) -> None:
    key = _take(flat, kind, given, pointer)
    if key is not None:
        flat.hold(holder, name, key)


def _merge(flat: Flat, key: Key, own: dict[str, Any], pointer: str) -> None:
    """The same object may stand in several places, with more or fewer fields, but never with others."""
    known = flat.objects.setdefault(key, {})
    flat.where.setdefault(key, pointer)
    for name, value in own.items():
        if known.setdefault(name, value) != value and name != "id":
            flat.wrong(
                f"{pointer}/{_escaped(name)}",
                "contradiction",
                f"The same {key[0]} says otherwise at {flat.where[key]}.",
            )


def _hold_by_reference(flat: Flat) -> None:
    """What says by an identifier whom it belongs to is held there, as if it stood inside."""
    tables = specification().tables
    for key, own in flat.objects.items():
        for name, value in own.items():
            named = as_uuid(value)
            if named is None or name in NAMES_ONLY or name not in REFERENCES:
                continue
            other = (REFERENCES[name], named)
            inside = tables[key[0]].holds(other[0])
            if inside is not None and inside in tables[key[0]].one:
                _hold_the_one(flat, key, inside, other)
            elif (within := tables[other[0]].holds(key[0])) is not None:
                flat.hold(other, within, key)
        _hold_what_it_is_about(flat, key, own)


def _hold_the_one(flat: Flat, key: Key, name: str, other: Key) -> None:
    held = flat.holdings.get((key, name))
    if held and held != [other]:
        flat.wrong(f"{flat.where[key]}/{name}", "contradiction", "The identifier names another one.")
        return
    flat.hold(key, name, other)


def _hold_what_it_is_about(flat: Flat, key: Key, own: dict[str, Any]) -> None:
    if key[0] not in ABOUT:
        return
    kind_field, id_field = ABOUT[key[0]]
    kind, named = own.get(kind_field), as_uuid(own.get(id_field))
    table = specification().tables.get(kind) if isinstance(kind, str) else None
    within = table.holds(key[0]) if table is not None else None
    if table is not None and within is not None and named is not None:
        flat.references.append((f"{flat.where[key]}/{id_field}", (table.kind, named)))
        flat.hold((table.kind, named), within, key)


def _can_be_kept(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, Mapping):
        return all(
            isinstance(name, str) and _can_be_kept(name) and _can_be_kept(v) for name, v in value.items()
        )
    if isinstance(value, list):
        return all(_can_be_kept(each) for each in value)
    return True


def _escaped(name: str) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
