"""Routes to sign-ins that count no more."""

from __future__ import annotations

from consent.sign_ins.schemas import (
    EndSignIn,
    RemoveSignIn,
    RestoreSignIn,
    SignInSearch,
    SignInStepPage,
    SignInStepView,
)
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject. Whose sign-in it is never stands in an address of a change."""
    routes.get(
        "/sign-ins",
        "list_sign_ins",
        "List what happened to sign-ins: removals, ends, restorations",
        takes=SignInSearch,
        gives=SignInStepPage,
        permission="consent.sign_in.list",
    )
    routes.post(
        "/sign-ins/removals",
        "remove_sign_in",
        "Remove a sign-in: it counts no more until it is restored",
        takes=RemoveSignIn,
        gives=SignInStepView,
        permission="consent.sign_in.remove",
    )
    routes.post(
        "/sign-ins/ends",
        "end_sign_in",
        "End a sign-in: what was issued so far counts no more",
        takes=EndSignIn,
        gives=SignInStepView,
        permission="consent.sign_in.end",
    )
    routes.post(
        "/sign-ins/restorations",
        "restore_sign_in",
        "Restore a removed sign-in",
        takes=RestoreSignIn,
        gives=SignInStepView,
        permission="consent.sign_in.restore",
    )
