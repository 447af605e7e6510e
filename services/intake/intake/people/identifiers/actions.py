"""What may happen to the identifiers on a record (IN-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Unpack
from uuid import UUID

from sqlalchemy import and_, or_

from chassis.errors import RuleBroken, invalid
from chassis.work import Work
from intake.people.amending import amending, the_one
from intake.people.days import today
from intake.people.identifiers.model import Identifier
from intake.people.identifiers.schemes import identifier_key, issuer_key, schemes
from intake.people.model import Person
from intake.people.told import IdentifierTold

# A file of schemes with an error stops the service when it starts, not the first person who shows a card.
schemes()


class IdentifierKnownAlready(RuleBroken):
    """The record holds this identifier as one in use."""

    code = "identifier_known_already"
    title = "The record holds this identifier already"


def add(work: Work, *, person_id: UUID, **told: Unpack[IdentifierTold]) -> Person:
    """Note an identifier. That another record holds the same does not stop it: the reply tells (IN-7, IN-8).

    Raises InvalidInput for an unknown scheme, a wrong form or a wrong check digit, IdentifierKnownAlready.
    """
    with amending(work, person_id) as person:
        identifier = checked(told, at="")
        if any(_same(identifier, each) and each.used_until is None for each in person.identifiers):
            raise IdentifierKnownAlready
        person.identifiers.append(identifier)
    tell_who_else_holds_them(work, person)
    return person


def end(work: Work, *, person_id: UUID, identifier_id: UUID, because: str, until: date | None) -> Person:
    """Note that an identifier counts no longer, and why; it stays on record (IN-7). Raises NotFound."""
    with amending(work, person_id) as person:
        identifier = the_one(person.identifiers, identifier_id)
        identifier.end(on=until or today(work))
        identifier.ended_because = because
    return person


def replace_identifiers(person: Person, told: Sequence[IdentifierTold], *, on: date) -> None:
    """Take these for the identifiers that count; one that is not among them is superseded on this day."""
    fresh = [checked(each, at=f"/identifiers/{place}") for place, each in enumerate(told)]
    for known in person.identifiers:
        if known.used_until is None and not any(_same(known, each) for each in fresh):
            known.end(on=on)
            known.ended_because = "superseded"
    for each in fresh:
        if not any(_same(each, known) and known.used_until is None for known in person.identifiers):
            person.identifiers.append(each)


def checked(told: IdentifierTold, *, at: str) -> Identifier:
    """An identifier that fits its scheme. Raises InvalidInput that names field and rule and never repeats the value."""
    scheme = schemes().get(told["scheme"])
    if scheme is None:
        raise invalid(f"{at}/scheme", "choice", f"Must be one of: {', '.join(schemes())}.")
    issuer, key = issuer_key(told["issuer"]), identifier_key(told["value"])
    if not scheme.knows_issuer(issuer):
        asked = "Must be left out for this scheme."
        if scheme.issued_by_many:
            asked = (
                f"Must be one of: {', '.join(scheme.issuers)}." if scheme.issuers else "Must name the issuer."
            )
        raise invalid(f"{at}/issuer", "issuer", asked)
    if not scheme.form.fullmatch(key):
        raise invalid(f"{at}/value", "form", f"Must be {scheme.says}.")
    if scheme.check is not None and not scheme.check(key):
        raise invalid(
            f"{at}/value", "check_digit", "The check digit does not fit: look for a slip of the pen."
        )
    return Identifier(
        scheme=scheme.code,
        issuer=issuer,
        value=told["value"],
        key=key,
        source=told["source"],
        used_from=told["used_from"],
        used_until=told["used_until"],
    )


def tell_who_else_holds_them(work: Work, person: Person) -> None:
    """Name, in the reply, other people whose record holds an identifier of this one, in use on both (IN-8).

    Somebody whom the caller may not see is not among them, and nothing tells that they are left out.
    """
    held = [(each.scheme, each.issuer, each.key) for each in person.identifiers if each.used_until is None]
    if not held:
        return
    same = or_(
        *(
            and_(Identifier.key == key, Identifier.scheme == scheme, Identifier.issuer == issuer)
            for scheme, issuer, key in held
        )
    )
    others = work.visible(Identifier).where(
        same, Identifier.person_id != person.id, Identifier.used_until.is_(None)
    )
    found = sorted(set(work.session.execute(others.with_only_columns(Identifier.person_id)).scalars()))
    work.concerns(found)
    person.seen_twice(found)


def _same(one: Identifier, other: Identifier) -> bool:
    return (one.scheme, one.issuer, one.key) == (other.scheme, other.issuer, other.key)
