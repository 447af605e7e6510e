"""Who may ask why somebody else sees, and from what that is known (CO-7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from why_family import (
    A_GRANT,
    CATEGORIES,
    WORKER,
    Family,
    InLane,
    WorkAs,
    give,
    overseer,
)

from chassis.access.explain import explain
from chassis.errors import PermissionMissing
from chassis.ids import new_id
from chassis.testing import Clock, ServiceDatabase, make_actor

pytestmark = pytest.mark.postgres


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
