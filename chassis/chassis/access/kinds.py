"""Which kinds of records a service can explain, and what their views show (CO-7, CO-9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import marshmallow
from marshmallow import fields

from chassis.database import Base, Protection, record_kind


def explainable(service: str) -> dict[str, type[Base]]:
    """Every protected kind of record of the service that has an identifier: whatever a door returns is among them."""
    return {
        record_kind(model): model
        for model in (mapper.class_ for mapper in Base.registry.mappers)
        if model.__protected__ is not None
        and hasattr(model, "id")
        and model.__module__.split(".", 1)[0] in (service, "chassis")
    }


def root_protection(model: type[Base]) -> Protection:
    """How the record stands under need-to-know: its own protection, or that of the parent it is as visible as."""
    protection = model.__protected__
    if protection is None:
        raise TypeError(f"{model.__name__} is not protected")
    return protection if protection.through is None else root_protection(protection.through[1])


def wanted_categories(model: type[Base]) -> tuple[str, ...]:
    """The categories of which a grant must open one for the row to be seen; empty when any will do."""
    protection = model.__protected__
    if protection is None:
        return ()
    if protection.categories or protection.through is None:
        return tuple(protection.categories)
    return wanted_categories(protection.through[1])


@dataclass(frozen=True)
class ShownField:
    """One field of a view, in plain words, and the category it stands under; None: as the entry itself says."""

    name: str
    title: str
    category: str | None


def tagged_fields(schema: marshmallow.Schema, *, within: str = "") -> Iterator[ShownField]:
    """The fields of a view that a category opens, nested ones by their path; the others go with the record."""
    for name, field in schema.dump_fields.items():
        path = f"{within}{field.data_key or name}"
        category = field.metadata.get("category")
        inner = field.inner if isinstance(field, fields.List) else field
        by_entry = isinstance(inner, fields.Nested) and getattr(inner.schema, "category_key", None)
        if category is not None or by_entry:
            yield ShownField(name=path, title=_title(name, field), category=category)
        elif isinstance(inner, fields.Nested):
            yield from tagged_fields(inner.schema, within=f"{path}.")


def _title(name: str, field: fields.Field) -> str:
    told = field.metadata.get("title") or name.replace("_", " ").capitalize()
    return str(told)
