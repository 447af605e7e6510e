"""Routes to what was taken back at once: from one or from everybody, all of it or some."""

from __future__ import annotations

from chassis.schemas import ById
from consent.withdrawals.schemas import (
    DeclareWithdrawal,
    WithdrawalPage,
    WithdrawalSearch,
    WithdrawalView,
)
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/withdrawals",
        "declare_withdrawal",
        "Take back what was given to one recipient or to everybody",
        takes=DeclareWithdrawal,
        gives=WithdrawalView,
        permission="consent.consent.withdraw",
        located="/withdrawals/<id>",
    )
    routes.get(
        "/withdrawals",
        "list_withdrawals",
        "List what was taken back for a person",
        takes=WithdrawalSearch,
        gives=WithdrawalPage,
        permission="consent.consent.list",
    )
    routes.get(
        "/withdrawals/<uuid:id>",
        "read_withdrawal",
        "Read a withdrawal",
        takes=ById,
        gives=WithdrawalView,
        permission="consent.consent.read",
    )
