"""What the tests of cases are about: a family, the people around it, and the words they use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.identity import Actor
from chassis.testing import Answer, make_actor

CONTENT = ["caring", "education", "family", "health", "housing", "income"]

MENTOR = make_actor(subject="mentor", organisation="school", roles=["practitioner"])
YOUTH_WORKER = make_actor(subject="youth-worker", organisation="youth-service", roles=["practitioner"])
HOUSING_OFFICER = make_actor(subject="housing-officer", organisation="housing", roles=["practitioner"])
SUPERVISOR = make_actor(subject="supervisor", organisation="school", roles=["team_lead"])
CARERS_WORKER = make_actor(subject="carers-worker", organisation="young-carers", roles=["provider_user"])
GIRL = make_actor(subject="girl", organisation=None, roles=["client"])
FATHER = make_actor(subject="father", organisation=None, roles=["client"])

ANSWERS = [
    {"question": "caring.responsibilities", "choice": "whole_household"},
    {"question": "housing.rent", "choice": "arrears", "text": "Two months."},
    {"question": "housing.needs", "text": "A plan for the arrears."},
    {"question": "development.health.needs", "text": "Tired all day."},
]


@dataclass
class Family:
    """A case in the making, told in the words of the field; every step goes through the doors."""

    call: Callable[..., Answer]
    receive: Callable[..., Any]
    girl: UUID = field(default_factory=uuid4)
    mother: UUID = field(default_factory=uuid4)
    case: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.recorded(self.girl, self.mother)

    def recorded(self, *persons: UUID) -> None:
        """Intake has recorded them, so that they can be named as family."""
        for person in persons:
            self.receive("intake.person.recorded.v1", subject=person, data={"person_id": person})

    def somebody(self) -> UUID:
        """One more person, recorded a moment ago."""
        person = uuid4()
        self.recorded(person)
        return person

    @property
    def id(self) -> str:
        return str(self.case["id"])

    def opened_by(self, actor: Actor, **said: Any) -> Family:
        members = [
            {"person_id": str(self.girl), "relation": "young_person"},
            {"person_id": str(self.mother), "relation": "mother"},
        ]
        body = {"program": "youth_service", "role": "worker", "members": members, **said}
        self.case = good(self.call("open_case", body, actor=actor))
        return self

    def as_seen_by(self, actor: Actor) -> dict[str, Any]:
        return good(self.call("read_case", {"case_id": self.id}, actor=actor))

    def etag(self, actor: Actor) -> str:
        etag = self.call("read_case", {"case_id": self.id}, actor=actor).etag
        assert etag is not None
        return etag

    def joined_by(self, actor: Actor, *, brought_by: Actor, standing: str = "staff") -> dict[str, Any]:
        return good(self.asks_to_join(actor, brought_by=brought_by, standing=standing))

    def asks_to_join(self, actor: Actor, *, brought_by: Actor, standing: str = "staff") -> Answer:
        body = {
            "case_id": self.id,
            "worker": actor.subject,
            "organisation": actor.organisation,
            "standing": standing,
            "role": "helper",
        }
        return self.call("add_team_member", body, actor=brought_by)

    def consents(
        self,
        *,
        to: str,
        categories: list[str],
        purposes: list[str] | None = None,
        consent_id: UUID | None = None,
        valid_until: datetime | None = None,
    ) -> UUID:
        consent_id = consent_id or uuid4()
        self.receive(
            "consent.consent.given.v1",
            subject=consent_id,
            data={
                "consent_id": consent_id,
                "person_id": self.girl,
                "recipient": to,
                "categories": categories,
                "purposes": purposes or ["care", "assessment"],
                "valid_from": datetime(2026, 3, 1, tzinfo=UTC),
                "valid_until": valid_until,
            },
        )
        return consent_id

    def withdraws(self, consent_id: UUID) -> None:
        self.receive(
            "consent.consent.withdrawn.v1",
            subject=consent_id,
            data={
                "consent_id": consent_id,
                "person_id": self.girl,
                "at": datetime(2026, 3, 4, 17, 0, tzinfo=UTC),
            },
        )

    def assessed_by(self, actor: Actor, *, consent_id: UUID, **said: Any) -> Answer:
        body = {
            "case_id": self.id,
            "person_id": str(self.girl),
            "consent_id": str(consent_id),
            "form": "common_assessment",
            "answers": ANSWERS,
            **said,
        }
        return self.call("record_assessment", body, actor=actor)

    def signs_in(self, account: str, *, person: UUID, relation: str = "self") -> dict[str, Any]:
        link = {"link_id": uuid4(), "person_id": person, "account": account, "relation": relation}
        self.receive("intake.person.account_linked.v1", subject=person, data=link)
        return link

    def unlinked(self, link: dict[str, Any], *, because: str = "recorded_in_error") -> None:
        at = {"linked_at": datetime(2026, 3, 4, 17, tzinfo=UTC), "at": datetime(2026, 3, 4, 18, tzinfo=UTC)}
        told = {**link, "because": because, **at}
        self.receive("intake.person.account_unlinked.v1", subject=link["person_id"], data=told)


def a_stranger() -> Actor:
    """A practitioner who is on nobody's team."""
    return make_actor(subject="stranger", organisation="youth-service", roles=["practitioner"])


def good(answer: Answer) -> dict[str, Any]:
    """The body of an answer that went well; says what was wrong otherwise."""
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body
