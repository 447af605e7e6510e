"""Who may decide: the person, or somebody in their place, and then by which rules (CO-3).

Refusing is open to everybody who may speak for the person, at any time. Giving is not: a person found unable to decide
at present gives through a representative; nobody gives in the place of a person found able, except a parent or carer
for a child; and nobody gives what the person refused in their own word.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.errors import invalid
from chassis.work import Work
from consent.capacity.actions import expect_can_decide, expect_needs_substitute
from consent.directives import refusals
from consent.directives.model import GIVEN, GivenBy
from consent.representation.actions import deciding

PERSON = "person"
SUBSTITUTE = "substitute"


def decider(
    work: Work,
    *,
    person_id: UUID,
    decision: str,
    recipient: str,
    categories: list[str],
    told: dict[str, Any],
) -> GivenBy:
    """Who decides, held against the rules, and what it changes for the next who decide.

    A representative on record is named by `representative_id`; name, relationship and authority then come from the
    record. Raises CannotDecideAtPresent, DecidesForThemselves, RefusedByThePerson, NoAuthorityToDecide.
    """
    given_by = _as_told(work, person_id=person_id, categories=categories, told=told)
    scope: dict[str, Any] = {"person_id": person_id, "recipient": recipient, "categories": categories}
    if decision != GIVEN:
        if given_by.capacity == PERSON:
            refusals.remember(work, **scope)
        return given_by
    if given_by.capacity == PERSON:
        expect_can_decide(work, person_id=person_id)
        refusals.forget(work, **scope)
        return given_by
    if given_by.capacity == SUBSTITUTE:
        expect_needs_substitute(work, person_id=person_id)
    refusals.expect_none(work, **scope)
    return given_by


def _as_told(work: Work, *, person_id: UUID, categories: list[str], told: dict[str, Any]) -> GivenBy:
    representative_id = told.get("representative_id")
    if representative_id is None:
        return GivenBy(**told)
    if told["capacity"] == PERSON:
        raise invalid(
            "/given_by/representative_id", "capacity", "Must not be given for the person's own word."
        )
    named = deciding(work, representative_id=representative_id, person_id=person_id, categories=categories)
    return GivenBy(
        capacity=told["capacity"],
        name=named.name,
        account=named.account,
        relationship=named.relationship,
        authority=told.get("authority") or f"{named.authority}: {named.evidence}",
        representative_id=named.id,
    )
