"""Why can X see this, and why not: answered from the rows that decide (CO-7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, Uuid, column, exists, func, literal, or_, select

from chassis.access.model import CONSENT, Grant
from chassis.access.policies import known
from chassis.database import Base
from chassis.errors import NotFound, PermissionMissing

if TYPE_CHECKING:
    from chassis.work import Work


def explain(
    work: Work, *, kind: str, id: UUID, worker: str | None, models: dict[str, type[Base]]
) -> dict[str, Any]:
    """Every grant that bears on a record for a worker (the caller by default), with whether and why it counts.

    Asking about another worker takes the permission `<service>.access.oversee`. A restricted record stays unknown to
    whoever has no grant that reaches it, and asking about it is an attempt at it (CO-5, AU-2).
    """
    if worker is not None and worker != work.actor.subject:
        if f"{work.service}.access.oversee" not in work.actor.permissions:
            raise PermissionMissing()
        grantees = [f"worker:{worker}"]
    else:
        grantees = list(work.actor.grantees)
    model = models.get(kind)
    found = known(work.session, model, id) if model is not None else None
    links, restricted = (found.links, found.restricted) if found is not None else ((), False)
    # Asked of what is not there too: else the time would tell a restricted record from none (CO-5).
    rows = list(work.session.scalars(_bearing_on(links, grantees=grantees)))
    wanted = set(model.__protected__.categories) if model is not None and model.__protected__ else set()
    seen = [_row(work, grant, restricted=restricted, wanted=wanted) for grant in rows]
    counting = [row for row in seen if row["counts"]]
    hidden = restricted and not counting
    if work.trail is not None:
        work.trail.touched(records=[(kind, id)], persons=found.persons if found is not None else [])
        work.trail.restricted = work.trail.restricted or (hidden and worker in (None, work.actor.subject))
    if found is None or hidden:
        raise NotFound()
    if not any("identity" in row["categories"] for row in counting):
        # Whoever may not know whom the record is about does not learn it from the explanation.
        for row in seen:
            if row["record_kind"] == "person":
                row["record_id"] = None
    return {
        "kind": kind,
        "id": id,
        "worker": worker or work.actor.subject,
        "purpose": work.actor.purpose,
        "permitted": bool(counting),
        "because": "grant" if counting else (seen[-1]["because"] if seen else "no_grant"),
        "categories": sorted({code for row in counting for code in row["categories"]}),
        "grants": seen,
    }


def _bearing_on(links: Sequence[tuple[str, UUID]], *, grantees: Sequence[str]) -> Select[Grant]:
    """The grants of these grantees on any of the records, or on every record of a kind; one text, however many."""
    kinds = literal([kind for kind, _ in links], ARRAY(Text()))
    ids = literal([record_id for _, record_id in links], ARRAY(Uuid()))
    record = (
        func.unnest(kinds, ids).table_valued(column("kind", Text()), column("id", Uuid())).render_derived()
    )
    named = exists(
        select(1)
        .select_from(record)
        .where(
            record.c.kind == Grant.record_kind,
            or_(record.c.id == Grant.record_id, Grant.record_id.is_(None)),
        )
        .correlate(Grant)
    )
    to_them = Grant.grantee == func.any(literal(list(grantees), ARRAY(Text())))
    return select(Grant).where(to_them, named).order_by(Grant.given_at, Grant.id)


def _row(work: Work, grant: Grant, *, restricted: bool, wanted: set[str]) -> dict[str, Any]:
    because = _because(work, grant, restricted=restricted, wanted=wanted)
    return {
        "grant_id": grant.id,
        "grantee": grant.grantee,
        "record_kind": grant.record_kind,
        "record_id": grant.record_id,
        "categories": list(grant.categories),
        "purposes": list(grant.purposes),
        "basis": grant.basis,
        "may_write": grant.may_write,
        "valid_from": grant.valid_from,
        "valid_until": grant.ended_at or grant.valid_until,
        "counts": because == "counts",
        "because": because,
    }


def _because(work: Work, grant: Grant, *, restricted: bool, wanted: set[str]) -> str:
    """The first rule that stops a grant, in the order of the predicate, or `counts`."""
    if grant.ended_at is not None:
        return "ended"
    if grant.valid_from > work.now:
        return "not_yet"
    if grant.valid_until is not None and grant.valid_until <= work.now:
        return "expired"
    if grant.purposes and work.actor.purpose not in grant.purposes:
        return "other_purpose"
    if grant.basis == CONSENT and not work.consent_current:
        return "consent_not_current"
    if restricted and not grant.reaches_restricted:
        return "restricted"
    if wanted and not wanted & set(grant.categories):
        return "category_not_granted"
    return "counts"
