"""Routes to rows of uploads whose person a worker has to name."""

from __future__ import annotations

from gateway.routes import Routes
from intake.uploads.schemas import (
    DecideHeldRow,
    HeldRowPage,
    HeldRowQuestionView,
    HeldRowView,
    ListHeldRows,
    ReadHeldRow,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/held-rows",
        "list_held_rows",
        "List rows of connected systems whose person is not certain",
        takes=ListHeldRows,
        gives=HeldRowPage,
        permission="intake.held_row.list",
    )
    routes.get(
        "/held-rows/<uuid:held_row_id>",
        "read_held_row",
        "Read how a row named its person, and who may be meant",
        takes=ReadHeldRow,
        gives=HeldRowQuestionView,
        permission="intake.held_row.read",
    )
    routes.post(
        "/held-rows/<uuid:held_row_id>/decisions",
        "decide_held_row",
        "Say who is meant by a row, or that it is nobody whom we know",
        takes=DecideHeldRow,
        gives=HeldRowView,
        permission="intake.held_row.decide",
    )
