"""Who may be named as family: whoever intake has recorded, and nobody who is hidden from the caller (CO-5).

A database that followed intake later than others, or came back from a copy, does not know everybody. Then it asks, and
until it has been told takes an identifier as given, as cases did before it followed who is recorded: nobody who is
recorded is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select

from cases import events
from cases.people.model import RecordedPerson, RollCallWanted
from chassis.events import Received
from chassis.ids import new_id
from chassis.on_record import Register
from chassis.work import Work

ASK_AGAIN_AFTER = timedelta(hours=1)

register = Register(RecordedPerson)


def expect_on_record(work: Work, persons: Collection[UUID]) -> None:
    """Raise NotFound for somebody whom nobody recorded, and alike for somebody hidden from the caller."""
    if not work.session.scalar(select(exists(select(RollCallWanted.id)))):
        register.expect(work, persons)


def ask_for_everybody(work: Work) -> int:
    """Ask intake to call the roll while it is wanted; asks anew when no answer has come. A timer calls this."""
    wanted = work.session.scalars(select(RollCallWanted).with_for_update()).all()
    due = [each for each in wanted if each.asked_at is None or work.now - each.asked_at >= ASK_AGAIN_AFTER]
    if not due:
        return 0
    # An answer counts from its first part on: asked anew, it is another roll call, and the last one asked counts.
    for each in wanted:
        work.session.delete(each)
    asked = RollCallWanted(id=new_id(), since=min(each.since for each in wanted), asked_at=work.now)
    work.session.add(asked)
    work.emit(events.roll_call_wanted(asked))
    return 1


def listed(work: Work, *, event: Received) -> None:
    """Intake tells a part of everybody; with the last part of the roll call that was asked for, all are known.

    A replica of an earlier release, while it still takes the events, drops parts that it does not understand: after a
    part that was left out it is asked anew.
    """
    register.listed(work, event=event)
    wanted = work.session.get(RollCallWanted, UUID(event.data["roll_call_id"]), with_for_update=True)
    if wanted is None:
        return
    persons = [UUID(each) for each in event.data["person_ids"]]
    if event.data["after"] != (None if wanted.heard_up_to is None else str(wanted.heard_up_to)):
        wanted.asked_at = None
    elif event.data["last"]:
        work.session.delete(wanted)
    else:
        wanted.heard_up_to = persons[-1]
