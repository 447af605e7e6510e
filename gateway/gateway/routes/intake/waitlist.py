"""Routes to the wait list and its offers."""

from __future__ import annotations

from gateway.routes import Routes
from intake.waitlist.schemas import (
    AcceptOffer,
    ChangeWaitingPriority,
    DeclineOffer,
    EndPlace,
    LeaveWaitList,
    OfferPlace,
    OfferView,
    ReadWaiting,
    ReadWaitList,
    ReadWaitListEntry,
    RecordInterimSupport,
    RecordWaitingContact,
    WaitingView,
    WaitListEntryPage,
)

STEPS = (
    (
        "priority",
        "change_waiting_priority",
        "Change a priority in line",
        ChangeWaitingPriority,
        "wait_list.prioritise",
    ),
    (
        "contacts",
        "record_waiting_contact",
        "Record a contact while waiting",
        RecordWaitingContact,
        "wait_list.contact",
    ),
    (
        "support",
        "record_interim_support",
        "Record interim support while waiting",
        RecordInterimSupport,
        "wait_list.contact",
    ),
    ("leaving", "leave_wait_list", "Take somebody off the wait list", LeaveWaitList, "wait_list.leave"),
    ("offer/acceptance", "accept_offer", "Accept the offered place", AcceptOffer, "offer.answer"),
    ("offer/refusal", "decline_offer", "Decline the offered place", DeclineOffer, "offer.answer"),
    ("place/end", "end_place", "Give a place back", EndPlace, "place.end"),
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/programs/<program>/wait-list",
        "read_wait_list",
        "Read who waits for a program, in line",
        takes=ReadWaitList,
        gives=WaitListEntryPage,
        permission="intake.wait_list.read",
    )
    routes.get(
        "/wait-list/<uuid:entry_id>",
        "read_wait_list_entry",
        "Read how somebody stands in line",
        takes=ReadWaitListEntry,
        gives=WaitingView,
        permission="intake.wait_list.read",
    )
    routes.get(
        "/referrals/<uuid:referral_id>/waiting",
        "read_waiting",
        "Read how the person of a referral stands in line",
        takes=ReadWaiting,
        gives=WaitingView,
        permission="intake.wait_list.read",
    )
    routes.post(
        "/programs/<program>/offers",
        "offer_place",
        "Offer a free place",
        takes=OfferPlace,
        gives=OfferView,
        permission="intake.offer.make",
    )
    for step, door, says, takes, permission in STEPS:
        routes.post(
            f"/wait-list/<uuid:entry_id>/{step}",
            door,
            says,
            takes=takes,
            gives=WaitingView,
            permission=f"intake.{permission}",
        )
