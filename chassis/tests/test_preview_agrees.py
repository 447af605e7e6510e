"""A preview says what a consent then shows, and leaves nothing behind (CO-7)."""

from __future__ import annotations

import sys
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from why_family import (
    A_GRANT,
    CATEGORIES,
    SHORT,
    WORKER,
    Family,
    InLane,
    WorkAs,
    give,
    grants_of,
)

from chassis import consented
from chassis.events import Event, Received
from chassis.identity import Actor
from chassis.ids import new_id
from chassis.testing import Clock, ServiceDatabase, make_actor

pytestmark = pytest.mark.postgres


@settings(SHORT, max_examples=15)
@given(
    callers=grants_of(),
    theirs=grants_of(),
    categories=st.sets(st.sampled_from(CATEGORIES), min_size=1),
    purpose=st.sampled_from(["care", "coordination"]),
    own=st.booleans(),
    by_worker=st.booleans(),
)
def test_after_a_consent_has_arrived_its_recipient_sees_what_the_preview_said(
    database: ServiceDatabase,
    work_as: WorkAs,
    in_lane: InLane,
    call: Any,
    clock: Clock,
    callers: list[dict[str, Any]],
    theirs: list[dict[str, Any]],
    categories: set[str],
    purpose: str,
    own: bool,
    by_worker: bool,
) -> None:
    database.clear()
    recipient = make_actor(
        subject="youth-worker", roles=["social_worker"], organisation="youth-service", purpose=purpose
    )
    named = "worker:youth-worker" if by_worker else "organisation:youth-service"
    with in_lane() as work:
        family = Family(work, kept_by=[])
        work.heard("consent", sent_at=clock.now)
        for row in callers:
            give(work, family, row)
        for row in theirs:
            give(work, family, {**row, "grantee": named})
        if own:
            work.grants.give(
                grantee="worker:worker-1",
                record=("person", family.persons["one"]),
                categories=CATEGORIES,
                basis="self",
                reaches_restricted=True,
            )
    asked = {
        "person_id": str(family.persons["one"]),
        "recipient": named,
        "categories": sorted(categories),
        "purposes": [purpose],
    }
    told = call("preview", asked, actor=WORKER)
    assert told.status == 200, told.body
    opens = {each["kind"]: each for each in told.body["opens"]}
    assert sorted([*opens, *told.body["stays_closed"]]) == ["line", "match", "tie", "visit"]
    before = visible(work_as, recipient)

    with in_lane() as work:
        data = {
            "consent_id": str(new_id()),
            **asked,
            "valid_from": clock.now.isoformat(),
            "valid_until": None,
        }
        event = Event(key="consent.consent.given.v1", subject="c", data=data)
        consented.given(
            work,
            event=Received(
                id=event.id,
                key=event.key,
                source="consent",
                subject="c",
                version=None,
                time=event.time,
                data=data,
            ),
        )
    after, mine = visible(work_as, recipient), visible(work_as, WORKER)
    for kind in ("visit", "match", "tie"):
        seen = opens.get(kind, {"records": 0, "already": 0 if own else None, "fields": []})
        if own:
            assert seen["records"] == len(after[kind] & mine[kind])
            assert kind not in opens or seen["already"] == len(before[kind] & mine[kind])
        else:
            assert seen["already"] is None
            assert len((after[kind] - before[kind]) & mine[kind]) <= seen["records"] + (kind == "match")
        if kind in opens and after[kind] and not before[kind] and not theirs:
            body = call(f"read_{kind}", {"id": str(family.ids[kind])}, actor=recipient).body
            assert {each["name"] for each in seen["fields"]} == body.keys() & {
                "complaint",
                "remark",
                "likeness",
                "ailment",
            }


def visible(work_as: WorkAs, actor: Actor) -> dict[str, set[UUID]]:
    """What somebody sees of these kinds."""
    sample = sys.modules["sample"]
    with work_as(actor) as work:
        return {
            kind: set(
                work.session.scalars(
                    work.visible(getattr(sample, kind.capitalize())).with_only_columns(
                        getattr(sample, kind.capitalize()).id
                    )
                )
            )
            for kind in ("visit", "match", "tie")
        }


def test_a_preview_leaves_nothing_behind(
    database: ServiceDatabase, in_lane: InLane, call: Any, clock: Clock
) -> None:
    with in_lane() as work:
        family = Family(work, kept_by=[])
        give(work, family, {**A_GRANT, "grantee": "worker:worker-1"})
    asked = {
        "person_id": str(family.persons["one"]),
        "recipient": "team:mentors",
        "categories": ["health"],
        "purposes": ["care"],
    }
    assert call("preview", asked, actor=WORKER).body["opens"]
    then = clock.now
    clock.advance(minutes=1)
    asked_back = {"kind": "visit", "id": str(family.ids["visit"]), "at": then.isoformat()}
    assert call("why", asked_back, actor=WORKER).body["permitted"]
    with in_lane() as work:
        assert len(work.grants.live(record=("person", family.persons["one"]))) == 1


def test_a_preview_of_a_restricted_person_is_that_of_an_unknown_one_and_its_entry_says_what_it_was(
    in_lane: InLane, call: Any, clock: Clock, outbox: Any
) -> None:
    with in_lane() as work:
        family = Family(work, kept_by=[])
        give(work, family, {**A_GRANT, "grantee": "worker:worker-1"})
        work.restrict(family.persons["one"])
    asked = {"recipient": "team:mentors", "categories": ["health", "notes"], "purposes": ["care"]}
    of_hidden = call("preview", {**asked, "person_id": str(family.persons["one"])}, actor=WORKER)
    of_nobody = call("preview", {**asked, "person_id": str(new_id())}, actor=WORKER)
    assert of_hidden.body == of_nobody.body
    assert {each["records"] for each in of_hidden.body["opens"]} == {0}
    hidden, nobody = outbox.entries()[-2:]
    assert (hidden["restricted"], nobody["restricted"]) == (True, False)
    # By this the audit service tells an attempt.
    assert (hidden["outcome"], hidden["basis"]) == ("permitted", [])
