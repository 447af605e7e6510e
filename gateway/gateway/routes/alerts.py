"""Routes to alerts: signs of misuse, who took them up, what was found. Part of audit's routes."""

from __future__ import annotations

from audit.alerts.schemas import AlertPage, AlertSearch, AlertView, AssignAlert, CloseAlert
from chassis.schemas import ById
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/alerts",
        "list_alerts",
        "List signs of misuse",
        takes=AlertSearch,
        gives=AlertPage,
        permission="audit.alert.list",
    )
    routes.get(
        "/alerts/<uuid:id>",
        "read_alert",
        "Read an alert and what was done about it",
        takes=ById,
        gives=AlertView,
        permission="audit.alert.read",
    )
    routes.post(
        "/alerts/<uuid:id>/acknowledgement",
        "acknowledge_alert",
        "Take an alert up",
        takes=ById,
        gives=AlertView,
        permission="audit.alert.acknowledge",
    )
    routes.post(
        "/alerts/<uuid:id>/assignment",
        "assign_alert",
        "Give an alert to whoever looks into it",
        takes=AssignAlert,
        gives=AlertView,
        permission="audit.alert.assign",
    )
    routes.post(
        "/alerts/<uuid:id>/closing",
        "close_alert",
        "Close an alert with what was found",
        takes=CloseAlert,
        gives=AlertView,
        permission="audit.alert.close",
    )
