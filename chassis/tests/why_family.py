"""A family that stands in records of every kind, the grants on them, and those who look (CO-7)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from chassis.identity import Actor
from chassis.ids import new_id
from chassis.testing import make_actor
from chassis.work import Work

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
