"""Who decided, and the columns that say so, the same wherever a decision is kept (CO-3)."""

# No postponed annotations here: SQLAlchemy reads them from each model that uses these columns.
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Text, Uuid
from sqlalchemy.orm import Composite, MappedColumn, composite, mapped_column


@dataclass(frozen=True)
class GivenBy:
    """Who decided, and by which authority when it was not the person."""

    capacity: str
    name: str | None = None
    account: str | None = None
    relationship: str | None = None
    authority: str | None = None
    representative_id: UUID | None = None
    until: date | None = None
    departs_because: str | None = None


def given_by_columns() -> Composite[GivenBy]:
    """The columns that say who decided, the same wherever a decision is kept."""
    return composite(GivenBy, mapped_column("given_capacity", Text(), nullable=False), *_the_rest())


def given_by_columns_if_told() -> Composite[GivenBy]:
    """The same where it may not have been said who decided: None then."""
    capacity = mapped_column("given_capacity", Text(), nullable=True)
    return composite(GivenBy, capacity, *_the_rest(), return_none_on=lambda capacity, *_: capacity is None)


def _the_rest() -> tuple[MappedColumn[Any], ...]:
    return (
        mapped_column("given_name", Text(), nullable=True),
        mapped_column("given_account", Text(), nullable=True),
        mapped_column("given_relationship", Text(), nullable=True),
        mapped_column("given_authority", Text(), nullable=True),
        mapped_column("given_representative_id", Uuid(), nullable=True),
        mapped_column("given_until", Date(), nullable=True),
        mapped_column("given_departs_because", Text(), nullable=True),
    )
