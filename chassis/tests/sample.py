"""A service of no meaning, with one table for each way in which a row can stand under need-to-know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import ARRAY, ForeignKey, text
from sqlalchemy import Text as Text_
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Versioned
from chassis.doors import command, health_door, query, reveal_door, why_door
from chassis.errors import RuleBroken, invalid
from chassis.events import event as happened
from chassis.ids import new_id
from chassis.schemas import ById, Paging, Schema, Text, View, category, page_of
from chassis.work import Page, Work

GRANTED = ("identity", "health", "housing", "notes")


class Visit(Versioned, Base):
    """A visit to a person."""

    __tablename__ = "visits"
    __protected__ = Protection(
        links=[("person", "person_id"), ("visit", "id")], categories=("health", "housing", "notes")
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    complaint: Mapped[str]
    remark: Mapped[str]


class Finding(Base):
    """A part of a visit, of a category of its own."""

    __tablename__ = "findings"
    __protected__ = Protection(through=("visit_id", Visit), category_column="category")

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"))
    category: Mapped[str]


class Note(Base):
    """A line under a visit about a person of its own: hidden when that person is restricted."""

    __tablename__ = "notes"
    __protected__ = Protection(through=("visit_id", Visit), person="about_id")

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"))
    about_id: Mapped[UUID]


class Talk(Base):
    """Reached by a record of another kind, and hidden when its person is restricted."""

    __tablename__ = "talks"
    __protected__ = Protection(links=[("folder", "folder_id")], categories=("notes",), person="person_id")

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    folder_id: Mapped[UUID]
    person_id: Mapped[UUID]
    said: Mapped[str]
    ailment: Mapped[str]


class Match(Base):
    """Of two persons, for whoever may see both."""

    __tablename__ = "matches"
    __protected__ = Protection(
        links=[("person", "one_id"), ("person", "other_id")],
        categories=("identity", "health"),
        each_link=True,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    one_id: Mapped[UUID]
    other_id: Mapped[UUID]
    likeness: Mapped[str]
    ailment: Mapped[str]


class Tie(Base):
    """Of two persons, told from the side of each."""

    __tablename__ = "ties"
    __protected__ = Protection(
        links=[("person", "one_id"), ("person", "other_id")], categories=("identity", "health"), sides=True
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    one_id: Mapped[UUID]
    other_id: Mapped[UUID]
    likeness: Mapped[str]
    ailment: Mapped[str]


class Line(Base):
    """A line of a long list, with whom its record is granted to kept beside it."""

    __tablename__ = "lines"
    __protected__ = Protection(
        links=[("visit", "id"), ("person", "person_id")], categories=("health",), kept_by="kept_by"
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    kept_by: Mapped[list[str]] = mapped_column(ARRAY(Text_()))
    ailment: Mapped[str]


class Seal(Base):
    """What is written once."""

    __tablename__ = "seals"
    __append_only__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class VisitEnded(RuleBroken):
    """The visit cannot change any more."""

    code = "visit_ended"
    title = "The visit has ended"


class RecordVisit(Schema):
    """A visit to be recorded."""

    person_id = fields.UUID(required=True)
    complaint = Text(required=True, max=200)
    remark = Text(required=True, max=200)


class AmendVisit(Schema):
    """New words for a remark."""

    id = fields.UUID(required=True)
    remark = Text(required=True, max=200)


class VisitView(View):
    """A visit as its reader may see it."""

    person_id = fields.UUID()
    complaint = Text(metadata=category("health"))
    remark = Text(metadata=category("notes"))


class FindingView(View):
    """A part of a visit."""

    category = fields.String()


class NoteView(View):
    """A line under a visit."""

    about_id = fields.UUID(metadata=category("health"))


class TalkView(View):
    """A talk as its reader may see it."""

    said = Text(metadata=category("notes"))
    ailment = Text(metadata=category("health"))


class PairView(View):
    """What is told of two persons, to whoever may see it."""

    likeness = Text(metadata=category("identity"))
    ailment = Text(metadata=category("health"))


class LineView(View):
    """A line of a long list."""

    ailment = Text(metadata=category("health"))


VIEWS = {
    "visit": VisitView,
    "finding": FindingView,
    "note": NoteView,
    "talk": TalkView,
    "match": PairView,
    "tie": PairView,
    "line": LineView,
}


def _reading(model: type[Base]) -> Callable[..., Any]:
    def read_one(work: Work, *, id: UUID) -> Base:
        """One record of the kind."""
        return work.load(model, id)

    return read_one


def record(work: Work, *, person_id: UUID, complaint: str, remark: str) -> Visit:
    """Record a visit; its recorder may see and change it."""
    visit = Visit(id=new_id(), person_id=person_id, complaint=complaint, remark=remark)
    work.grants.give(
        grantee=f"worker:{work.actor.subject}",
        record=("visit", visit.id),
        categories=GRANTED,
        basis="team",
        may_write=True,
    )
    work.add(visit)
    work.emit(happened("sample.visit.recorded.v1", subject=visit.id, data={"visit_id": visit.id}))
    return visit


def read(work: Work, *, id: UUID) -> Visit:
    """One visit."""
    return work.load(Visit, id)


def amend(work: Work, *, id: UUID, remark: str) -> Visit:
    """Change the remark; an ended visit refuses, and words that another writer was faster with."""
    visit = work.load(Visit, id, for_update=True)
    if visit.remark == "ended":
        raise VisitEnded()
    if remark == visit.remark:
        raise invalid("/remark", "other", "Must not be what the visit says already.")
    if remark == "overtaken":
        work.session.execute(text("UPDATE visits SET version = version + 1 WHERE id = :id"), {"id": id})
    visit.remark = remark
    return visit


def search(work: Work, *, cursor: str | None, limit: int) -> Page:
    """The visits that the caller may see, newest first."""
    return work.page(work.visible(Visit), model=Visit, limit=limit, cursor=cursor)


class SampleService:
    """The sample's doors."""

    name = "sample"

    record_visit = command(record, takes=RecordVisit, gives=VisitView, permission="cases.contact.record")
    read_visit = query(read, takes=ById, gives=VisitView, permission="cases.case.read")
    amend_visit = command(
        amend, takes=AmendVisit, gives=VisitView, permission="cases.contact.record", versioned=True
    )
    list_visits = query(
        search, takes=Paging, gives=page_of(VisitView), permission="cases.contact.list", action="search"
    )
    read_finding = query(_reading(Finding), takes=ById, gives=FindingView, permission="cases.case.read")
    read_note = query(_reading(Note), takes=ById, gives=NoteView, permission="cases.case.read")
    read_talk = query(_reading(Talk), takes=ById, gives=TalkView, permission="cases.case.read")
    read_match = query(_reading(Match), takes=ById, gives=PairView, permission="cases.case.read")
    read_tie = query(_reading(Tie), takes=ById, gives=PairView, permission="cases.case.read")
    read_line = query(_reading(Line), takes=ById, gives=LineView, permission="cases.case.read")
    why = why_door(VIEWS, permission="cases.access.explain")
    preview = reveal_door(VIEWS, permission="cases.access.explain")
    health = health_door()
