"""Who the story is about and what they know so far, and how its scene is set."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.story.client import Answer, Person, Platform, StoryBroken
from tests.story.listener import Listener
from tests.story.proofs import Verdict

CONTENT = ["caring", "education", "family", "health", "housing", "income"]
ANSWERS = [
    {"question": "caring.responsibilities", "choice": "whole_household"},
    {"question": "caring.needs", "text": "Help at home, so that I do not have to do everything."},
    {"question": "development.learning.needs", "text": "Later deadlines for homework."},
    {"question": "family.strengths", "text": "We stick together."},
    {"question": "health.family.needs", "text": "My mother is ill again."},
    {"question": "housing.rent", "choice": "arrears", "text": "I could not pay it for a while."},
    {"question": "income.needs", "text": "The bills for heating."},
]
AGENCIES = {
    "school": ("The school", "education"),
    "youth-service": ("Youth service", "youth_service"),
    "social-care": ("Children's social care", "children_social_care"),
    "housing": ("Housing office", "housing"),
    "young-carers": ("Young carers' group", "voluntary"),
}
PRACTITIONERS = {
    "mentor": ("school", "Learning mentor"),
    "youth-worker": ("youth-service", "Youth worker"),
    "housing-officer": ("housing", "Housing officer"),
}


@dataclass
class Story:
    """What the people of the story know so far."""

    platform: Platform
    public_key: str | None = None
    kept_in: Path | None = None
    run: str = field(default_factory=lambda: "".join(secrets.choice("bcdfghklmnprstvz") for _ in range(6)))
    today: date = field(default_factory=date.today)
    girl: str = ""
    mother: str = ""
    case: str = ""
    consents: dict[str, str] = field(default_factory=dict)
    assessment: str = ""
    actions: dict[str, str] = field(default_factory=dict)
    authorisation: str = ""
    listener: Listener | None = None
    refused_after_s: float = 0.0
    verdict: Verdict | None = None
    report: list[dict[str, Any]] = field(default_factory=list)
    day: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, subject: str) -> Person:
        return self.platform.person(subject)

    @property
    def folder(self) -> Path:
        """Where the auditor keeps what was exported."""
        if self.kept_in is None:
            raise StoryBroken("the auditor has no folder to keep files in")
        return self.kept_in

    @property
    def born_on(self) -> date:
        """The girl is 15."""
        return (
            date(self.today.year - 16, 12, 3) if self.today.month < 12 else date(self.today.year - 15, 1, 3)
        )

    def directory(self, reader: str = "mentor") -> dict[str, Any]:
        """The girl's entry in the directory, as a practitioner reads it."""
        body: dict[str, Any] = self[reader].get(f"/directory/{self.girl}").expect().body
        return body

    def accreditation(self, *more: str) -> dict[str, Any]:
        """For whom the directory's feed may speak: the agencies of the story, and more."""
        return {
            "name": "Records of the borough",
            "organisations": sorted({*AGENCIES, *more}),
            "sectors": sorted({"mental_health", *(sector for _, sector in AGENCIES.values())}),
            "valid_from": str(self.today - timedelta(days=1)),
            "valid_until": str(self.today + timedelta(days=365)),
        }

    def case_file(self, reader: str) -> Answer:
        return self[reader].get(f"/cases/{self.case}").expect()

    def consent(self, name: str, *, recorder: str, to: str, categories: list[str], **said: Any) -> str:
        """Record that the girl agrees, after somebody explained it to her."""
        body = {
            "person_id": self.girl,
            "recipient": to,
            "categories": categories,
            "purposes": ["care"],
            "form": "verbal",
            "explanation": {
                "explained_by": "mentor",
                "text": "Who will see what, what for, and that you can take it back at any time.",
                "refusal_explained": True,
            },
            **said,
        }

        def recorded() -> str | None:
            answer = self[recorder].post("/consents", body)
            return None if answer.status == 404 else str(answer.expect().body["id"])

        # The person may still be on the way from intake to consent.
        self.consents[name] = self.platform.until("the consent can be recorded", recorded)
        return self.consents[name]


def the_scene(story: Story) -> str:
    """An auditor listens; intake knows the girl and her mother; two agencies have been involved."""
    story.listener = Listener(story["auditor"]).start()
    feed, intake = story["directory-feed"], story["intake-worker"]
    story["privacy-officer"].put("/accredited-systems/directory-feed", story.accreditation()).expect()
    for organisation, (name, sector) in AGENCIES.items():
        details = {"name": name, "sector": sector, "phone": "+1 250 555 0100", "hours": "Weekdays 9 to 17"}
        feed.put(f"/agencies/{organisation}", details).expect()
    for worker, (organisation, title) in PRACTITIONERS.items():
        details = {"organisation": organisation, "name": title, "title": title, "phone": "+1 250 555 0101"}
        feed.put(f"/practitioners/{worker}", details).expect()

    born = {"year": story.born_on.year, "month": story.born_on.month, "day": story.born_on.day}
    known_as = {"kind": "alias", "family": story.run}
    girl = {"names": [{**known_as, "given": "Girl"}], "born": born}
    mother = {"names": [{**known_as, "given": "Mother"}]}
    story.girl = intake.post("/people", girl).expect().body["id"]
    story.mother = intake.post("/people", mother).expect().body["id"]
    for account, person in (("girl", story.girl), ("mother", story.mother)):
        linked = {"account": account, "relation": "self"}
        intake.post(f"/people/{person}/accounts", linked).expect()

    feed.post(
        "/involvements",
        {
            "reference": f"care-{story.run}",
            "person_id": story.girl,
            "organisation": "social-care",
            "role": "social_worker",
            "since": str(story.today - timedelta(days=500)),
            "until": str(story.today - timedelta(days=60)),
        },
    ).expect()
    case = {
        "program": "youth_service",
        "role": "youth_worker",
        "members": [
            {"person_id": story.girl, "relation": "young_person"},
            {"person_id": story.mother, "relation": "mother"},
        ],
    }
    story.case = story["youth-worker"].once_known("both are known to the case work", "/cases", case)["id"]
    return "Intake knows a girl of 15 and her mother; social care has ended its work, the youth service works on."


def hold(fact: bool, told: str) -> None:
    """Hold the platform to the story."""
    if not fact:
        raise StoryBroken(f"the story says: {told}")
