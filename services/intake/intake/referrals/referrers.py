"""Who asked for help for a person: kept right, kept together, and told what came of it (IN-1, IN-5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from chassis.errors import RuleBroken, invalid
from chassis.work import Work
from intake.referrals.actions import to_change, when
from intake.referrals.history import Referrer
from intake.referrals.model import Referral
from intake.referrals.told import ReferrerTold

_KEPT = ("name", "relation", "organisation", "worker", "phone", "email", "note")
_KNOWN_BY = ("worker", "email", "phone")


class NothingToTell(RuleBroken):
    """A referrer is told what came of the referral once something has."""

    code = "nothing_to_tell"
    title = "Nothing has been decided yet"


def record_referrer(work: Work, *, referral_id: UUID, referrer_id: UUID | None, **told: Any) -> Referral:
    """Add somebody who asked for help for the person, or put right what is known of one (IN-1).

    Without an id, somebody of the same work address, mail or telephone is taken for the same and completed: nobody is
    told twice. Raises InvalidInput for an id that is not of this referral, ReferralClosed.
    """
    referral = to_change(work, referral_id)
    referral.must_be_open()
    said = cast(ReferrerTold, told)
    known = _known(referral, referrer_id, said)
    if known is None:
        work.add(
            Referrer(
                referral_id=referral.id,
                joined_to=None,
                person_id=referral.person_id,
                recorded_by=work.actor.subject,
                recorded_at=work.now,
                **said,
            )
        )
    else:
        for field in _KEPT:
            if told[field] is not None:
                setattr(known, field, told[field])
        known.tell_outcome = known.tell_outcome or said["tell_outcome"]
    work.session.flush()
    work.session.expire(referral, ["referrers"])
    return referral


def tell_referrer(
    work: Work, *, referral_id: UUID, referrer_id: UUID, way: str, told_at: datetime | None
) -> Referral:
    """Keep that a referrer was told what came of it, also after the referral ended (IN-5).

    Raises NothingToTell before a decision, InvalidInput for an id that is not of this referral or a time before it.
    """
    referral = to_change(work, referral_id)
    since = referral.decided_at or referral.ended_at
    if since is None:
        raise NothingToTell
    at = when(work, told_at, field="told_at", not_before=since)
    mark_told(work, referral, referrer_id=referrer_id, at=at, way=way)
    return referral


def mark_told(work: Work, referral: Referral, *, referrer_id: UUID | None, at: datetime, way: str) -> None:
    """Whoever waits to hear of it has heard: the referrer named, or all when there is one only."""
    if referrer_id is None and len(referral.referrers) == 1:
        referrer_id = referral.referrers[0].id
    if referrer_id is None:
        return
    referrer = _of(referral, referrer_id)
    referrer.told_at, referrer.told_by, referrer.told_way = at, work.actor.subject, way


def _known(referral: Referral, referrer_id: UUID | None, said: ReferrerTold) -> Referrer | None:
    if referrer_id is not None:
        return _of(referral, referrer_id)
    for each in referral.referrers:
        if any(
            said[field] and _plain(said[field]) == _plain(getattr(each, field))  # type: ignore[literal-required]
            for field in _KNOWN_BY
        ):
            return each
    return None


def _of(referral: Referral, referrer_id: UUID) -> Referrer:
    for each in referral.referrers:
        if each.id == referrer_id:
            return each
    raise invalid("/referrer_id", "referrer", "Must be a referrer of this referral.")


def _plain(said: str | None) -> str:
    """Telephone numbers and addresses without what differs between two ways of writing them."""
    return "".join(sign for sign in (said or "").casefold() if sign.isalnum() or sign in "@.")
