"""Ending what was given before: by a refusal, by a withdrawal of one consent, or of many at once (CO-1, CO-8)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select

from chassis.work import Work
from consent import events
from consent.directives.model import GIVEN, Consent, Word
from consent.directives.standing import still_open

BATCH = 200


@dataclass(frozen=True)
class Ending:
    """What ends what: which persons' consents, to whom (None: to anybody), of which categories (None: all).

    Only what was decided before `at` ends; a later decision stands, whichever is applied first. `decision` is the
    refusal or withdrawal that ends it; None where nobody decided.
    """

    persons: Collection[UUID]
    recipient: str | None
    categories: Collection[str] | None
    at: datetime
    by: str
    reason: str
    decision: UUID | None
    against_prior: bool = False


def end_earlier(work: Work, ending: Ending, *, among: Select[Consent]) -> int:
    """Close what the ending concerns in the consents selected by `among`; how many consents lost something."""
    earlier = among.where(
        Consent.person_id.in_(ending.persons), Consent.state == GIVEN, Consent.recorded_at < ending.at
    )
    if ending.recipient is not None:
        earlier = earlier.where(Consent.recipient == ending.recipient)
    if ending.categories is not None:
        earlier = earlier.where(Consent.live_categories.op("&&")(sorted(ending.categories)))
    in_batches = earlier.order_by(Consent.id).limit(BATCH).with_for_update(of=Consent)
    ended = 0
    while batch := work.session.scalars(in_batches).all():
        for consent in batch:
            close(
                work,
                consent,
                categories=ending.categories or consent.live_categories,
                by=ending.by,
                reason=ending.reason,
                against_prior=ending.against_prior,
                ended_by=ending.decision,
            )
        work.session.flush()
        ended += len(batch)
    return ended


def close(
    work: Work,
    consent: Consent,
    *,
    categories: Collection[str],
    by: str,
    reason: str | None,
    against_prior: bool = False,
    word: Word | None = None,
    ended_by: UUID | None = None,
) -> None:
    """Publish an ending, then say anew what stays open: no listener is ever a category too generous.

    What another refusal closes, and the lane has yet to end here, is not said anew either.
    """
    nothing_left = consent.withdraw(
        categories=list(categories),
        at=work.now,
        by=by,
        reason=reason,
        against_prior=against_prior,
        word=word,
        ended_by=ended_by,
    )
    work.emit(events.consent_withdrawn(consent, at=work.now))
    if nothing_left:
        stop_clocks(work, consent)
    elif open_now := still_open(work, consent):
        work.emit(events.consent_given(consent, categories=open_now))


def stop_clocks(work: Work, consent: Consent) -> None:
    """Nothing is owed any more for a consent that has ended."""
    for clock in work.clocks.of(consent):
        if clock.is_open:
            work.clocks.cancel(clock.kind, consent)
