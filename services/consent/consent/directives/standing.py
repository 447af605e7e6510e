"""What of a decision still stands beside the later ones: the one place that says so, for lists and exports (CO-1).

Of two decisions the later one wins (ADR 0064, 0075). A refusal takes its categories out of what was given before on the
same record, for every purpose. A consent takes its categories, for its purposes, out of what was refused before on any
record of the person (IN-8). What was overtaken stays so when the later decision has ended too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from chassis import same_person
from chassis.work import Work
from consent.directives.model import GIVEN, REFUSED, Consent
from consent.directives.scopes import DecisionScope, Overtaking, Part
from consent.people.actions import is_the_person

Pairs = set[tuple[str, str]]


def tell(work: Work, consents: Sequence[Consent]) -> None:
    """Set `stands` and `overtaken_by` of each. A later decision counts for a reader who may not see it, unnamed.

    Not for who decided in the person's place and reads it at their own sign-in: what the person decides alone
    afterwards is for the person to tell (CO-3).
    """
    if not consents:
        return
    around = _around(work, consents)
    seen = _seen(work, {scope.consent_id for scopes in around.values() for scope in scopes})
    told_all = {
        person: work.actor.organisation is not None or is_the_person(work, person) for person in around
    }
    for consent in consents:
        later = [
            scope
            for scope in around[consent.person_id]
            if _bears_on(scope, consent) and (told_all[consent.person_id] or scope.consent_id in seen)
        ]
        _tell_one(work, consent, later=later, seen=seen)


def still_open(work: Work, consent: Consent) -> list[str]:
    """The categories that a consent opens, without those refused since that the lane has yet to end."""
    around = _around(work, [consent])[consent.person_id]
    refused = {code for each in around if _bears_on(each, consent) for code in each.categories}
    return [code for code in consent.live_categories if code not in refused]


def _tell_one(
    work: Work, consent: Consent, *, later: Sequence[DecisionScope], seen: Collection[UUID]
) -> None:
    """A consent stands as far as it is open; a refusal as far as nothing was given since."""
    given = consent.decision == GIVEN
    over = given and consent.valid_until is not None and consent.valid_until <= work.now
    standing = _pairs(consent.live_categories if given else consent.categories, consent.purposes)
    ended = {step.ended_by: step.categories for step in consent.history if step.ended_by is not None}
    overtaken = []
    for each in later:
        lost = {pair for pair in standing if _takes(each, *pair)}
        standing -= lost
        lost |= _pairs(ended.get(each.consent_id, ()), consent.purposes)
        overtaken += [
            Overtaking(
                consent_id=each.consent_id if each.consent_id in seen else None,
                decision=each.decision,
                recorded_at=each.recorded_at,
                categories=part.categories,
                purposes=part.purposes,
            )
            for part in _parts(lost)
        ]
    consent.stands = [] if over else _parts(standing)
    consent.overtaken_by = overtaken


def _bears_on(later: DecisionScope, consent: Consent) -> bool:
    return (
        later.recorded_at > consent.recorded_at
        and later.recipient == consent.recipient
        and later.decision != consent.decision
        and (later.decision == GIVEN or later.person_id == consent.person_id)
    )


def _takes(later: DecisionScope, category: str, purpose: str) -> bool:
    return category in later.categories and (later.decision == REFUSED or purpose in later.purposes)


def _around(work: Work, consents: Sequence[Consent]) -> dict[UUID, list[DecisionScope]]:
    """For each record, the decisions to these recipients on any record of the person, in the order of deciding."""
    clusters = same_person.members_of_each(work.session, {each.person_id for each in consents})
    asked = select(DecisionScope).where(
        DecisionScope.person_id.in_({each for cluster in clusters.values() for each in cluster}),
        DecisionScope.recipient.in_({each.recipient for each in consents}),
    )
    scopes = work.session.scalars(asked.order_by(DecisionScope.recorded_at)).all()
    return {
        person: [each for each in scopes if each.person_id in cluster] for person, cluster in clusters.items()
    }


def _seen(work: Work, consent_ids: Collection[UUID]) -> set[UUID]:
    mine = work.visible(Consent).where(Consent.id.in_(consent_ids)).with_only_columns(Consent.id)
    return set(work.session.scalars(mine))


def _pairs(categories: Iterable[str], purposes: Iterable[str]) -> Pairs:
    codes = list(purposes)
    return {(category, purpose) for category in categories for purpose in codes}


def _parts(standing: Pairs) -> list[Part]:
    """The pairs told shortly: categories that stand for the same purposes are told together."""
    purposes: dict[str, list[str]] = {}
    for category, purpose in sorted(standing):
        purposes.setdefault(category, []).append(purpose)
    alike: dict[tuple[str, ...], list[str]] = {}
    for category, its in purposes.items():
        alike.setdefault(tuple(its), []).append(category)
    return [Part(categories=together, purposes=list(its)) for its, together in alike.items()]
