"""A service of no meaning, with one table for each way in which a row can stand under need-to-know."""

from __future__ import annotations

from uuid import UUID

from marshmallow import fields
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Versioned
from chassis.doors import command, health_door, query, why_door
from chassis.errors import RuleBroken
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
    """Change the remark; an ended visit refuses."""
    visit = work.load(Visit, id, for_update=True)
    if visit.remark == "ended":
        raise VisitEnded()
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
    why = why_door({"visit": Visit}, permission="cases.access.explain")
    health = health_door()
