"""What consent publishes. Ids, codes and times only (rule 4); contracts in contracts/events/consent.*.yaml.

All events of one consent have that consent as their subject; restrictions have the person as theirs, so that
placing and lifting arrive in order.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.events import Event, event
from chassis.sign_ins import of_session, of_worker
from consent.directives.model import Consent
from consent.emergency.model import EmergencyAccess
from consent.restrictions.model import PlacedRestriction
from consent.sign_ins.model import SignInStep
from consent.withdrawals.model import Withdrawal


def _scope(consent: Consent, *, categories: list[str]) -> dict[str, Any]:
    return {
        "consent_id": consent.id,
        "person_id": consent.person_id,
        "recipient": consent.recipient,
        "categories": sorted(categories),
        "purposes": sorted(consent.purposes),
        "valid_from": consent.valid_from,
        "valid_until": consent.valid_until,
        "recorded_at": consent.recorded_at,
    }


def _ended(consent: Consent, *, at: datetime) -> dict[str, Any]:
    return {"consent_id": consent.id, "person_id": consent.person_id, "at": at}


def consent_given(consent: Consent, *, categories: list[str]) -> Event:
    """The recipient may see what is open; said again, with less, when part of it is withdrawn."""
    return event(
        "consent.consent.given.v1",
        subject=consent.id,
        data={
            **_scope(consent, categories=categories),
            "self_recorded": consent.self_recorded,
        },
    )


def consent_refused(consent: Consent) -> Event:
    """The recipient may not see these categories, whatever was agreed before."""
    return event(
        "consent.consent.refused.v1", subject=consent.id, data=_scope(consent, categories=consent.categories)
    )


def consent_withdrawn(consent: Consent, *, at: datetime) -> Event:
    """What the consent opened is closed."""
    return event("consent.consent.withdrawn.v1", subject=consent.id, data=_ended(consent, at=at))


def consent_expired(consent: Consent, *, at: datetime) -> Event:
    """The period of the consent is over."""
    return event("consent.consent.expired.v1", subject=consent.id, data=_ended(consent, at=at))


def withdrawal_declared(withdrawal: Withdrawal, *, persons: Collection[UUID]) -> Event:
    """All of it that was given before is closed, at once; each consent's own ending follows (CO-1, CO-8)."""
    return event(
        "consent.withdrawal.declared.v1",
        subject=withdrawal.id,
        data={
            "withdrawal_id": withdrawal.id,
            "person_ids": sorted(persons),
            "recipient": withdrawal.recipient,
            "categories": withdrawal.categories,
            "at": withdrawal.recorded_at,
        },
    )


def restriction_placed(restriction: PlacedRestriction) -> Event:
    """Normal grants no longer reach the person's records."""
    return _restriction("consent.restriction.placed.v1", restriction)


def restriction_lifted(restriction: PlacedRestriction) -> Event:
    """Normal grants reach the person's records again."""
    return _restriction("consent.restriction.lifted.v1", restriction)


def _restriction(key: str, restriction: PlacedRestriction) -> Event:
    person_id = restriction.person_id
    return event(key, subject=person_id, data={"person_id": person_id, "restriction_id": restriction.id})


def emergency_opened(access: EmergencyAccess) -> Event:
    """A worker has broken the glass: every service opens the person's record to them until it ends (CO-6)."""
    return event(
        "consent.emergency.opened.v1",
        subject=access.id,
        data={
            "emergency_id": access.id,
            "person_id": access.person_id,
            "worker": access.worker,
            "organisation": access.organisation,
            "categories": access.categories,
            "reaches_restricted": access.reaches_restricted,
            "valid_from": access.opened_at,
            "valid_until": access.ends_at,
        },
    )


def emergency_ended(access: EmergencyAccess) -> Event:
    """The record is closed again, by its time or by hand."""
    return event(
        "consent.emergency.ended.v1",
        subject=access.id,
        data={"emergency_id": access.id, "person_id": access.person_id, "at": access.ended_at},
    )


def emergency_reviewed(access: EmergencyAccess) -> Event:
    """Somebody else has judged whether the glass had to be broken."""
    return event(
        "consent.emergency.reviewed.v1",
        subject=access.id,
        data={
            "emergency_id": access.id,
            "person_id": access.person_id,
            "worker": access.worker,
            "finding": access.finding,
            "at": access.reviewed_at,
        },
    )


def sign_in_name(step: SignInStep) -> str:
    """Of what the step tells, and so the subject of its event: the session when one is named, else the sign-in."""
    return of_session(step.session) if step.session is not None else of_worker(str(step.worker))


def sign_in_removed(step: SignInStep) -> Event:
    """The sign-in counts no more in any service, whatever token it shows (CO-9)."""
    return event(
        "consent.sign_in.removed.v1", subject=sign_in_name(step), data={"worker": step.worker, "at": step.at}
    )


def sign_in_ended(step: SignInStep) -> Event:
    """Tokens issued up to a moment to the sign-in, or in one session of it, count no more (CO-9)."""
    return event(
        "consent.sign_in.ended.v1",
        subject=sign_in_name(step),
        data={
            "worker": step.worker,
            "session": step.session,
            "issued_until": step.issued_until,
            "at": step.at,
        },
    )


def sign_in_restored(step: SignInStep) -> Event:
    """The sign-in counts again, for tokens issued after a moment (CO-9)."""
    return event(
        "consent.sign_in.restored.v1",
        subject=sign_in_name(step),
        data={"worker": step.worker, "issued_until": step.issued_until, "at": step.at},
    )


def heartbeat_sent(*, at: datetime) -> Event:
    """Whoever reads this knows every decision made before `at` (CO-8)."""
    return event("consent.heartbeat.sent.v1", subject="consent", data={"sent_at": at})
