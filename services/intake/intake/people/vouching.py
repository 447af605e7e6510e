"""Whether a team comes to know a person: by a colleague's own work here, or as far as the person's consent goes (CO-9).

Being on a team proves nothing by itself: whoever may open a case may name anybody in it. Somebody on the team must know
the person from elsewhere. Their own work here opens the person to the team for as long as the membership lasts. The
person's consent to somebody on the team reaches the others no further than it says, and not a moment longer (CO-8).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import aliased

from chassis import moment
from chassis.access import Grant
from chassis.work import Work
from intake.directory.model import Joining
from intake.people.access import TO_REACH_THEM

# Own work alone. Not statute, which opens everybody; not one's own record; not an emergency.
OWN_WORK = "team"
BY_CONSENT = "consent"
ONE_AT_A_TIME = 0x1C0_0042


def open_to_teams(work: Work, *, case_id: UUID | None = None, person_id: UUID | None = None) -> int:
    """Open persons to the staff of teams on which somebody is known to us to know them; say how many grants (CO-9).

    A worker knows a person by a live grant that comes from elsewhere: they recorded the person, received a referral,
    were consented to (they, or the organisation with which they are registered here), or know the person through
    another case by such work. Whoever knows the person and has done something of their own in the case for them vouches
    for the others: they opened it, put somebody on the team or the person into the family, or wrote an assessment.
    Otherwise a stranger could have a record opened by naming somebody who knows it.

    What own work opens lasts while the membership does, also when the colleague who vouched has left. What a consent
    opens is a consent's: its categories, purposes and time, and it ends with it. Whoever the person refused by name,
    or by their organisation, is lent nothing of it (CO-1).

    Events call this for their case or person. A timer calls it for all, because some vouching is told by no event: a
    referral, an agency's new registration.
    """
    _take_turns(work)
    return _open_by_own_work(work, case_id=case_id, person_id=person_id) + _lend(
        work, case_id=case_id, person_id=person_id
    )


def stop_seeing(work: Work, *, membership_id: UUID) -> None:
    """The membership is over, and with it what it opened."""
    # What is being opened at this moment, elsewhere, is waited for and then ended too.
    _take_turns(work)
    over = delete(Joining).where(Joining.membership_id == membership_id).returning(Joining.id)
    for reference in (membership_id, *work.session.scalars(over).all()):
        work.grants.end(reference=reference)


def acted(work: Work, *, case_id: UUID, worker: str | None, persons: Iterable[UUID]) -> None:
    """Somebody did something of their own in a case for these persons: from now on they vouch, if they know them.

    `worker` is None where an older event does not tell who acted; then nobody did.
    """
    theirs = update(Joining).where(
        Joining.case_id == case_id,
        Joining.worker == worker,
        Joining.person_id.in_(list(persons)),
        Joining.acted_at.is_(None),
    )
    work.session.execute(theirs.values(acted_at=work.now))


def _take_turns(work: Work) -> None:
    """Let nobody else open or end what teams see until this transaction ends."""
    work.session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def _open_by_own_work(work: Work, *, case_id: UUID | None, person_id: UUID | None) -> int:
    withheld = select(Joining).where(
        Joining.opened_at.is_(None), _somebody_on_the_team_works_with_the_person()
    )
    if case_id is not None:
        withheld = withheld.where(Joining.case_id == case_id)
    if person_id is not None:
        withheld = withheld.where(Joining.person_id == person_id)
    opened = work.session.scalars(withheld.order_by(Joining.id)).all()
    for joining in opened:
        joining.opened_at = work.now
        work.grants.end(reference=joining.id)  # what was lent until now
        work.grants.give(
            grantee=f"worker:{joining.worker}",
            record=("person", joining.person_id),
            categories=TO_REACH_THEM,
            basis=OWN_WORK,
            reference=joining.membership_id,
        )
    work.session.flush()
    return len(opened)


def _somebody_on_the_team_works_with_the_person() -> ColumnElement[bool]:
    """Whether the joining's worker, or staff of the team who acted, hold a grant that the case did not bring about."""
    on_team, same_case, now = aliased(Joining), aliased(Joining), moment.now()
    through_this_case = exists().where(
        same_case.case_id == on_team.case_id, same_case.membership_id == Grant.reference
    )
    return exists().where(
        on_team.case_id == Joining.case_id,
        on_team.person_id == Joining.person_id,
        or_(on_team.worker == Joining.worker, on_team.acted_at.is_not(None)),
        Grant.record_kind == "person",
        Grant.record_id == on_team.person_id,
        Grant.grantee == "worker:" + on_team.worker,
        Grant.basis == OWN_WORK,
        Grant.ended_at.is_(None),
        Grant.valid_from <= now,
        or_(Grant.valid_until.is_(None), Grant.valid_until > now),
        ~through_this_case,
    )


def _lend(work: Work, *, case_id: UUID | None, person_id: UUID | None) -> int:
    """Make what consents lend to teams what the consents that stand now say; how much is new."""
    asked = {"case_id": case_id, "person_id": person_id, "now": work.now, "shown": sorted(TO_REACH_THEM)}
    take_back, lend = _statements(one_case=case_id is not None, one_person=person_id is not None)
    work.session.execute(take_back, asked)
    due = work.session.execute(lend, asked).mappings().all()
    for each in due:
        work.grants.give(
            grantee=f"worker:{each['worker']}",
            record=("person", each["person_id"]),
            categories=each["shown"],
            purposes=each["purposes"],
            basis=BY_CONSENT,
            valid_from=each["valid_from"],
            valid_until=each["valid_until"],
            reference=each["id"],
            given_at=each["given_at"],
        )
    return len(due)


@cache
def _statements(*, one_case: bool, one_person: bool) -> tuple[TextClause, TextClause]:
    """What takes back and what finds to lend: each condition only where it is asked, so that an index can serve it."""
    narrowed = (" AND case_id = :case_id" if one_case else "") + (
        " AND person_id = :person_id" if one_person else ""
    )
    asked = _ASKED.format(narrowed=narrowed)
    return text(asked + _TAKE_BACK), text(asked + _DUE)


# A consent's own grant names the consent; what is lent names the joining. What is lent is lent to nobody again.
_ASKED = """
    WITH asked AS (
        SELECT * FROM joinings WHERE opened_at IS NULL{narrowed}
    ), said AS (
        SELECT g.record_id, g.grantee, g.purposes, g.valid_from, g.valid_until, g.given_at, ARRAY(
            SELECT shown FROM unnest(CAST(:shown AS text[])) AS shown WHERE shown = ANY(g.categories) ORDER BY shown
        ) AS shown
        FROM grants g
        WHERE g.record_kind = 'person' AND g.record_id IN (SELECT person_id FROM asked)
            AND g.basis = 'consent' AND g.ended_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > :now)
            AND g.categories && CAST(:shown AS text[])
            AND NOT EXISTS (SELECT 1 FROM joinings lent WHERE lent.id = g.reference)
    ), refused AS (
        SELECT asked.id, word.category FROM asked
        JOIN last_words word ON word.person_id = asked.person_id AND word.refused AND word.recipient IN (
            SELECT 'worker:' || asked.worker
            UNION ALL SELECT 'organisation:' || organisation FROM practitioners WHERE worker = asked.worker
            UNION ALL SELECT 'organisation:' || organisation FROM involvements
                WHERE case_id = asked.case_id AND worker = asked.worker
        )
    )
"""
_SHOWN = """ARRAY(
    SELECT shown FROM unnest(said.shown) AS shown
    WHERE shown NOT IN (SELECT category FROM refused WHERE refused.id = asked.id) ORDER BY shown
)"""
_SAME_WORDS = f"""
    {{0}}.record_id = said.record_id AND {{0}}.categories = {_SHOWN} AND {{0}}.purposes = said.purposes
    AND {{0}}.valid_from = said.valid_from AND {{0}}.valid_until IS NOT DISTINCT FROM said.valid_until
    AND {{0}}.given_at = said.given_at
"""
_TAKE_BACK = f"""
    UPDATE grants AS lent SET ended_at = :now FROM asked
    WHERE lent.reference = asked.id AND lent.basis = 'consent' AND lent.ended_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM said WHERE {_SAME_WORDS.format("lent")})
"""  # noqa: S608 - constants of this module
_DUE = f"""
    SELECT DISTINCT asked.id, asked.worker, asked.person_id, {_SHOWN} AS shown, said.purposes, said.valid_from,
        said.valid_until, said.given_at
    FROM asked
    JOIN joinings on_team ON on_team.case_id = asked.case_id AND on_team.person_id = asked.person_id
        AND (on_team.worker = asked.worker OR on_team.acted_at IS NOT NULL)
    LEFT JOIN practitioners ON practitioners.worker = on_team.worker
    JOIN said ON said.record_id = asked.person_id
        AND said.grantee IN ('worker:' || on_team.worker, 'organisation:' || practitioners.organisation)
    WHERE said.grantee <> 'worker:' || asked.worker AND cardinality({_SHOWN}) > 0
        AND NOT EXISTS (
            SELECT 1 FROM grants lent
            WHERE lent.reference = asked.id AND lent.basis = 'consent' AND lent.ended_at IS NULL
                AND {_SAME_WORDS.format("lent")}
        )
    ORDER BY asked.id, said.given_at
"""  # noqa: S608 - constants of this module
