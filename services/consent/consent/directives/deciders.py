"""Who may decide: the person, or somebody in their place, and then by which rules (CO-3).

Refusing and withdrawing are open to everybody who may speak for the person, at any time; nobody speaks for a person
found able. Giving asks more. A person found unable to decide at present gives through a representative. Who decides in
somebody's place does so in order of authority, opens nothing to themselves, nothing that the person laid down to be
kept closed, and nothing that the person, or somebody of the same authority, refused.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.clocks import house_calendar
from chassis.errors import RuleBroken, invalid
from chassis.work import Work
from consent.capacity.actions import expect_can_decide, expect_needs_substitute
from consent.directives import own_favour, refusals
from consent.directives.given_by import GivenBy
from consent.people.actions import is_the_person
from consent.prior.guidance import AgainstPriorDecision, guidance
from consent.representation.actions import NoAuthorityToDecide, decider_key, deciding
from consent.representation.standings import RANKS, UNRECORDED, expect_first, gone

PERSON = "person"


class SaysWhyItDeparts(RuleBroken):
    """Closing what the person had laid down to be open is possible in their place, for a stated reason."""

    code = "says_why_it_departs"
    title = "The person laid down beforehand that this is open: say in given_by.departs_because why not"


@dataclass(frozen=True)
class Scope:
    """What a decision is about: to whom, which categories. No recipient means everybody."""

    person_id: UUID
    recipient: str | None
    categories: Collection[str]


@dataclass(frozen=True)
class Decider:
    """Who decides, with what the rules need to know: their rank, what tells them apart, how long they may."""

    given_by: GivenBy
    rank: int
    key: str
    until: date | None = None
    departs: bool = False

    @property
    def is_the_person(self) -> bool:
        """Whether it is the person's own word."""
        return self.given_by.capacity == PERSON


def who_gives(work: Work, *, scope: Scope, told: dict[str, Any], at: datetime) -> Decider:
    """Who opens something, held against the rules, and what it changes for the next who decide.

    A representative on record is named by `representative_id`; name, relationship and authority then come from the
    record. Raises CannotDecideAtPresent, DecidesForThemselves, NoAuthorityToDecide, InOnesOwnFavour,
    SomebodyElseDecides, AgainstPriorDecision, RefusedByThePerson, RefusedByAnother.
    """
    decider = _as_told(work, scope=scope, told=told)
    this: dict[str, Any] = {
        "person_id": scope.person_id,
        "recipient": scope.recipient or refusals.ANYBODY,
    }
    if decider.is_the_person:
        expect_can_decide(work, person_id=scope.person_id)
        refusals.forget(work, **this, categories=scope.categories, at=at)
        return decider
    _expect_not_over(work, decider)
    guides = guidance(work, person_id=scope.person_id)
    if scope.recipient is not None and not guides.permits_by_name(
        recipient=scope.recipient, categories=scope.categories
    ):
        own_favour.expect_none(
            work, person_id=scope.person_id, given_by=decider.given_by, recipient=scope.recipient
        )
    bound = guides.bound_since(
        recipient=this["recipient"],
        categories=scope.categories,
        representative_id=decider.given_by.representative_id,
    )
    if set(bound) != set(scope.categories):
        expect_needs_substitute(work, person_id=scope.person_id)
    expect_first(work, person_id=scope.person_id, rank=decider.rank, categories=scope.categories)
    if guides.refuses(recipient=scope.recipient, categories=scope.categories):
        raise AgainstPriorDecision
    refusals.expect_none(work, **this, categories=scope.categories, bound_since=bound)
    refusals.settle_in_place(
        work,
        **this,
        categories=scope.categories,
        decider=decider.key,
        rank=decider.rank,
        gone=gone(work, person_id=scope.person_id),
    )
    return decider


def who_closes(work: Work, *, scope: Scope, told: dict[str, Any], at: datetime) -> Decider:
    """Who refuses or takes back, held against the rules, and what it changes for the next who decide.

    The person always may, found unable too. Against what the person laid down to be open it is marked; in the
    person's place it needs its reason then. Raises DecidesForThemselves, NoAuthorityToDecide, SaysWhyItDeparts.
    """
    decider = _as_told(work, scope=scope, told=told)
    laid_down = guidance(work, person_id=scope.person_id)
    departs = laid_down.permits_some(recipient=scope.recipient, categories=scope.categories)
    said: dict[str, Any] = {
        "person_id": scope.person_id,
        "recipient": scope.recipient or refusals.ANYBODY,
        "categories": scope.categories,
        "at": at,
    }
    if decider.is_the_person:
        refusals.remember(work, **said)
    else:
        _expect_not_over(work, decider)
        expect_needs_substitute(work, person_id=scope.person_id)
        if departs and not decider.given_by.departs_because:
            raise SaysWhyItDeparts
        refusals.remember_in_place(work, **said, decider=decider.key, rank=decider.rank)
    return replace(decider, departs=departs)


def unbound(told: dict[str, Any]) -> Decider:
    """Somebody who takes back nothing but what they gave themselves: no rule stands in the way, and none follows."""
    return Decider(given_by=GivenBy(**told), rank=UNRECORDED[told["capacity"]], key="")


def _expect_not_over(work: Work, decider: Decider) -> None:
    """After their last day nobody speaks for the person any more: not to open, and not to close."""
    last = decider.given_by.until
    if last is not None and last < house_calendar().day_of(work.now):
        raise NoAuthorityToDecide


def _as_told(work: Work, *, scope: Scope, told: dict[str, Any]) -> Decider:
    representative_id = told.get("representative_id")
    if (
        told["capacity"] != PERSON
        and work.actor.organisation is None
        and is_the_person(work, scope.person_id)
    ):
        raise invalid("/given_by/capacity", "own_word", "Must be the person at a sign-in of their own.")
    if told["capacity"] == PERSON:
        if representative_id is not None:
            raise invalid(
                "/given_by/representative_id", "capacity", "Must not be given for the person's own word."
            )
        return Decider(given_by=GivenBy(**told), rank=0, key=PERSON)
    if representative_id is None:
        return _unrecorded(work, scope=scope, told=told)
    named = deciding(
        work,
        representative_id=representative_id,
        person_id=scope.person_id,
        categories=list(scope.categories),
    )
    given_by = GivenBy(
        capacity=told["capacity"],
        name=named.name,
        account=named.account,
        relationship=named.relationship,
        authority=told.get("authority") or f"{named.authority}: {named.evidence}",
        representative_id=named.id,
        departs_because=told.get("departs_because"),
        until=_whichever_is_first(told.get("until"), named.valid_until),
    )
    return Decider(
        given_by=given_by, rank=RANKS[named.authority], key=decider_key(named), until=given_by.until
    )


def _whichever_is_first(*days: date | None) -> date | None:
    """A child may decide alone before the parent's authority is over on paper, and the other way round."""
    return min((day for day in days if day is not None), default=None)


def _unrecorded(work: Work, *, scope: Scope, told: dict[str, Any]) -> Decider:
    """Somebody who stands on no record; not somebody whose authority on record is over."""
    if told.get("account"):
        key = refusals.sealed_name(told["account"])
        if key in gone(work, person_id=scope.person_id):
            raise NoAuthorityToDecide
    else:
        key = refusals.sealed_name(told["capacity"], told["relationship"], told["name"])
    return Decider(
        given_by=GivenBy(**told), rank=UNRECORDED[told["capacity"]], key=key, until=told.get("until")
    )
