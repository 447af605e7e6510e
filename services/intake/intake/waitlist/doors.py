"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.capacity import actions as capacity
from intake.capacity import queries as capacity_queries
from intake.capacity.schemas import (
    CapacityPage,
    CapacityView,
    EndProgramWorker,
    ListCapacities,
    OverloadPlanView,
    ProgramWorkerView,
    ReadCapacity,
    RecordOverloadPlan,
    RecordProgramWorker,
    SetCapacity,
)
from intake.waitlist import actions as waitlist
from intake.waitlist import offers
from intake.waitlist import queries as waitlist_queries
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


class WaitListDoors:
    """Places, and who waits for them (IN-6)."""

    name = "intake"

    set_capacity = command(
        capacity.set_capacity, takes=SetCapacity, gives=CapacityView, permission="intake.capacity.set"
    )
    read_capacity = query(
        capacity_queries.read, takes=ReadCapacity, gives=CapacityView, permission="intake.capacity.read"
    )
    list_capacities = query(
        capacity_queries.search,
        takes=ListCapacities,
        gives=CapacityPage,
        permission="intake.capacity.list",
        action="search",
    )
    record_program_worker = command(
        capacity.record_worker,
        takes=RecordProgramWorker,
        gives=ProgramWorkerView,
        permission="intake.program_worker.record",
    )
    end_program_worker = command(
        capacity.end_worker,
        takes=EndProgramWorker,
        gives=ProgramWorkerView,
        permission="intake.program_worker.end",
    )
    record_overload_plan = command(
        capacity.record_overload_plan,
        takes=RecordOverloadPlan,
        gives=OverloadPlanView,
        permission="intake.overload_plan.record",
    )
    read_wait_list = query(
        waitlist_queries.read_line,
        takes=ReadWaitList,
        gives=WaitListEntryPage,
        permission="intake.wait_list.read",
        action="search",
    )
    read_wait_list_entry = query(
        waitlist_queries.read_entry,
        takes=ReadWaitListEntry,
        gives=WaitingView,
        permission="intake.wait_list.read",
    )
    read_waiting = query(
        waitlist_queries.of_referral, takes=ReadWaiting, gives=WaitingView, permission="intake.wait_list.read"
    )
    change_waiting_priority = command(
        waitlist.change_priority,
        takes=ChangeWaitingPriority,
        gives=WaitingView,
        permission="intake.wait_list.prioritise",
    )
    record_waiting_contact = command(
        waitlist.record_contact,
        takes=RecordWaitingContact,
        gives=WaitingView,
        permission="intake.wait_list.contact",
    )
    record_interim_support = command(
        waitlist.record_support,
        takes=RecordInterimSupport,
        gives=WaitingView,
        permission="intake.wait_list.contact",
    )
    leave_wait_list = command(
        waitlist.leave, takes=LeaveWaitList, gives=WaitingView, permission="intake.wait_list.leave"
    )
    offer_place = command(
        offers.offer_place, takes=OfferPlace, gives=OfferView, permission="intake.offer.make"
    )
    accept_offer = command(
        offers.accept, takes=AcceptOffer, gives=WaitingView, permission="intake.offer.answer"
    )
    decline_offer = command(
        offers.decline, takes=DeclineOffer, gives=WaitingView, permission="intake.offer.answer"
    )
    end_place = command(waitlist.end_place, takes=EndPlace, gives=WaitingView, permission="intake.place.end")
