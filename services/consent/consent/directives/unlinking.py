"""What becomes of consents that were given at a sign-in which never was the person's (CO-1, CO-8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis.events import Received
from chassis.work import Work
from consent.directives.ending import Ending, end_earlier
from consent.directives.model import Consent
from consent.directives.turns import next_turn
from consent.people.actions import forget_link

RECORDED_IN_ERROR = "recorded_in_error"
UNLINKED = "account_unlinked"


def unlink_account(work: Work, *, event: Received) -> None:
    """In the lane: a sign-in is the person's no more. If it never was, nobody had consented at it: that is closed.

    What was refused and taken back at it stays so, and all of it stays in the history under that sign-in. What it
    recorded before it was linked, at somebody's desk, stands; so does what was given after it was linked anew.
    """
    told = event.data
    person_id = UUID(told["person_id"])
    # A consent on its way is known then, and one that comes later finds that the sign-in is not the person's.
    until = next_turn(work, persons=[person_id])
    another = forget_link(work, event=event)
    if told["relation"] != "self" or told["because"] != RECORDED_IN_ERROR:
        return
    given_there = select(Consent).where(
        Consent.recorded_by == told["account"],
        Consent.recorded_at >= datetime.fromisoformat(told["linked_at"]),
    )
    ending = Ending(
        persons=[person_id],
        recipient=None,
        categories=None,
        at=until if another is None else another.linked_at,
        by="system",
        reason=UNLINKED,
        decision=None,
    )
    end_earlier(work, ending, among=given_there)
