"""Asking for mediation, mediating, and finding whom it may concern (IN-9)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from chassis import same_person
from chassis.clocks import house_calendar, working_days
from chassis.errors import RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from intake.directory import queries as directory
from intake.directory.model import Involvement
from intake.mediation.model import CLOCK, Introduction, MediationContact, MediationRequest

TERM = working_days(2)
MEDIATORS = "role:directory_mediator"
MOST_OPEN = 20
KEPT = timedelta(days=365)


class AskedAlready(RuleBroken):
    """The same worker has asked about the same person, and the mediators still have time to answer."""

    code = "asked_already"
    title = "You have asked about this person already; the mediators are at it"


class TooManyOpenRequests(RuleBroken):
    """One worker asks about more people than anybody works with at once."""

    code = "too_many_open_requests"
    title = "Wait until some of your requests are closed"


class NotEveryoneAnswered(RuleBroken):
    """A request is closed although a concealed practitioner was not spoken to."""

    code = "not_everyone_answered"
    title = "Record an answer for each concealed practitioner first"


class RequestClosed(RuleBroken):
    """Nothing more is recorded on a request that is closed."""

    code = "request_closed"
    title = "The request is closed"


def ask(work: Work, *, person_id: UUID, message: str, reach_me_by: str) -> MediationRequest:
    """Ask that a message be passed to whoever may be concealed; the reply never tells whether anybody is.

    Neither what is refused nor when depends on what the mediators have done meanwhile. Nothing is looked for here:
    `find_whom_it_concerns` does it later and for the mediators only, so that neither answer nor time differs. Raises
    NotFound, AccessDenied, AskedAlready, TooManyOpenRequests.
    """
    listing = directory.read(work, person_id=person_id)
    mine = work.visible(MediationRequest).where(
        MediationRequest.asked_by == work.actor.subject, MediationRequest.answer_by > work.now
    )
    open_now = work.session.scalars(mine).all()
    if any(each.person_id == listing.id for each in open_now):
        raise AskedAlready
    if len(open_now) >= MOST_OPEN:
        raise TooManyOpenRequests
    request_id = new_id()
    work.grants.give(
        grantee=f"worker:{work.actor.subject}",
        record=("mediation_request", request_id),
        categories=["directory"],
        basis="agreement",
        may_write=True,
    )
    request = work.add(
        MediationRequest(
            id=request_id,
            person_id=listing.id,
            asked_by=work.actor.subject,
            organisation=work.actor.organisation,
            message=message,
            reach_me_by=reach_me_by,
            asked_at=work.now,
            answer_by=TERM.due(house_calendar(), since=work.now),
        )
    )
    work.clocks.start(CLOCK, request, within=TERM)
    return request


def find_whom_it_concerns(work: Work) -> int:
    """Show the mediators the concealed involvements that open requests may be about; say how many. A timer calls this.

    An involvement that begins while a request is open is found as well. A mediator sees it until the request closes.
    """
    open_requests = work.session.scalars(
        select(MediationRequest)
        .where(MediationRequest.closed_at.is_(None))
        .order_by(MediationRequest.id)
        .with_for_update(skip_locked=True)
    ).all()
    persons = {request.person_id for request in open_requests}
    if not persons:
        return 0
    records = same_person.members_of_each(work.session, persons)
    today = house_calendar().day_of(work.now)
    concealed = work.session.scalars(
        select(Involvement).where(
            Involvement.person_id.in_(frozenset().union(*records.values())),
            Involvement.is_listed(today=today),
            Involvement.category != "directory",
        )
    ).all()
    known = set(
        work.session.execute(
            select(MediationContact.request_id, MediationContact.involvement_id).where(
                MediationContact.request_id.in_([request.id for request in open_requests])
            )
        )
    )
    found = 0
    for request in open_requests:
        for involvement in concealed:
            if involvement.person_id in records[request.person_id]:
                found += (request.id, involvement.id) not in known
                if (request.id, involvement.id) not in known:
                    _show_the_mediators(work, request, involvement)
    return found


def record_answer(work: Work, *, request_id: UUID, contact_id: UUID, answer: str) -> MediationRequest:
    """What a concealed practitioner answered; the last word counts until the request is closed.

    Who agrees to be put in touch is shown to the asker, and that is not taken back. Raises NotFound, RequestClosed.
    """
    request = work.load(MediationRequest, request_id, for_update=True)
    if request.closed_at is not None:
        raise RequestClosed
    contact = work.load(MediationContact, contact_id, for_update=True)
    involvement = work.load(Involvement, contact.involvement_id)
    contact.answer, contact.answered_at, contact.recorded_by = answer, work.now, work.actor.subject
    if answer == "put_in_touch":
        _introduce(work, request, involvement)
    return request


def close(work: Work, *, request_id: UUID) -> MediationRequest:
    """The mediators are done with a request: nobody was concealed, or everybody was asked.

    Raises NotFound, RequestClosed, NotEveryoneAnswered.
    """
    request = work.load(MediationRequest, request_id, for_update=True)
    if request.closed_at is not None:
        raise RequestClosed
    contacts = work.visible(MediationContact).where(MediationContact.request_id == request.id)
    if any(contact.answer is None for contact in work.session.scalars(contacts)):
        raise NotEveryoneAnswered
    request.closed_at, request.closed_by = work.now, work.actor.subject
    work.clocks.meet(CLOCK, request)
    work.grants.end(reference=request.id)
    return request


def forget_closed(work: Work) -> int:
    """Requests that were closed a year ago go, messages and answers with them; say how many. A timer calls this."""
    old = delete(MediationRequest).where(MediationRequest.closed_at <= work.now - KEPT)
    gone = work.session.execute(
        old.returning(MediationRequest.id).execution_options(synchronize_session=False)
    )
    return len(gone.all())


def _show_the_mediators(work: Work, request: MediationRequest, involvement: Involvement) -> None:
    work.add(
        MediationContact(
            request_id=request.id,
            involvement_id=involvement.id,
            person_id=request.person_id,
            found_at=work.now,
        )
    )
    work.grants.give(
        grantee=MEDIATORS,
        record=("involvement", involvement.id),
        categories=[str(involvement.category)],
        purposes=["coordination"],
        basis="agreement",
        reference=request.id,
    )


def _introduce(work: Work, request: MediationRequest, involvement: Involvement) -> None:
    known = any(
        (each.organisation, each.worker) == (involvement.organisation, involvement.worker)
        for each in request.introductions
    )
    if not known:
        work.add(
            Introduction(
                request_id=request.id,
                organisation=involvement.organisation,
                worker=involvement.worker,
                at=work.now,
            )
        )
