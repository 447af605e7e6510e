"""*Why* says what the door does, for whoever is asked about, and a preview what a consent then shows (CO-7)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis import consented
from chassis.access.explain import explain
from chassis.access.standing import Standings
from chassis.errors import PermissionMissing
from chassis.events import Event, Received
from chassis.identity import Actor
from chassis.ids import new_id
from chassis.testing import Clock, ServiceDatabase, make_actor
from chassis.work import Work

pytestmark = pytest.mark.postgres

WorkAs = Callable[[Actor], AbstractContextManager[Work]]
InLane = Callable[[], AbstractContextManager[Work]]
WORKER = make_actor(subject="worker-1", teams=["t"])
KINDS = ["visit", "finding", "note", "talk", "match", "tie", "line"]
GRANTEES = ["worker:worker-1", "team:t", "organisation:school", "role:practitioner", "worker:other"]
CATEGORIES = ["health", "notes", "identity", "housing"]
# Without shrinking: each example is several real transactions, and a failing one is short enough to read.
SHORT = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def overseer() -> Actor:
    actor = make_actor(subject="custodian", roles=["privacy_officer"], organisation=None)
    return replace(actor, permissions=actor.permissions | {"sample.access.oversee"})


class Family:
    """Two persons, and one record of each kind that names them."""

    def __init__(self, work: Work, *, kept_by: list[str]) -> None:
        sample = sys.modules["sample"]
        self.persons = {name: new_id() for name in ("one", "other", "about", "talked_to")}
        self.ids = {kind: new_id() for kind in [*KINDS, "folder"]}
        one, other = self.persons["one"], self.persons["other"]
        told = {"likeness": "l", "ailment": "a"}
        visit = sample.Visit(id=self.ids["visit"], person_id=one, complaint="c", remark="r")
        work.session.add(visit)
        work.session.flush()
        work.session.add_all(
            [
                sample.Finding(id=self.ids["finding"], visit_id=visit.id, category="housing"),
                sample.Note(id=self.ids["note"], visit_id=visit.id, about_id=self.persons["about"]),
                sample.Talk(
                    id=self.ids["talk"],
                    folder_id=self.ids["folder"],
                    person_id=self.persons["talked_to"],
                    said="s",
                    ailment="a",
                ),
                sample.Match(id=self.ids["match"], one_id=one, other_id=other, **told),
                sample.Tie(id=self.ids["tie"], one_id=one, other_id=other, **told),
                sample.Line(id=self.ids["line"], person_id=one, kept_by=kept_by, ailment="a"),
            ]
        )

    def record(self, name: str) -> tuple[str, UUID]:
        if name in self.persons:
            return "person", self.persons[name]
        return ("folder" if name == "folder" else "visit"), self.ids[name]


def grants_of() -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(
        st.fixed_dictionaries(
            {
                "grantee": st.sampled_from(GRANTEES),
                "on": st.sampled_from(["one", "other", "visit", "folder", "about", "line"]),
                "categories": st.sets(st.sampled_from(CATEGORIES), min_size=1),
                "purposes": st.sets(st.sampled_from(["care", "intake"])),
                "basis": st.sampled_from(["team", "consent", "emergency"]),
                "may_write": st.booleans(),
                "reaches_restricted": st.booleans(),
                "begins": st.integers(-2, 1),
                "ends": st.sampled_from([None, None, -1, 0, 2]),
                "ended": st.booleans(),
            }
        ),
        max_size=6,
    )


def give(work: Work, family: Family, row: dict[str, Any]) -> None:
    begins = work.now + timedelta(hours=row["begins"])
    ends = None if row["ends"] is None else work.now + timedelta(hours=row["ends"])
    if ends is not None and ends < begins:
        return
    kept = {name: row[name] for name in ("grantee", "categories", "purposes", "basis", "may_write")}
    reference = new_id()
    work.grants.give(
        **kept,
        record=family.record(row["on"]),
        reaches_restricted=row["reaches_restricted"],
        valid_from=begins,
        valid_until=ends,
        reference=reference,
    )
    if row["ended"]:
        work.grants.end(reference=reference)


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


def test_a_preview_of_a_restricted_person_is_that_of_an_unknown_one(
    in_lane: InLane, call: Any, clock: Clock
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


A_GRANT: dict[str, Any] = {
    "on": "one",
    "categories": ["health", "notes"],
    "purposes": [],
    "basis": "team",
    "may_write": False,
    "reaches_restricted": False,
    "begins": -1,
    "ends": None,
    "ended": False,
}


def test_the_person_may_ask_about_any_worker_and_learns_nothing_of_somebody_else(
    in_lane: InLane, call: Any, keeper: Any
) -> None:
    girl = make_actor(subject="girl", roles=["client"], organisation=None, purpose="own_record")
    call("list_visits", {}, actor=WORKER)
    with in_lane() as work:
        family = Family(work, kept_by=[])
        work.grants.give(
            grantee="worker:girl",
            record=("person", family.persons["one"]),
            categories=CATEGORIES,
            basis="self",
            reaches_restricted=True,
        )
        give(work, family, {**A_GRANT, "on": "other", "grantee": "team:t", "categories": ["health"]})
    tie = {"kind": "tie", "id": str(family.ids["tie"]), "worker": "worker-1"}
    told = call("why", tie, actor=girl).body
    assert (told["permitted"], told["grants"], told["incomplete"]) == (True, [], True)
    assert told["considered"] == []

    of_another = {"kind": "talk", "id": str(family.ids["talk"]), "worker": "worker-1"}
    assert call("why", of_another, actor=girl).body["code"] == "permission_missing"
    visit = {"kind": "visit", "id": str(family.ids["visit"]), "worker": "worker-1"}
    assert call("why", visit, actor=girl).body["because"] == "no_grant"


def test_a_lead_asks_about_workers_of_the_own_team_and_records_that_they_see(
    in_lane: InLane, work_as: WorkAs, call: Any, keeper: Any
) -> None:
    call("list_visits", {}, actor=WORKER)
    keeper.standings.keep()
    with in_lane() as work:
        family = Family(work, kept_by=[])
        give(work, family, {**A_GRANT, "grantee": "worker:lead"})
        give(work, family, {**A_GRANT, "on": "visit", "grantee": "team:t"})

    def asked(*, teams: list[str], kind: str = "visit") -> dict[str, Any]:
        lead = make_actor(subject="lead", roles=["team_lead"], teams=teams)
        lead = replace(lead, permissions=lead.permissions | {"sample.access.oversee_team"})
        with work_as(lead) as work:
            return explain(
                work,
                kind=kind,
                id=family.ids[kind],
                worker="worker-1",
                at=None,
                purpose=None,
                grants=[],
                views={},
            )

    told = asked(teams=["t"])
    assert (told["permitted"], told["purpose"]) == (True, "care")
    assert [grant["grantee"] for grant in told["grants"]] == ["team:t"]
    # The lead's own grants do not open who the person is, so neither does the answer.
    assert told["grants"][0]["record_id"] == family.ids["visit"]
    for refused in ({"teams": ["another"]}, {"teams": ["t"], "kind": "talk"}):
        with pytest.raises(PermissionMissing):
            asked(**refused)


def test_an_entry_s_grants_explain_an_access_of_a_worker_not_seen_here(
    in_lane: InLane, work_as: WorkAs, clock: Clock
) -> None:
    with in_lane() as work:
        family = Family(work, kept_by=[])
        grant = work.grants.give(
            grantee="team:unknown", record=family.record("visit"), categories=["health"], basis="team"
        )
        elsewhere = work.grants.give(
            grantee="team:elsewhere", record=("visit", new_id()), categories=["health"], basis="team"
        )
    then = clock.now
    clock.advance(days=1)
    with in_lane() as work:
        work.grants.end(record=family.record("visit"))

    def asked(**more: Any) -> dict[str, Any]:
        with work_as(overseer()) as work:
            return explain(
                work,
                kind="visit",
                id=family.ids["visit"],
                worker="stranger",
                **{"at": then, "purpose": "care", "grants": [], "views": {}, **more},
            )

    assert (asked()["permitted"], asked()["known_from"]) == (False, "name_only")
    by_entry = asked(grants=[grant.id, elsewhere.id])
    assert by_entry["permitted"] is True
    assert by_entry["considered"] == ["worker:stranger", "team:unknown"]
    assert [each["shows"] for each in by_entry["grants"]] == [["health"]]
    assert asked(grants=[grant.id], at=None)["because"] == "ended"


def test_asking_about_somebody_is_one_entry_that_names_them(in_lane: InLane, call: Any, outbox: Any) -> None:
    with in_lane() as work:
        family = Family(work, kept_by=[])
        work.grants.give(
            grantee="worker:girl",
            record=("person", family.persons["one"]),
            categories=CATEGORIES,
            basis="self",
        )
    girl = make_actor(subject="girl", roles=["client"], organisation=None, purpose="own_record")
    call("why", {"kind": "visit", "id": str(family.ids["visit"]), "worker": "worker-1"}, actor=girl)
    (entry,) = outbox.entries()
    assert (entry["asked_about"], entry["door"]) == ("worker-1", "why")


def test_a_worker_s_standing_is_written_when_it_changes_and_only_then(
    database: ServiceDatabase, call: Any, keeper: Any, clock: Clock
) -> None:
    def standings() -> list[tuple[str, ...]]:
        with database.lane() as session:
            rows = session.execute(text("SELECT teams FROM standings ORDER BY since"))
            return [tuple(row[0]) for row in rows]

    for teams in (["t"], ["t"], ["t", "u"], ["t", "u"]):
        call("list_visits", {}, actor=make_actor(subject="worker-1", teams=teams))
        keeper.standings.keep()
        clock.advance(minutes=1)
    assert standings() == [("t",), ("t", "u")]
