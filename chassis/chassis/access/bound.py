"""Who looks, told to PostgreSQL for one transaction: the predicate and the policies read it from there (CO-8, CO-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from chassis.access.model import CLOCKS_DIFFER_AT_MOST
from chassis.database import run


@dataclass(frozen=True)
class Bound:
    """Who looks, as values; the transaction's settings hold the same."""

    grantees: tuple[str, ...]
    purpose: str
    now: datetime
    consent_current: bool


def look(
    session: Session,
    *,
    grantees: Sequence[str],
    purpose: str,
    now: datetime,
    limit_seconds: float,
    authority: bool,
    worker: str = "",
    session_name: str = "",
    issued_at: datetime | None = None,
    claim: bytes | None = None,
) -> tuple[Bound, Any]:
    """Tell PostgreSQL, for this transaction, who looks; learn in the same statement whether consent is current.

    `worker`, `session_name` and `issued_at` are of the sign-in: the row's `lapsed` says by which code it counts no
    more, and then nobody looks, so that nothing is seen (CO-9).

    Consent-based grants count while the consent service was heard within the limit and none of its events is parked
    here: then this service knows the present state (CO-8, rule 7). A heartbeat of the future tells nothing: one of the
    clocks is wrong, and by how much nobody knows. The consent service itself is the `authority`.

    With a `claim` (the id of an idempotency key, of a command) the row also tells what was answered to it before:
    `free`, `request_hash`, `body`, `etag`, `http`. Commands are short statements by key, so they are planned once a
    connection and not each time.
    """
    row = run(
        session,
        _LOOK if claim is None else _LOOK_AND_CLAIM,
        {
            "grantees": as_array(grantees),
            "purpose": purpose,
            "now": now.isoformat(),
            "heard_after": now - timedelta(seconds=limit_seconds),
            "heard_before": now + CLOCKS_DIFFER_AT_MOST,
            "authority": authority,
            "worker": worker,
            "session": session_name,
            "issued_at": issued_at or LONG_AGO,
            **(
                {}
                if claim is None
                else {"claim": claim, "lock": int.from_bytes(claim[:8], "big", signed=True)}
            ),
        },
    ).one()
    bound = Bound(
        grantees=tuple(grantees), purpose=purpose, now=now, consent_current=row.consent_current == "true"
    )
    return bound, row


def consent_is_current(session: Session, *, now: datetime, limit_seconds: float) -> bool:
    """Whether consents are known to stand as they are recorded here, asked by itself: `look` asks it for callers."""
    asked = {
        "heard_after": now - timedelta(seconds=limit_seconds),
        "heard_before": now + CLOCKS_DIFFER_AT_MOST,
    }
    return bool(run(session, f"SELECT {_IS_CURRENT}", asked).scalar())


def settle(session: Session, bound: Bound) -> None:
    """Let PostgreSQL, until this transaction or savepoint ends, decide for whoever `bound` says looks."""
    run(
        session,
        _SETTLE,
        {
            "grantees": as_array(bound.grantees),
            "purpose": bound.purpose,
            "now": bound.now.isoformat(),
            "consent_current": "true" if bound.consent_current else "false",
        },
    )


_SETTLE = """
    SELECT set_config('icm.grantees', %(grantees)s, true), set_config('icm.purpose', %(purpose)s, true),
        set_config('icm.now', %(now)s, true), set_config('icm.consent_current', %(consent_current)s, true)
"""
LONG_AGO = datetime.fromtimestamp(0, UTC)
_IS_CURRENT = """(
                EXISTS (SELECT 1 FROM heartbeats WHERE source = 'consent'
                    AND sent_at BETWEEN %(heard_after)s AND %(heard_before)s)
                AND NOT EXISTS (SELECT 1 FROM parked_events WHERE key LIKE 'consent.%%')
            )"""
# `max` prefers sign_in_removed to sign_in_ended, and makes one row of none.
_WHO = f"""
    WITH sign_in AS MATERIALIZED (
        SELECT max(CASE WHEN removed THEN 'sign_in_removed' ELSE 'sign_in_ended' END) AS lapsed
        FROM lapsed_sign_ins
        WHERE name IN (%(worker)s, %(session)s) AND (removed OR issued_until >= %(issued_at)s)
    ), who AS MATERIALIZED (
        SELECT sign_in.lapsed,
            set_config('icm.grantees', CASE WHEN lapsed IS NULL THEN %(grantees)s ELSE '{{}}' END, true) AS grantees,
            set_config('icm.purpose', %(purpose)s, true) AS purpose,
            set_config('icm.now', %(now)s, true) AS moment,
            set_config('icm.consent_current', (CASE WHEN %(authority)s OR {_IS_CURRENT}
                THEN 'true' ELSE 'false' END), true) AS consent_current
"""  # noqa: S608 - a constant of this module
_LOOK = _WHO + " FROM sign_in) SELECT consent_current, lapsed FROM who"  # noqa: S608 - two constants of this module
# The earlier reply stands under row-level security: it is looked for after the settings are made, which the reference
# to `who` brings about.
_CLAIM = """,
            set_config('plan_cache_mode', 'force_generic_plan', true) AS planned_once,
            set_config('enable_seqscan', 'off', true) AS by_key,
            pg_try_advisory_xact_lock(%(lock)s) AS free
        FROM sign_in
    )
    SELECT who.consent_current, who.lapsed, who.free, r.request_hash, r.body, r.etag, r.http
    FROM who LEFT JOIN LATERAL (
        SELECT * FROM idempotent_replies WHERE id = %(claim)s AND who.grantees IS NOT NULL AND who.lapsed IS NULL
    ) r ON true
"""
_LOOK_AND_CLAIM = _WHO + _CLAIM


def as_array(names: Sequence[str]) -> str:
    """Names as PostgreSQL writes an array of text."""
    return "{" + ",".join(_quoted(name) for name in names) + "}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
