"""A restricted record and one that is not there: the same answer by the same work, so time tells nothing (CO-5)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import event

from chassis.ids import new_id
from chassis.testing import Answer, ServiceDatabase, make_actor

pytestmark = pytest.mark.postgres
WORKER = make_actor(subject="worker-1")

Ask = Callable[..., Answer]


@contextmanager
def statements(database: ServiceDatabase) -> Iterator[list[str]]:
    """What is asked of PostgreSQL meanwhile, as it is written and without what is given to it."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    def transaction(_connection: Any) -> None:
        asked.append("--")

    engine = database.door.kw["bind"]
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "begin", transaction)
    event.listen(engine, "commit", transaction)
    event.listen(engine, "rollback", transaction)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
        for moment in ("begin", "commit", "rollback"):
            event.remove(engine, moment, transaction)


@pytest.fixture
def restricted(in_lane: Any) -> UUID:
    """A visit to somebody restricted, which the worker saw until then."""
    sample = sys.modules["sample"]
    with in_lane() as work:
        visit = sample.Visit(id=new_id(), person_id=new_id(), complaint="c", remark="r")
        work.session.add(visit)
        for record in (("visit", visit.id), ("person", visit.person_id)):
            work.grants.give(
                grantee="worker:worker-1", record=record, categories=["health"], basis="team", may_write=True
            )
        work.restrict(visit.person_id)
    return UUID(str(visit.id))


DOORS: dict[str, Callable[[UUID], dict[str, Any]]] = {
    "read_visit": lambda record: {"id": str(record)},
    "amend_visit": lambda record: {"id": str(record), "remark": "x"},
    "why": lambda record: {"kind": "visit", "id": str(record)},
}


def asked(call: Ask, door: str, record: UUID) -> tuple[int, Any, str | None]:
    answer = call(door, DOORS[door](record), actor=WORKER, if_match='"1.0"')
    return answer.status, orjson.loads(answer.reply.body), answer.etag


@pytest.mark.parametrize("door", DOORS)
def test_a_restricted_record_is_answered_as_one_that_is_not_there(
    door: str, call: Ask, restricted: UUID
) -> None:
    told = asked(call, door, restricted)
    assert told == asked(call, door, uuid4())
    assert told[0] == 404


@pytest.mark.parametrize("door", DOORS)
def test_and_by_the_same_statements(
    door: str, call: Ask, restricted: UUID, database: ServiceDatabase
) -> None:
    asked(call, door, uuid4())  # what is prepared once is prepared now
    with statements(database) as of_nothing:
        asked(call, door, uuid4())
    with statements(database) as of_her:
        asked(call, door, restricted)
    assert of_her == of_nothing
    assert len(of_her) > 3


def test_a_list_says_nothing_of_her(call: Ask, restricted: UUID) -> None:
    answer = call("list_visits", {}, actor=WORKER)
    assert answer.body == {"items": [], "next_cursor": None}


def test_a_forged_cursor_at_her_record_turns_the_page_as_any_other(call: Ask, restricted: UUID) -> None:
    from chassis.work import write_cursor

    pages = [
        call("list_visits", {"cursor": write_cursor(each)}, actor=WORKER).body
        for each in (restricted, uuid4(), new_id())
    ]
    assert pages == [{"items": [], "next_cursor": None}] * 3
