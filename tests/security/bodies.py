"""Where a body of the document names a record, a sign-in or an organisation, and bodies with another in that place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.security.operations import Route, sample

# The steps to a member, `*` for any entry of a list.
Path = tuple[str, ...]

_NAME = r"^[\x21-\x7e]{1,128}$"
_RECIPIENT = "^(worker|organisation|team):"


def members(route: Route) -> dict[Path, str]:
    """Each member of a route's body, at any depth, that names something: by `id`, by `name` or as a `recipient`."""
    return {} if route.body is None else dict(_found(route, route.body, ()))


def _found(route: Route, schema: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    for part in _parts(route, schema):
        for field, inner in part.get("properties", {}).items():
            yield from _found(route, inner, (*path, field))
        if "items" in part:
            yield from _found(route, part["items"], (*path, "*"))
        if (sort := _sort(part)) is not None:
            yield path, sort


def leaves(route: Route) -> dict[Path, dict[str, Any]]:
    """Each member of a route's body that holds a value and nothing below it, with its schema."""
    return {} if route.body is None else dict(_ends(route, route.body, ()))


def _ends(route: Route, schema: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for part in _parts(route, schema):
        for field, inner in part.get("properties", {}).items():
            yield from _ends(route, inner, (*path, field))
        if "items" in part:
            yield from _ends(route, part["items"], (*path, "*"))
        if "type" in part and path and not part.keys() & {"properties", "items", "enum"}:
            yield path, part


def _parts(route: Route, schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    schema = route.followed(schema)
    yield schema
    for joint in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(joint, ()):
            yield from _parts(route, each)


def _sort(schema: Mapping[str, Any]) -> str | None:
    if schema.get("format") == "uuid":
        return "id"
    pattern = str(schema.get("pattern", ""))
    if pattern == _NAME:
        return "name"
    return "recipient" if pattern.startswith(_RECIPIENT) else None


def placed(route: Route, body: Any, path: Path, value: Any, *, ids: Mapping[str, str]) -> Any:
    """The body with this value in that place; what must stand around it is made."""
    assert route.body is not None
    return _placed(route, route.body, body, path, value, ids=ids)


def _placed(
    route: Route, schema: Mapping[str, Any], body: Any, path: Path, value: Any, *, ids: Mapping[str, str]
) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step == "*":
        items = next(part["items"] for part in _parts(route, schema) if "items" in part)
        first, *others = body or [sample(route, items, ids)]
        return [_placed(route, items, first, rest, value, ids=ids), *others]
    inner = next(
        part["properties"][step] for part in _parts(route, schema) if step in part.get("properties", {})
    )
    around = dict(sample(route, schema, ids) if body is None else body)
    return {**around, step: _placed(route, inner, around.get(step), rest, value, ids=ids)}
