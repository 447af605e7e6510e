"""Routes to links between records of one person."""

from __future__ import annotations

from gateway.routes import Routes
from intake.linking.schemas import (
    ComparePeople,
    ComparisonView,
    JudgementView,
    LinkPeople,
    LinksView,
    ReadLinks,
    TakeBack,
    TellApart,
    Unlink,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/people/<uuid:person_id>/links",
        "link_people",
        "Judge that two records are of the same person",
        takes=LinkPeople,
        gives=JudgementView,
        permission="intake.link.make",
    )
    routes.get(
        "/people/<uuid:person_id>/links",
        "read_links",
        "Read which records are of the same person, and what was judged",
        takes=ReadLinks,
        gives=LinksView,
        permission="intake.link.read",
    )
    routes.ask(
        "/people/comparisons",
        "compare_people",
        "Show records side by side, field by field",
        takes=ComparePeople,
        gives=ComparisonView,
        permission="intake.person.compare",
    )
    routes.post(
        "/links/<uuid:link_id>/taking-back",
        "unlink_people",
        "Take a link between two records back",
        takes=Unlink,
        gives=JudgementView,
        permission="intake.link.take_back",
    )
    routes.post(
        "/people/<uuid:person_id>/distinctions",
        "tell_people_apart",
        "Judge that two records are not of the same person",
        takes=TellApart,
        gives=JudgementView,
        permission="intake.distinction.make",
    )
    routes.post(
        "/distinctions/<uuid:judgement_id>/taking-back",
        "take_back_distinction",
        "Take back that two records are not of the same person",
        takes=TakeBack,
        gives=JudgementView,
        permission="intake.distinction.take_back",
    )
