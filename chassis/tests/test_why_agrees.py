"""*Why* says what the door does, now and of a moment that has passed (CO-7)."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from why_family import (
    GRANTEES,
    KINDS,
    SHORT,
    WORKER,
    Family,
    InLane,
    WorkAs,
    give,
    grants_of,
    overseer,
)

from chassis.access.explain import explain
from chassis.access.standing import Standings
from chassis.testing import Clock, ServiceDatabase

pytestmark = pytest.mark.postgres


@settings(SHORT, max_examples=30)
@given(
    kind=st.sampled_from(KINDS),
    rows=grants_of(),
    restricted=st.sets(st.sampled_from(["one", "other", "about", "talked_to"]), max_size=2),
    heard=st.booleans(),
    kept=st.sets(st.sampled_from(GRANTEES), max_size=2),
)
def test_why_says_what_the_door_does(
    database: ServiceDatabase,
    work_as: WorkAs,
    in_lane: InLane,
    keeper: Any,
    call: Any,
    outbox: Any,
    clock: Clock,
    kind: str,
    rows: list[dict[str, Any]],
    restricted: set[str],
    heard: bool,
    kept: set[str],
) -> None:
    database.clear()
    keeper.standings = Standings(database.door)  # as of a process that has met nobody yet
    with in_lane() as work:
        family = Family(work, kept_by=sorted(kept))
        for name in sorted(restricted):
            work.restrict(family.persons[name])
        if heard:
            work.heard("consent", sent_at=clock.now)
        for row in rows:
            give(work, family, row)
    record_id = family.ids[kind]

    shown = call(f"read_{kind}", {"id": str(record_id)}, actor=WORKER)
    entry = outbox.entries()[-1]
    why = call("why", {"kind": kind, "id": str(record_id)}, actor=WORKER)

    assert (why.status == 404) is (shown.status == 404)
    if why.status == 404:
        return
    told = why.body
    assert told["permitted"] is (shown.status == 200)
    counting = [grant for grant in told["grants"] if grant["counts"]]
    if not told["permitted"]:
        assert not counting or told["because"] in ("other_record_not_granted", "list_not_renewed")
        assert told["categories"] == [] and not any(field["shown"] for field in told["fields"])
    else:
        assert counting or kind == "line"
        assert {each["category"] for each in told["fields"] if each["shown"]} == set(entry["categories"])
        assert told["withheld"] == entry["withheld"]
        assert {grant["grant_id"] for grant in told["grants"] if grant["shows"]} == {
            each["grant"] for each in entry["basis"]
        }
    with work_as(WORKER) as work:
        table = getattr(sys.modules["sample"], kind.capitalize())
        changes = work.session.scalars(work.visible(table, writing=True).where(table.id == record_id)).all()
        assert told["may_write"] is (bool(changes) and told["permitted"])

    keeper.standings.keep()
    if restricted:
        return
    with work_as(overseer()) as work:
        asked = explain(
            work,
            kind=kind,
            id=record_id,
            worker="worker-1",
            at=None,
            purpose="care",
            grants=[],
            views=sys.modules["sample"].VIEWS,
        )
    same = ("permitted", "may_write", "because", "categories", "withheld", "fields", "considered")
    assert {name: asked[name] for name in same} == {name: told[name] for name in same}
    assert asked["known_from"] == "last_seen"


@settings(SHORT, max_examples=15)
@given(
    kind=st.sampled_from([kind for kind in KINDS if kind != "line"]),
    rows=grants_of(),
    later=grants_of(),
    ends=st.sets(st.sampled_from(["one", "visit", "folder", "other"])),
)
def test_why_says_of_a_moment_that_has_passed_what_the_door_did_then(
    database: ServiceDatabase,
    in_lane: InLane,
    call: Any,
    clock: Clock,
    kind: str,
    rows: list[dict[str, Any]],
    later: list[dict[str, Any]],
    ends: set[str],
) -> None:
    database.clear()
    with in_lane() as work:
        family = Family(work, kept_by=[])
        work.heard("consent", sent_at=clock.now)
        for row in rows:
            give(work, family, row)
    asked = {"kind": kind, "id": str(family.ids[kind])}
    then = clock.now
    before = call("why", asked, actor=WORKER).body

    clock.advance(minutes=30)
    with in_lane() as work:
        for name in sorted(ends):
            work.grants.end(record=family.record(name))
        for row in later:
            give(work, family, row)
    after = call("why", {**asked, "at": then.isoformat()}, actor=WORKER).body

    same = ("permitted", "may_write", "categories", "fields", "at")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    opened = {grant["grant_id"] for grant in before["grants"] if grant["shows"]}
    assert {grant["grant_id"] for grant in after["grants"] if grant["shows"]} == opened
    assert after["taken_as_now"] and not before["taken_as_now"]
