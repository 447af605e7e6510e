"""Routes to people who may be one person: while somebody is typed in, and those found since."""

from __future__ import annotations

from gateway.routes import Routes
from intake.matching.schemas import CandidatePage, DuplicatePage, FindCandidates, ListDuplicates


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.ask(
        "/people/candidates",
        "find_candidates",
        "Find who may be the person that is typed in, with a reason for each field",
        takes=FindCandidates,
        gives=CandidatePage,
        permission="intake.candidate.find",
    )
    routes.get(
        "/people/duplicates",
        "list_duplicates",
        "List pairs of records that may be of one person, the likeliest first",
        takes=ListDuplicates,
        gives=DuplicatePage,
        permission="intake.duplicate.list",
    )
