"""Route to the worklist."""

from __future__ import annotations

from gateway.routes import Routes
from intake.worklist.schemas import ReadWorklist, WorklistPage


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/worklist",
        "read_worklist",
        "Read what is to be done, the most pressing first",
        takes=ReadWorklist,
        gives=WorklistPage,
        permission="intake.worklist.read",
    )
