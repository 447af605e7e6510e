"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.linking import actions as linking
from intake.linking import comparing
from intake.linking import queries as linking_queries
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
from intake.matching import queries as matching_queries
from intake.matching.schemas import CandidatePage, DuplicatePage, FindCandidates, ListDuplicates


class LinkingDoors:
    """Who is the same person, and who may be (IN-8)."""

    name = "intake"

    link_people = command(linking.link, takes=LinkPeople, gives=JudgementView, permission="intake.link.make")
    unlink_people = command(
        linking.unlink, takes=Unlink, gives=JudgementView, permission="intake.link.take_back"
    )
    tell_people_apart = command(
        linking.tell_apart, takes=TellApart, gives=JudgementView, permission="intake.distinction.make"
    )
    take_back_distinction = command(
        linking.take_back, takes=TakeBack, gives=JudgementView, permission="intake.distinction.take_back"
    )
    compare_people = query(
        comparing.compare, takes=ComparePeople, gives=ComparisonView, permission="intake.person.compare"
    )
    find_candidates = query(
        matching_queries.candidates,
        takes=FindCandidates,
        gives=CandidatePage,
        permission="intake.candidate.find",
        action="search",
    )
    list_duplicates = query(
        matching_queries.duplicates,
        takes=ListDuplicates,
        gives=DuplicatePage,
        permission="intake.duplicate.list",
        action="search",
    )
    read_links = query(linking_queries.read, takes=ReadLinks, gives=LinksView, permission="intake.link.read")
