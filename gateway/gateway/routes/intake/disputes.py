"""Routes to disputed entries of the directory."""

from __future__ import annotations

from gateway.routes import Routes
from intake.disputes.schemas import (
    AnswerDispute,
    DisputePage,
    DisputeView,
    ListRaisedDisputes,
    ListWaitingDisputes,
    RaiseDispute,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/directory/<uuid:person_id>/disputes",
        "raise_dispute",
        "Say that an entry of the directory is wrong",
        takes=RaiseDispute,
        gives=DisputeView,
        permission="intake.dispute.raise",
    )
    routes.get(
        "/directory/<uuid:person_id>/disputes",
        "list_raised_disputes",
        "List what you said to be wrong, with the answers",
        takes=ListRaisedDisputes,
        gives=DisputePage,
        permission="intake.dispute.raise",
    )
    routes.get(
        "/involvement-disputes",
        "list_waiting_disputes",
        "List disputes that you have to answer",
        takes=ListWaitingDisputes,
        gives=DisputePage,
        permission="intake.dispute.list",
    )
    routes.post(
        "/involvement-disputes/<uuid:dispute_id>/answers",
        "answer_dispute",
        "Answer for a disputed entry",
        takes=AnswerDispute,
        gives=DisputeView,
        permission="intake.dispute.answer",
    )
