"""Why can X see this, and why not: answered from the rows that decide (CO-7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import literal, or_, select

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
    whoever has no grant that reaches it.
    """
    model = models.get(kind)
    found = known(work.session, model, id) if model is not None else None
    if found is None:
        raise NotFound()
    if worker is not None and worker != work.actor.subject:
        if f"{work.service}.access.oversee" not in work.actor.permissions:
            raise PermissionMissing()
        grantees = [f"worker:{worker}"]
    else:
        grantees = list(work.actor.grantees)
    links, restricted = found.links, found.restricted
    rows = work.session.scalars(
        select(Grant)
        .where(
            Grant.grantee.in_(grantees),
            or_(
                *(
                    (Grant.record_kind == link_kind)
                    & or_(Grant.record_id == link_id, Grant.record_id.is_(None))
                    for link_kind, link_id in links
                )
            ),
        )
        .order_by(Grant.given_at, Grant.id)
    )
    wanted = set(model.__protected__.categories) if model is not None and model.__protected__ else set()
    seen = [_row(work, grant, restricted=restricted, wanted=wanted) for grant in rows]
    counting = [row for row in seen if row["counts"]]
    if restricted and not counting:
        raise NotFound()
    if found.apart and model is not None and not _seen_by_caller(work, model, id):
        raise NotFound()
    if not any("identity" in row["categories"] for row in counting):
        # Whoever may not know whom the record is about does not learn it from the explanation.
        for row in seen:
            if row["record_kind"] == "person":
                row["record_id"] = None
    if work.trail is not None:
        work.trail.touched(records=[(kind, id)], persons=found.persons)
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


def _seen_by_caller(work: Work, model: type[Base], id: UUID) -> bool:
    """Whether the caller's own eyes reach a row that is kept apart: whoever else asks learns of no such row."""
    wanted = work.visible(model).where(model.id == id).with_only_columns(literal(1))  # type: ignore[attr-defined]
    return work.session.execute(wanted).first() is not None


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
