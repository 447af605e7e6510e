"""Several callers asked for in one call, each by their own token: what holds for each of them (CO-9).

A door that is declared with `beside` takes such tokens; the keeper has verified each. Whether a sign-in still counts,
and what its grants reach, is asked of the database for all of them at once, by the terms that decide for one caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import literal_column

from chassis import sign_ins
from chassis.access.bound import LONG_AGO, as_array
from chassis.access.predicate import counting, of_transaction
from chassis.database import run
from chassis.identity import Actor

if TYPE_CHECKING:
    from chassis.work import Work


def reach_every(work: Work, actors: Sequence[Actor], *, kind: str) -> list[bool]:
    """For each of these callers, whether their sign-in counts and a grant opens to them every record of a kind."""
    if not actors:
        return []
    asked = {
        "kind": kind,
        "numbers": list(range(len(actors))),
        "grantees": [as_array(actor.grantees) for actor in actors],
        "purposes": [actor.purpose for actor in actors],
        "workers": [sign_ins.of_worker(actor.subject) for actor in actors],
        "sessions": [sign_ins.of_session(actor.session) if actor.session else "" for actor in actors],
        "issued": [actor.issued_at or LONG_AGO for actor in actors],
    }
    reaching = {row[0] for row in run(work.session, _reaching(), asked).all()}
    return [number in reaching for number in range(len(actors))]


@cache
def _reaching() -> str:
    theirs = replace(
        of_transaction(),
        grantees=literal_column("CAST(who.grantees AS text[])"),
        purpose=literal_column("who.purpose"),
    )
    counts = counting(theirs).replace("%", "%%")
    return f"""
        SELECT who.number
        FROM unnest(CAST(%(numbers)s AS integer[]), CAST(%(grantees)s AS text[]), CAST(%(purposes)s AS text[]),
            CAST(%(workers)s AS text[]), CAST(%(sessions)s AS text[]), CAST(%(issued)s AS timestamptz[]))
            AS who (number, grantees, purpose, worker, session, issued_at)
        WHERE NOT EXISTS (
            SELECT 1 FROM lapsed_sign_ins AS lapsed WHERE lapsed.name IN (who.worker, who.session)
                AND (lapsed.removed OR lapsed.issued_until >= who.issued_at)
        ) AND EXISTS (SELECT 1 FROM grants WHERE record_kind = %(kind)s AND record_id IS NULL AND {counts})
        """  # noqa: S608 - made of our own declarations, no caller's text
