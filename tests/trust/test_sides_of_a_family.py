"""Mother and girl in a shelter, a father on the team: he sees the shared plan, nothing that protects (CA-1)."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from tests.story.client import Answer, Person, Platform

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

UNKNOWN = "01931f0e-7c1a-7000-8000-0000000fffff"
BED = "The bed at Hill Road"


@dataclass
class Family:
    """The case and its people."""

    platform: Platform
    persons: dict[str, str]
    case: dict[str, Any]

    def __getitem__(self, subject: str) -> Person:
        return self.platform.person(subject)

    @property
    def path(self) -> str:
        return f"/cases/{self.case['id']}"

    def writes(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = self["mentor"].post(f"{self.path}{path}", body).expect().body
        return told

    def everything_for(self, subject: str) -> list[Answer]:
        """Every route of cases that somebody of the family may ask, as they answer."""
        reader = self[subject]
        return [
            reader.get("/cases"),
            reader.get("/cases", person_id=self.persons["mother"]),
            reader.get(self.path),
            reader.get(f"{self.path}/plan"),
            reader.get(f"{self.path}/meetings"),
            reader.get(f"{self.path}/contacts"),
            reader.get(f"{self.path}/visibility"),
            reader.get("/why/cases", kind="case", id=self.case["id"]),
            reader.get("/why/cases", kind="plan", id=self.case["id"]),
        ]


def recorded(platform: Platform) -> str:
    name = "Member " + "".join(secrets.choice("bcdfghklmnprstvz") for _ in range(8))
    named = {"names": [{"kind": "alias", "given": name}]}
    return str(platform.person("intake-worker").post("/people", named).expect().body["id"])


@pytest.fixture
def family(platform: Platform) -> Family:
    """A case whose team holds the mother, the girl and the father; each sign-in is known to be theirs."""
    persons = {each: recorded(platform) for each in ("mother", "girl", "father")}
    for subject, person in persons.items():
        linked = {"account": subject, "relation": "self"}
        platform.person("intake-worker").post(f"/people/{person}/accounts", linked).expect()
    members = [{"person_id": person, "relation": relation} for relation, person in persons.items()]
    opening = {"program": "youth_service", "role": "worker", "members": members}
    case = platform.person("mentor").once_known("the case can be opened", "/cases", opening)
    family = Family(platform=platform, persons=persons, case=case)
    for subject, standing in (("mother", "client"), ("girl", "client"), ("father", "relative")):
        family.writes("/team", {"worker": subject, "standing": standing, "role": "family"})
    family.writes("/plan", {"needs": "Football on Fridays"})
    hers = next(each for each in case["members"] if each["person_id"] == persons["mother"])
    kept = {"kept_from": [persons["father"]], "reason": "An order of the court"}
    family["mentor"].put(f"{family.path}/members/{hers['id']}/kept-from", kept).expect()
    return family


@pytest.fixture
def protected(family: Family) -> Family:
    """What protects the mother is in the plan, the team, the meeting and the contacts."""
    hers = {
        "about": [family.persons["mother"]],
        "shown_to": [family.persons["mother"], family.persons["girl"]],
    }
    joining = {
        "worker": "shelter-worker",
        "organisation": "shelter",
        "standing": "staff",
        "role": "shelter_worker",
    }
    family.writes("/team", {**joining, "visibility": hers})
    family.writes("/plan/sections", {"section": "safety", "words": BED, "visibility": hers})
    goal = {"wish": BED, "measure": BED, "target_on": "2031-06-01"}
    family.writes("/plan/goals", {**goal, "visibility": hers})
    family.writes("/plan/goals", {**goal, "wish": "Finish school", "measure": "A certificate"})
    action = {"description": BED, "due_on": "2031-06-01", "owner": "shelter-worker"}
    family.writes("/plan/actions", action)
    family.writes("/plan/actions", {**action, "description": "Boots", "owner": "mentor"})
    family.writes(
        "/meetings",
        {
            "held_at": "2026-03-04T09:00:00-08:00",
            "place": "School",
            "attendees": [
                {"worker": "shelter-worker"},
                {"person_id": family.persons["mother"]},
                {"person_id": family.persons["father"]},
            ],
            "decisions": ["The girl finishes school"],
            "further_decisions": [{"words": BED, "visibility": hers}],
        },
    )
    family.writes(
        "/contacts",
        {
            "person_id": family.persons["mother"],
            "took_place_at": "2026-03-04T09:00:00-08:00",
            "means": "in_person",
            "place": BED,
            "in_community": True,
            "length_minutes": 30,
        },
    )
    return family


def known_as_father(family: Family) -> None:
    """Wait until cases has heard whose sign-in it is; until then he sees less still."""

    def heard() -> bool | None:
        seen = family["father"].get(family.path).expect().body["members"]
        mother = family["mother"].get(family.path).expect().body["members"]
        return True if len(seen) == 2 and len(mother) == 3 else None

    family.platform.until("cases knows whose sign-ins these are", heard)


def test_the_father_sees_the_shared_plan_and_no_trace_of_what_protects_her(protected: Family) -> None:
    def no_trace() -> None:
        told = json.dumps([answer.body for answer in protected.everything_for("father")])
        for word in (BED, "shelter", protected.persons["mother"]):
            assert word not in told

    no_trace()  # whatever cases has heard so far
    known_as_father(protected)
    no_trace()
    plan = protected["father"].get(f"{protected.path}/plan").expect().body
    assert plan["needs"] == "Football on Fridays"
    assert [each["wish"] for each in plan["goals"]] == ["Finish school"]
    assert [each["description"] for each in plan["actions"]] == ["Boots"]
    (meeting,) = protected["father"].get(f"{protected.path}/meetings").expect().body["items"]
    assert meeting["decisions"] == ["The girl finishes school"]
    assert [each["person_id"] for each in meeting["attendees"]] == [protected.persons["father"]]


def test_mother_and_girl_see_both_and_the_mother_s_secret_stays_from_nobody_she_names(
    protected: Family,
) -> None:
    known_as_father(protected)
    for reader in ("mother", "girl"):
        plan = protected[reader].get(f"{protected.path}/plan").expect().body
        assert [each["wish"] for each in plan["goals"]] == [BED, "Finish school"]
        assert [each["words"] for each in plan["sections"]] == [BED]
        team = protected[reader].get(protected.path).expect().body["team"]
        assert "shelter-worker" in {each["worker"] for each in team}


def test_an_id_that_he_learned_is_as_unknown_to_him_as_any(protected: Family) -> None:
    known_as_father(protected)
    plan = protected["mentor"].get(f"{protected.path}/plan").expect().body
    hidden = {"goal": plan["goals"][0]["id"], "action": plan["actions"][0]["id"]}
    for kind, known in hidden.items():
        answers = [protected["father"].get("/why/cases", kind=kind, id=each) for each in (known, UNKNOWN)]
        assert [answer.status for answer in answers] == [404, 404]
        first, second = (
            {k: v for k, v in answer.body.items() if k not in ("trace_id", "instance")} for answer in answers
        )
        assert first == second


def test_what_happens_on_her_side_moves_no_tag_of_his(protected: Family) -> None:
    known_as_father(protected)

    def tags() -> list[str | None]:
        return [protected["father"].get(path).etag for path in (protected.path, f"{protected.path}/plan")]

    before = tags()
    about_her = {"about": [protected.persons["mother"]]}
    goal = {"wish": "Sleep", "measure": "Eight hours", "target_on": "2031-06-01", "visibility": about_her}
    protected.writes("/plan/goals", goal)
    aunt = {"person_id": recorded(protected.platform), "relation": "aunt"}
    protected.writes("/members", {**aunt, "kept_from": [protected.persons["father"]]})
    assert tags() == before


def test_narrowing_counts_at_once_and_says_who_when_and_why(protected: Family) -> None:
    known_as_father(protected)
    plan = protected["mentor"].get(f"{protected.path}/plan").expect().body
    goal = next(each["id"] for each in plan["goals"] if each["wish"] == "Finish school")
    said = {"kind": "goal", "item_id": goal, "shown_to": [protected.persons["girl"]], "reason": "She asked"}
    protected["father"].ask("PUT", f"{protected.path}/visibility", body=said).expect(403)
    protected["mentor"].put(f"{protected.path}/visibility", said).expect()
    assert protected["father"].get(f"{protected.path}/plan").expect().body["goals"] == []
    (word,) = protected["mentor"].get(f"{protected.path}/visibility", item_id=goal).expect().body["items"]
    assert (word["decided_by"], word["reason"], word["ended_at"]) == ("mentor", "She asked", None)
