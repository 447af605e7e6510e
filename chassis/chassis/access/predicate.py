"""The one predicate: which rows of a table an actor may see or change.

It reads who asks, for what and when from the settings of the transaction. `condition` is its SQL; queries hold that
text in their WHERE, PostgreSQL's policies hold the same text again, and both therefore decide alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Text,
    and_,
    cast,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from chassis.access.apart import open_to
from chassis.access.model import CONSENT, Grant, Restriction
from chassis.database import Apart, Base, Protection


@dataclass(frozen=True)
class Sight:
    """Who looks, as SQL expressions: grantees, purpose, the moment, and whether consent is known to be current."""

    grantees: ColumnElement[Any]
    purpose: ColumnElement[Any]
    now: ColumnElement[Any]
    consent_current: ColumnElement[bool]


def of_transaction() -> Sight:
    """Who looks, read from the transaction's settings; with none set, nobody sees anything."""
    return Sight(
        grantees=literal_column("coalesce(nullif(current_setting('icm.grantees', true), ''), '{}')::text[]"),
        purpose=literal_column("coalesce(current_setting('icm.purpose', true), '')"),
        now=literal_column("coalesce(nullif(current_setting('icm.now', true), '')::timestamptz, now())"),
        consent_current=literal_column(
            "coalesce(nullif(current_setting('icm.consent_current', true), '')::boolean, false)", Boolean()
        ),
    )


def counting_terms(grant: Any, sight: Sight) -> dict[str, ColumnElement[bool]]:
    """What a grant row must meet to count, whatever the record: by the code that names what stops it (CO-7).

    In the order in which a denial names them. The predicate is made of these terms and *why* reads the same ones.
    """
    return {
        "other_grantee": grant.grantee == func.any(sight.grantees),
        "ended": grant.ended_at.is_(None),
        "not_yet": grant.valid_from <= sight.now,
        "expired": or_(grant.valid_until.is_(None), grant.valid_until > sight.now),
        "other_purpose": or_(
            func.cardinality(grant.purposes) == 0, sight.purpose == func.any(grant.purposes)
        ),
        "consent_not_current": or_(grant.basis != CONSENT, sight.consent_current),
    }


def grant_counts(grant: Any, sight: Sight, *, writing: bool = False) -> ColumnElement[bool]:
    """Whether a grant row counts for this sight, whatever the record."""
    terms = [*counting_terms(grant, sight).values()]
    if writing:
        terms.append(grant.may_write)
    return and_(*terms)


def may_see(
    table: Any, protection: Protection, sight: Sight, *, writing: bool = False
) -> ColumnElement[bool]:
    """The predicate over `table` (a model or an alias of one): which rows this sight may see, or change."""
    writing = writing and not protection.readers_write
    own_category = getattr(table, protection.category_column) if protection.category_column else None
    by_each_grant = _seen(
        table, protection, sight, writing=writing, wanted=protection.categories, own_category=own_category
    )
    if protection.kept_by is None or writing:
        return by_each_grant
    open_to_normal_roles = unrestricted(table, protection)
    # A subquery of its own, so that PostgreSQL reads the setting once and not for each row.
    kept = getattr(table, protection.kept_by).op("&&")(select(sight.grantees).scalar_subquery())
    by_statute = [_every(table, protection, sight, kind=kind) for kind, _ in protection.links]
    return or_(
        and_(open_to_normal_roles, or_(kept, *by_statute)),
        and_(not_(open_to_normal_roles), by_each_grant),
    )


def _every(table: Any, protection: Protection, sight: Sight, *, kind: str) -> ColumnElement[bool]:
    """Whether statute opens every record of a kind; it names no row, so PostgreSQL asks once."""
    every = aliased(Grant)
    codes = cast(array([_code(code) for code in protection.categories]), ARRAY(Text()))
    return _any(
        every,
        every.record_kind == kind_of(table, kind),
        every.record_id.is_(None),
        grant_counts(every, sight),
        every.categories.op("&&")(codes),
    )


def _seen(
    table: Any,
    protection: Protection,
    sight: Sight,
    *,
    writing: bool,
    wanted: Sequence[str],
    own_category: ColumnElement[str] | None,
    below: tuple[tuple[Any, Apart], ...] = (),
) -> ColumnElement[bool]:
    """`below` are the rows on the way here that are kept apart by themselves."""
    if protection.apart is not None:
        below = (*below, (table, protection.apart))
    if protection.through is not None:
        column, parent = protection.through
        above: Any = aliased(parent)
        inherited = _protection_of(parent)
        reached = _seen(
            above,
            inherited,
            sight,
            writing=writing,
            wanted=wanted or inherited.categories,
            own_category=own_category,
            below=below,
        )
        reached = _any(above, above.id == getattr(table, column), reached)
        return and_(reached, unrestricted(table, protection)) if protection.person else reached
    each_reached = [
        _reached(
            table,
            protection,
            sight,
            link=link,
            writing=writing,
            wanted=wanted,
            own_category=own_category,
            below=below,
        )
        for link in protection.links
    ]
    return and_(*each_reached) if protection.each_link else or_(*each_reached)


def _protection_of(model: type[Base]) -> Protection:
    if model.__protected__ is None:
        raise TypeError(f"{model.__name__} protects a child but is not protected itself")
    return model.__protected__


def _reached(
    table: Any,
    protection: Protection,
    sight: Sight,
    *,
    link: tuple[str, str],
    writing: bool,
    wanted: Sequence[str],
    own_category: ColumnElement[str] | None,
    below: tuple[tuple[Any, Apart], ...],
) -> ColumnElement[bool]:
    kind, column = kind_of(table, link[0]), link[1]
    by_name, every = aliased(Grant), aliased(Grant)
    to_this = [by_name.record_kind == kind, _names(getattr(table, column), by_name.record_id)]
    to_every = [every.record_kind == kind, every.record_id.is_(None)]
    for grant, terms in ((by_name, to_this), (every, to_every)):
        terms.append(grant_counts(grant, sight, writing=writing))
        if own_category is not None:
            terms.append(own_category == func.any(grant.categories))
        elif wanted:
            codes = cast(array([_code(code) for code in wanted]), ARRAY(Text()))
            terms.append(grant.categories.op("&&")(codes))
        terms += [open_to(row, apart, grant, by_name=grant is by_name) for row, apart in below]
    persons = protection.person_columns()
    # A grant on one record says nothing of the restriction of another.
    if protection.each_link or protection.sides:
        persons = [column] if column in persons else []
    open_to_normal_roles = and_(_none_restricted(table, persons), _somebody_open(table, protection))
    if persons or protection.everyone is not None:
        to_this.append(or_(by_name.reaches_restricted, open_to_normal_roles))
    # What statute opens comes first: PostgreSQL asks it once, and the grants of each row only where it says no.
    return or_(
        and_(_any(every, *to_every), open_to_normal_roles),
        _any(by_name, *to_this),
    )


def kind_of(table: Any, kind: str) -> Any:
    """The record kind of a link: itself, or the column that holds it."""
    return getattr(table, kind.removeprefix("@")) if kind.startswith("@") else kind


def _any(row: Any, *terms: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether such a row exists; every other table that the terms name is the enclosing query's, at any depth."""
    return exists(select(1).select_from(row).where(*terms).correlate_except(row))


def _names(column: Any, record_id: Any) -> ColumnElement[bool]:
    """Whether a link column, of one id or of an array of ids, names the record."""
    if isinstance(column.type, ARRAY):
        return record_id == func.any(column)
    return record_id == column


def _code(code: str) -> ColumnElement[str]:
    """A category code as a literal: it comes from a model's declaration, and a policy can hold no parameters."""
    if not code.replace("_", "").isalnum():
        raise ValueError(f"not a category code: {code!r}")
    return literal_column(f"'{code}'", Text())


def unrestricted(table: Any, protection: Protection) -> ColumnElement[bool]:
    """Whether no person whom the row is about is restricted, nor everybody who shares it (CO-5)."""
    return and_(_none_restricted(table, protection.person_columns()), _somebody_open(table, protection))


def _somebody_open(table: Any, protection: Protection) -> ColumnElement[bool]:
    """Whether of all the people who share the row one at least is not restricted."""
    if protection.everyone is None:
        return true()
    everyone, restriction = getattr(table, protection.everyone), aliased(Restriction)
    shut = select(func.count()).where(_names(everyone, restriction.person_id)).select_from(restriction)
    closed = shut.correlate_except(restriction).scalar_subquery()
    return or_(func.cardinality(everyone) == 0, closed < func.cardinality(everyone))


def _none_restricted(table: Any, columns: Sequence[str]) -> ColumnElement[bool]:
    terms: list[ColumnElement[bool]] = []
    for column in columns:
        restriction = aliased(Restriction)
        terms.append(not_(_any(restriction, _names(getattr(table, column), restriction.person_id))))
    return and_(true(), *terms) if terms else true()


@cache
def condition(model: type[Base], *, writing: bool = False) -> str:
    """The predicate over a model's own table as SQL; compiled inside a query so that subqueries correlate."""
    predicate = may_see(model, _protection_of(model), of_transaction(), writing=writing)
    query: Any = select(literal_column("1")).select_from(model).where(predicate)
    return _where(query)


@cache
def own_rows(model: type[Base]) -> str:
    """The condition of a table of which each caller sees only the own rows, as SQL."""
    column = getattr(model, str(model.__own_rows__))
    mine = (literal_column("'worker:'", Text()) + column) == func.any(of_transaction().grantees)
    return _where(select(literal_column("1")).select_from(model).where(mine))


def as_sql(statement: Any) -> str:
    """A statement without parameters as PostgreSQL reads it."""
    return str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))


def counting(sight: Sight | None = None) -> str:
    """The SQL of `grant_counts` over the table `grants`, for statements that ask for grants themselves.

    For whom the transaction looks, or for another sight.
    """
    counts = grant_counts(Grant, sight or of_transaction())
    query: Any = select(literal_column("1")).select_from(Grant).where(counts)
    return _where(query)


def _where(query: Any) -> str:
    """What stands in a query's WHERE, in brackets: it may be a row of alternatives."""
    return f"({as_sql(query).split('WHERE', 1)[1].strip()})"


__all__ = [
    "Sight",
    "counting_terms",
    "grant_counts",
    "kind_of",
    "may_see",
    "of_transaction",
    "own_rows",
    "unrestricted",
]
