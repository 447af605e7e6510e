"""Taking back at any grain, in one step, as easily as it was given (CO-1, CO-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis import contracts, same_person
from chassis.errors import AccessDenied, NotFound
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work
from consent import events
from consent.codes import expect_codes
from consent.directives.actions import sees_until
from consent.directives.deciders import Decider, Scope, unbound, who_closes
from consent.directives.ending import Ending, end_earlier
from consent.directives.model import GIVEN, Consent
from consent.directives.turns import next_turn
from consent.people.actions import is_the_person, open_to_decider, open_to_recorder, register
from consent.representation.actions import own_authority
from consent.withdrawals.model import EVERYTHING, OWN_DECISIONS, Withdrawal

DECLARED = "declared"


def declare(
    work: Work,
    *,
    person_id: UUID,
    recipient: str | None,
    categories: list[str] | None,
    form: str,
    evidence: str | None,
    heard_by: str | None,
    reason: str | None,
    given_by: dict[str, Any],
) -> Withdrawal:
    """Take back everything that was given before: to one recipient or to all, all categories or some (CO-1).

    It reaches what was given on every record of the person (IN-8): the caller ends at once what they may see, and
    the service's own lane ends the rest, of which the caller is told nothing. One event tells every service, so that
    all of it is closed within a second however much it is (CO-8). A later consent stands.

    At their own sign-in the person, a representative within their authority, and a parent or carer for what they gave
    themselves; at the desk whoever takes the word of one of them. Raises NotFound for a person unknown or hidden,
    AccessDenied for a sign-in that may not speak for the person, what `who_closes` raises, InvalidInput.
    """
    named = sorted(categories or [])
    expect_codes(named, known="categories")
    register.expect(work, [person_id])
    scope = Scope(person_id, recipient, named or sorted(contracts.access_list("categories")))
    told, reach = _who_speaks(work, scope=scope, told=given_by)
    cluster = same_person.members(work.session, person_id)
    at = next_turn(work, persons=cluster)
    decider = unbound(told) if reach == OWN_DECISIONS else who_closes(work, scope=scope, told=told, at=at)
    withdrawal = Withdrawal(
        id=new_id(),
        person_id=person_id,
        recipient=recipient,
        categories=named,
        form=form,
        evidence=evidence,
        heard_by=(heard_by or work.actor.subject) if form == "verbal" else heard_by,
        reason=reason,
        given_by=decider.given_by,
        reach=reach,
        against_prior_decision=decider.departs,
        recorded_by=work.actor.subject,
        recorded_for=work.actor.organisation,
        recorded_at=at,
    )
    _open_to_those_concerned(work, withdrawal, decider=decider)
    work.add(withdrawal)
    ending = _ending(withdrawal, persons=cluster)
    end_earlier(work, ending, among=work.visible(Consent, writing=True))
    if reach == EVERYTHING:
        work.emit(events.withdrawal_declared(withdrawal, persons=cluster))
    return withdrawal


def follow(work: Work, *, event: Received) -> None:
    """In the lane: end what a withdrawal ends although whoever recorded it could not see it (CO-1)."""
    withdrawal = work.session.get(Withdrawal, UUID(event.data["withdrawal_id"]))
    if withdrawal is None:
        raise NotFound()
    persons = frozenset(UUID(each) for each in event.data["person_ids"])
    end_earlier(work, _ending(withdrawal, persons=persons), among=select(Consent))


def _who_speaks(work: Work, *, scope: Scope, told: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Who takes back, and how far it reaches; a sign-in outside every organisation speaks for itself only."""
    person_id = scope.person_id
    if work.actor.organisation is not None or is_the_person(work, person_id):
        return told, EVERYTHING
    mine = own_authority(work, person_id=person_id, categories=list(scope.categories))
    if mine is not None:
        return {**told, "capacity": "substitute", "representative_id": mine.id}, EVERYTHING
    gave = (
        work.visible(Consent, writing=True)
        .where(Consent.person_id == person_id, Consent.decision == GIVEN)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    latest = work.session.scalars(gave).first()
    if latest is None:
        raise AccessDenied
    by = latest.given_by
    return {
        **told,
        "capacity": by.capacity,
        "name": by.name,
        "account": work.actor.subject,
        "relationship": by.relationship,
        "authority": by.authority,
        "representative_id": None,
    }, OWN_DECISIONS


def _open_to_those_concerned(work: Work, withdrawal: Withdrawal, *, decider: Decider) -> None:
    record = ("withdrawal", withdrawal.id)
    if work.actor.organisation is not None:
        open_to_recorder(work, person_id=withdrawal.person_id, record=record)
    account = withdrawal.given_by.account
    if not decider.is_the_person and account is not None:
        until = sees_until(decider)
        open_to_decider(work, account=account, person_id=withdrawal.person_id, record=record, until=until)


def _ending(withdrawal: Withdrawal, *, persons: frozenset[UUID]) -> Ending:
    return Ending(
        decision=withdrawal.id,
        persons=persons,
        recipient=withdrawal.recipient,
        categories=withdrawal.categories or None,
        at=withdrawal.recorded_at,
        by=withdrawal.recorded_by,
        reason=DECLARED,
        against_prior=withdrawal.against_prior_decision,
    )
