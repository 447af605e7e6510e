"""Leaving out of a reply what the actor's grants do not open, and naming it (CO-9)."""

from __future__ import annotations

from typing import Any

import marshmallow
from marshmallow import fields

_EMPTY: tuple[Any, ...] = (None, [], {}, "")


def narrowed(
    schema: marshmallow.Schema, dumped: dict[str, Any], *, seen: set[str] | None
) -> tuple[dict[str, Any], set[str], set[str]]:
    """The reply with only the fields whose category is in `seen`, the categories shown, and those withheld.

    `seen` None means that the record stands under no categories. An empty field withholds nothing: a category is
    named only when there is something of it.
    """
    shown: set[str] = set()
    withheld: set[str] = set()
    if not _tagged(schema):
        return dumped, shown, withheld
    return _narrow(schema, dumped, seen, shown, withheld), shown, withheld


def _narrow(
    schema: marshmallow.Schema,
    dumped: dict[str, Any],
    seen: set[str] | None,
    shown: set[str],
    withheld: set[str],
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, field in schema.dump_fields.items():
        key = field.data_key if field.data_key is not None else name
        if key not in dumped:
            continue
        value = dumped[key]
        category = field.metadata.get("category")
        if category is not None and seen is not None and category not in seen:
            if value not in _EMPTY:
                withheld.add(category)
            continue
        if category is not None and value not in _EMPTY:
            shown.add(category)
        kept[key] = _narrow_nested(field, value, seen, shown, withheld)
    return kept


def _narrow_nested(field: Any, value: Any, seen: set[str] | None, shown: set[str], withheld: set[str]) -> Any:
    if value is None:
        return None
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        inner = field.inner.schema
        return [
            _narrow(inner, each, seen, shown, withheld)
            for each in value
            if _open(inner, each, seen, shown, withheld)
        ]
    if isinstance(field, fields.Nested):
        if field.schema.many:
            return [
                _narrow(field.schema, each, seen, shown, withheld)
                for each in value
                if _open(field.schema, each, seen, shown, withheld)
            ]
        return _narrow(field.schema, value, seen, shown, withheld)
    return value


def _open(
    schema: Any, each: dict[str, Any], seen: set[str] | None, shown: set[str], withheld: set[str]
) -> bool:
    """Whether an entry whose category is data may be shown."""
    key = getattr(schema, "category_key", None)
    if key is None:
        return True
    category = each.get(key)
    if seen is not None and category not in seen:
        withheld.add(str(category))
        return False
    shown.add(str(category))
    return True


def _tagged(schema: Any) -> bool:
    known = getattr(schema, "_icm_tagged", None)
    if known is None:
        known = any(_field_tagged(field) for field in schema.fields.values())
        schema._icm_tagged = known
    return bool(known)


def _field_tagged(field: Any) -> bool:
    if "category" in field.metadata:
        return True
    inner = field.inner if isinstance(field, fields.List) else field
    if isinstance(inner, fields.Nested):
        return getattr(inner.schema, "category_key", None) is not None or _tagged(inner.schema)
    return False
