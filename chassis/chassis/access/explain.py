"""Why can X see this, and why not: answered by the predicate that decides, for X, at a moment (CO-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select

from chassis import contracts
from chassis.access.apart import ASKED
from chassis.access.asking import Asker, asker, own_sight
from chassis.access.bound import Bound
from chassis.access.kinds import (
    ShownField,
    explainable,
    root_protection,
    tagged_fields,
    wanted_categories,
)
from chassis.access.looking import looking_as
from chassis.access.model import Grant, Restriction
from chassis.access.policies import Known, known
from chassis.access.predicate import counting_terms, of_transaction
from chassis.access.standing import standing_of
from chassis.database import Base, run
from chassis.errors import NotFound, invalid
from chassis.schemas import Schema

if TYPE_CHECKING:
    from chassis.work import Seen, Work

# The views in which doors show a kind of record: one, or several of them.
Views = Mapping[str, type[Schema] | tuple[type[Schema], ...]]


# What an answer about a moment that has passed takes as it is now, because it was not kept.
_TAKEN_AS_NOW = ["record", "kept_apart", "restrictions", "statutory_grants", "consent_current"]


@dataclass(frozen=True)
class Question:
    """Whom the question is about, when, for what, and under which names a grant reaches them."""

    worker: str
    at: datetime
    past: bool
    purpose: str
    grantees: tuple[str, ...]
    known_from: str


def explain(
    work: Work,
    *,
    kind: str,
    id: UUID,
    worker: str | None,
    at: datetime | None,
    purpose: str | None,
    grants: Sequence[UUID],
    views: Views,
) -> dict[str, Any]:
    """Whether a worker (the caller by default) sees a record, what of it, and how each grant bears on that.

    The answer is that of the door: the same predicate and policies, asked through the worker's eyes. `at` asks about a
    moment that has passed; `grants` are those that an audit entry names, whose grantees are then taken for the
    worker's. A restricted record stays unknown to whoever does not see it themselves. Raises NotFound,
    PermissionMissing (`asking`), InvalidInput for a moment to come.
    """
    model = explainable(work.service).get(kind)
    if model is None:
        raise NotFound()
    about = worker or work.actor.subject
    # Both are asked whether or not there is such a record: an unknown one takes as long as a restricted one.
    found, seen = known(work.session, model, id), own_sight(work, model, id)
    if work.trail is not None:
        work.trail.touched(records=[(kind, id)], persons=found.persons if found else [])
        if about != work.actor.subject:
            work.trail.asked_about = about
    if found is None or (seen is None and not found.is_told):
        if work.trail is not None:
            # Asking for oneself about what one may not know of is an attempt at it (CO-5, AU-2).
            itself = about == work.actor.subject
            work.trail.restricted = itself and found is not None and found.restricted
        raise NotFound()
    asking = asker(work, seen, about=about)
    question = _question(work, model, found, about=about, at=at, purpose=purpose, named=grants)
    return _answer(work, kind, id, model=model, found=found, asking=asking, question=question, views=views)


def _question(
    work: Work,
    model: type[Base],
    found: Known,
    *,
    about: str,
    at: datetime | None,
    purpose: str | None,
    named: Sequence[UUID],
) -> Question:
    past = at is not None and at < work.now
    if at is not None and at > work.now:
        raise invalid("/at", "range", "Must not lie in the future.")
    if past and root_protection(model).kept_by is not None:
        raise invalid("/at", "range", "This kind of record is explained as it is now only.")
    if purpose is not None and purpose not in contracts.access_list("purposes"):
        raise invalid("/purpose", "choice", "Must be one of contracts/access/purposes.yaml.")
    moment = at if at is not None else work.now
    standing = standing_of(work.session, about, at=moment)
    itself = about == work.actor.subject
    if itself and (not past or standing is None):
        names, known_from, roles = work.actor.grantees, "token", sorted(work.actor.roles)
    elif standing is not None:
        names, known_from, roles = [f"worker:{about}", *standing.grantees], "last_seen", standing.roles
    else:
        names, known_from, roles = [f"worker:{about}"], "name_only", []
    entry = _grantees_named(work, found, named)
    return Question(
        worker=about,
        at=moment,
        past=past,
        purpose=purpose or (work.actor.purpose if itself else _first_purpose(roles, work.actor.purpose)),
        grantees=tuple(dict.fromkeys([*names, *entry])),
        known_from=known_from,
    )


def _first_purpose(roles: Sequence[str], otherwise: str) -> str:
    """The purpose that a sign-in with these roles works for when it states none."""
    listed = contracts.access_list("roles")
    return next((str(listed[role]["purpose"]) for role in listed if role in roles), otherwise)


def _grantees_named(work: Work, found: Known, named: Sequence[UUID]) -> list[str]:
    """The grantees of the grants that an entry names, as far as they bear on this record."""
    if not named:
        return []
    bearing = select(Grant.grantee).where(Grant.id.in_(named), _on(found.links)).distinct()
    return sorted(work.session.scalars(bearing))


def _on(links: Sequence[tuple[str, UUID]]) -> Any:
    """Whether a grant is on one of these records, or by statute on every record of one of the kinds."""
    return or_(
        *(
            (Grant.record_kind == kind) & or_(Grant.record_id == record_id, Grant.record_id.is_(None))
            for kind, record_id in links
        )
    )


@dataclass(frozen=True)
class _Decided:
    """What the door would do: whether it shows the record, what of it, by which grants, and whether it may change."""

    permitted: bool
    may_write: bool
    seen: Seen | None
    rows: list[tuple[Grant, str]]


def _answer(
    work: Work,
    kind: str,
    record_id: UUID,
    *,
    model: type[Base],
    found: Known,
    asking: Asker,
    question: Question,
    views: Views,
) -> dict[str, Any]:
    decided = _decide(work, model, record_id, found=found, question=question)
    opened = decided.seen.categories if decided.seen is not None else set()
    told = [(grant, because) for grant, because in decided.rows if asking.may_know(grant)]
    fields = [
        {
            "name": each.name,
            "title": each.title,
            "category": each.category,
            "shown": decided.permitted and (each.category is None or each.category in opened),
        }
        for each in shown_fields(views, kind)
    ]
    return {
        "kind": kind,
        "id": record_id,
        "worker": question.worker,
        "at": question.at,
        "purpose": question.purpose,
        "permitted": decided.permitted,
        "may_write": decided.may_write,
        "because": _because(decided, told, found, each_link=root_protection(model).each_link),
        "categories": sorted(opened),
        "withheld": sorted({each["category"] for each in fields if not each["shown"] and each["category"]}),
        "fields": fields,
        "grants": [
            _grant_told(grant, because, decided=decided, asking=asking, record=(kind, record_id))
            for grant, because in told
        ],
        "considered": sorted({grant.grantee for grant, _ in told})
        if asking.own_persons is not None
        else list(question.grantees),
        "known_from": question.known_from,
        "incomplete": len(told) < len(decided.rows),
        "taken_as_now": _TAKEN_AS_NOW if question.past else [],
        "needed": None if decided.permitted else _needed(model, found),
    }


def shown_fields(views: Views, kind: str) -> list[ShownField]:
    """The fields of a kind of record that a category opens, in all its views."""
    shown = views.get(kind, ())
    each_view = shown if isinstance(shown, tuple) else (shown,)
    return list(dict.fromkeys(each for view in each_view for each in tagged_fields(view())))


def _decide(work: Work, model: type[Base], record_id: UUID, *, found: Known, question: Question) -> _Decided:
    supposed = f"{ASKED}:{uuid4()}:{question.worker}"
    bound = Bound(
        grantees=(supposed,) if question.past else question.grantees,
        purpose=question.purpose,
        now=question.at,
        consent_current=True if question.past else work.consent_current,
    )
    with looking_as(work, bound) as theirs:
        copies = _as_they_stood(theirs, found, question, under=supposed) if question.past else {}
        rows = _bearing(theirs, model, found, question)
        of_it = model.id == record_id  # type: ignore[attr-defined]
        record = theirs.session.scalars(theirs.visible(model).where(of_it)).one_or_none()
        seen = None if record is None else theirs.seen([record])[0]
        changes = theirs.session.scalars(theirs.visible(model, writing=True).where(of_it)).one_or_none()
        if seen is not None and copies:
            seen = replace(seen, grants={copies[each]: basis for each, basis in seen.grants.items()})
        theirs.session.expunge_all()
    return _Decided(
        permitted=record is not None,
        may_write=record is not None and changes is not None,
        seen=seen,
        rows=rows,
    )


def _as_they_stood(theirs: Work, found: Known, question: Question, *, under: str) -> dict[UUID, UUID]:
    """Suppose the grants that were live then, under a name that no grant has; the original of each, by its copy.

    Grants are ended, never deleted, so they stand as they stood; statutory ones are written anew by each release.
    """
    live = run(
        theirs.session,
        _COPY,
        {
            "under": under,
            "at": question.at,
            "grantees": list(question.grantees),
            "kinds": [kind for kind, _ in found.links],
            "ids": [record_id for _, record_id in found.links],
        },
    )
    return {row[0]: row[1] for row in live}


_COPY = """
    WITH stood AS (
        SELECT gen_random_uuid() AS copy, g.* FROM grants g
        WHERE g.grantee = ANY(CAST(%(grantees)s AS text[])) AND g.valid_from <= %(at)s
            AND (g.given_at <= %(at)s OR g.record_id IS NULL) AND (g.ended_at IS NULL OR g.ended_at > %(at)s)
            AND EXISTS (
                SELECT 1 FROM unnest(CAST(%(kinds)s AS text[]), CAST(%(ids)s AS uuid[])) AS l (kind, id)
                WHERE l.kind = g.record_kind AND (g.record_id = l.id OR g.record_id IS NULL)
            )
    ), supposed AS (
        INSERT INTO grants (id, grantee, record_kind, record_id, categories, purposes, basis, may_write,
            reaches_restricted, valid_from, valid_until, given_at)
        SELECT copy, CAST(%(under)s AS text), record_kind, record_id, categories, purposes, basis, may_write,
            reaches_restricted, valid_from, valid_until, given_at FROM stood
    )
    SELECT copy, id FROM stood
"""


def _bearing(theirs: Work, model: type[Base], found: Known, question: Question) -> list[tuple[Grant, str]]:
    """Every grant to the worker that bears on the record, with the first rule that stops it, or `counts`."""
    terms = counting_terms(Grant, of_transaction())
    del terms["other_grantee"]  # asked for below, by name
    if question.past:
        at = question.at
        terms["ended"] = or_(Grant.ended_at.is_(None), Grant.ended_at > at)
        terms["not_yet"] = (Grant.valid_from <= at) & or_(Grant.given_at <= at, Grant.record_id.is_(None))
    rows = theirs.session.execute(
        select(Grant, *terms.values())
        .where(Grant.grantee.in_(question.grantees), _on(found.links))
        .order_by(Grant.given_at, Grant.id)
    ).all()
    restricted = _restricted_links(theirs, model, found)
    wanted = {found.category} if found.category is not None else set(wanted_categories(model))
    judged = []
    for grant, *met in rows:
        stops = next((code for code, holds in zip(terms, met, strict=True) if not holds), None)
        if stops is None and found.shut:
            stops = "restricted"
        if stops is None and not grant.reaches_restricted and _only_restricted(grant, found, restricted):
            stops = "restricted"
        if stops is None and wanted and wanted.isdisjoint(grant.categories):
            stops = "category_not_granted"
        judged.append((grant, stops or "counts"))
    return judged


def _restricted_links(theirs: Work, model: type[Base], found: Known) -> set[tuple[str, UUID]]:
    """The links through which only grants that reach restricted records open the row (CO-5)."""
    protection = root_protection(model)
    if not (protection.each_link or protection.sides):
        return set(found.links) if found.restricted else set()
    placed = set(
        theirs.session.scalars(select(Restriction.person_id).where(Restriction.person_id.in_(found.persons)))
    )
    return {(kind, each) for kind, each in found.links if kind == "person" and each in placed}


def _only_restricted(grant: Grant, found: Known, restricted: set[tuple[str, UUID]]) -> bool:
    reached = [
        (kind, each)
        for kind, each in found.links
        if kind == grant.record_kind and grant.record_id in (None, each)
    ]
    return all(link in restricted for link in reached)


def _because(decided: _Decided, told: Sequence[tuple[Grant, str]], found: Known, *, each_link: bool) -> str:
    if decided.permitted:
        return "grant"
    reasons = [because for _, because in told]
    if "counts" in reasons and found.apart:
        return "kept_apart"
    if "counts" in reasons:
        # Otherwise it is a list kept by its readers, into which the grant has not come yet.
        return "other_record_not_granted" if each_link else "list_not_renewed"
    return reasons[-1] if reasons else "no_grant"


def _needed(model: type[Base], found: Known) -> dict[str, Any]:
    """What a grant would have to be, told without naming anybody."""
    protection = root_protection(model)
    wanted = [found.category] if found.category is not None else wanted_categories(model)
    return {
        "on": sorted({kind for kind, _ in found.links}),
        "on_each": protection.each_link,
        "categories": sorted(wanted),
    }


def _grant_told(
    grant: Grant, because: str, *, decided: _Decided, asking: Asker, record: tuple[str, UUID]
) -> dict[str, Any]:
    itself = (grant.record_kind, grant.record_id) == record
    hidden = not asking.knows_the_person if grant.record_kind == "person" else asking.seen is None
    opens = decided.seen is not None and grant.id in decided.seen.grants
    return {
        "grant_id": grant.id,
        "grantee": grant.grantee,
        "record_kind": grant.record_kind,
        "record_id": grant.record_id if itself or not hidden else None,
        "categories": list(grant.categories),
        "shows": sorted(grant.categories) if opens else [],
        "purposes": list(grant.purposes),
        "basis": grant.basis,
        "may_write": grant.may_write,
        "valid_from": grant.valid_from,
        "valid_until": grant.ended_at or grant.valid_until,
        "counts": because == "counts",
        "because": because,
    }
