"""What the tests of intake are about: the people at the front desk, who comes to it, and the words they use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from chassis import moment
from chassis.identity import Actor
from chassis.testing import Answer, make_actor
from intake.directory.schemas import SECTORS

DESK = make_actor(subject="desk", organisation="intake-office", roles=["intake_worker"], teams=["front-desk"])
SAME_TEAM = make_actor(
    subject="desk-2", organisation="intake-office", roles=["intake_worker"], teams=["front-desk"]
)
OTHER_TEAM = make_actor(
    subject="desk-3", organisation="intake-office", roles=["intake_worker"], teams=["north"]
)
TEAM_LEAD = make_actor(subject="team-lead", organisation="intake-office", roles=["team_lead"])
MENTOR = make_actor(subject="mentor", organisation="school", roles=["practitioner"])
YOUTH_WORKER = make_actor(subject="youth-worker", organisation="youth-service", roles=["practitioner"])
SOCIAL_WORKER = make_actor(subject="social-worker", organisation="social-care", roles=["social_worker"])
CUSTODIAN = make_actor(subject="custodian", organisation="intake-office", roles=["privacy_officer"])
FEED = make_actor(subject="youth-records", organisation="youth-service", roles=["system_feed"])
GIRL = make_actor(subject="girl", organisation=None, roles=["client"])
MOTHER = make_actor(subject="mother", organisation=None, roles=["client"])

NAMED_RED = {
    "names": [{"kind": "alias", "given": "Red"}],
    "contact_points": [{"kind": "place", "value": "On the steps of the library", "safe_to_contact": True}],
}
EVERY_CRITERION_MET = {"child_or_youth": "met", "asks_for_support": "met"}


def good(answer: Answer) -> dict[str, Any]:
    """The body of an answer that went well."""
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def refused(answer: Answer) -> str:
    """The code of a refusal."""
    assert answer.status >= 400, answer.body
    code: str = answer.body["code"]
    return code


@dataclass
class FrontDesk:
    """Steps at the front desk, each through its door, by the desk unless somebody else is named."""

    call: Callable[..., Answer]
    receive: Callable[..., Any]
    accredited: list[str] = field(default_factory=list)

    # -- people

    def person(
        self, *, given: str = "Ana", family: str = "Lima", by: Actor = DESK, **known: Any
    ) -> dict[str, Any]:
        body = {"names": [{"kind": "legal", "given": given, "family": family}], **known}
        return good(self.call("record_person", body, actor=by))

    def girl(self, **known: Any) -> dict[str, Any]:
        return self.person(given="Hana", family="Ito", born={"year": 2010, "month": 6, "day": 1}, **known)

    def read_person(self, person_id: str, *, by: Actor = DESK) -> Answer:
        return self.call("read_person", {"person_id": person_id}, actor=by)

    def search(self, name: str, *, by: Actor = DESK, **asked: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = good(self.call("search_people", {"name": name, **asked}, actor=by))[
            "items"
        ]
        return items

    def restrict(self, person: dict[str, Any]) -> None:
        data = {"person_id": person["id"], "restriction_id": str(uuid4())}
        self.receive("consent.restriction.placed.v1", subject=person["id"], data=data)

    def lift(self, person: dict[str, Any]) -> None:
        data = {"person_id": person["id"], "restriction_id": str(uuid4())}
        self.receive("consent.restriction.lifted.v1", subject=person["id"], data=data)

    def consent(self, person: dict[str, Any], *, to: str, **said: Any) -> None:
        """The person lets somebody see what she says of her family, from now on unless said otherwise."""
        consent_id = uuid4()
        data = {
            "consent_id": consent_id,
            "person_id": person["id"],
            "recipient": to,
            "categories": ["family"],
            "purposes": ["coordination"],
            "valid_from": moment.now().isoformat(),
            "valid_until": None,
            **said,
        }
        self.receive("consent.consent.given.v1", subject=consent_id, data=data)

    # -- referrals

    def referral(self, *, by: Actor = DESK, **told: Any) -> dict[str, Any]:
        body = {
            "program": "child_and_family_services",
            "source": "professional",
            "reason": "She misses lessons and will not say why.",
            **told,
        }
        if "person_id" not in body and "person" not in body:
            body["person"] = NAMED_RED
        return good(self.call("receive_referral", body, actor=by))

    def read(self, referral: dict[str, Any], *, by: Actor = DESK) -> dict[str, Any]:
        return good(self.call("read_referral", {"referral_id": referral["id"]}, actor=by))

    def attempt(self, referral: dict[str, Any], *, by: Actor = DESK, **told: Any) -> Answer:
        body = {"referral_id": referral["id"], "way": "phone", "outcome": "reached", **told}
        return self.call("record_contact_attempt", body, actor=by)

    def reached(self, referral: dict[str, Any]) -> dict[str, Any]:
        return good(self.attempt(referral, outcome="reached"))

    def screen(
        self, referral: dict[str, Any], findings: dict[str, str] | None = None, *, by: Actor = DESK
    ) -> Answer:
        found = [
            {"criterion": criterion, "finding": finding, "reason": "As told at the first meeting."}
            for criterion, finding in (findings or EVERY_CRITERION_MET).items()
        ]
        return self.call("decide_screening", {"referral_id": referral["id"], "findings": found}, actor=by)

    def served(self, referral: dict[str, Any], **told: Any) -> Answer:
        return self.call("record_service_contact", {"referral_id": referral["id"], **told}, actor=DESK)

    # -- the directory

    def accredit(self, *organisations: str, system: Actor = FEED, **told: Any) -> dict[str, Any]:
        """A system may speak for these organisations, in every sector, this year and next unless said otherwise."""
        body = {
            "system": system.subject,
            "name": "Records of the borough",
            "organisations": list(organisations),
            "sectors": SECTORS,
            "valid_from": "2026-01-01",
            "valid_until": "2027-12-31",
            **told,
        }
        return good(self.call("accredit_system", body, actor=CUSTODIAN))

    def _accredit_also(self, organisation: str) -> None:
        if organisation not in self.accredited:
            self.accredited.append(organisation)
            self.accredit(*self.accredited)

    def agency(self, organisation: str, **told: Any) -> dict[str, Any]:
        self._accredit_also(organisation)
        body = {
            "organisation": organisation,
            "name": f"The {organisation}",
            "sector": "youth_service",
            "phone": "250 555 0100",
            **told,
        }
        return good(self.call("record_agency", body, actor=FEED))

    def practitioner(self, worker: str, organisation: str, **told: Any) -> dict[str, Any]:
        body = {
            "worker": worker,
            "organisation": organisation,
            "name": f"The {worker}",
            "title": worker,
            "phone": "250 555 0101",
            **told,
        }
        return good(self.call("record_practitioner", body, actor=FEED))

    def involve(self, person: dict[str, Any], *, by: Actor = FEED, **told: Any) -> Answer:
        body = {
            "reference": "case-1",
            "person_id": person["id"],
            "organisation": "youth-service",
            "since": "2025-04-01",
            **told,
        }
        return self.call("record_involvement", body, actor=by)

    def look_up(self, name: str, born_on: str, *, by: Actor = MENTOR) -> list[dict[str, Any]]:
        answer = self.call("search_directory", {"name": name, "born_on": born_on}, actor=by)
        items: list[dict[str, Any]] = good(answer)["items"]
        return items

    def entry(self, person: dict[str, Any], *, by: Actor = MENTOR) -> dict[str, Any]:
        return good(self.call("read_directory", {"person_id": person["id"]}, actor=by))


@dataclass
class Case:
    """A case elsewhere, as its events tell of it."""

    desk: FrontDesk
    persons: list[str]
    id: UUID
    opener: str | None = None

    @classmethod
    def opened(cls, desk: FrontDesk, *persons: dict[str, Any], organisation: str = "school") -> Case:
        case = cls(desk=desk, persons=[person["id"] for person in persons], id=uuid4())
        case._tell("cases.case.opened.v1", program="youth_service", organisation=organisation)
        return case

    def joined(
        self,
        worker: str,
        organisation: str,
        *,
        role: str = "worker",
        standing: str = "staff",
        added_by: str | None = None,
    ) -> UUID:
        """Somebody is put on the team: the first by themselves, as they open the case, the others by that one."""
        self.opener = self.opener or worker
        membership_id = uuid4()
        self._tell(
            "cases.team_member.joined.v1",
            membership_id=membership_id,
            worker=worker,
            organisation=organisation,
            role=role,
            standing=standing,
            added_by=added_by or self.opener,
        )
        return membership_id

    def left(self, membership_id: UUID, worker: str) -> None:
        self._tell("cases.team_member.left.v1", membership_id=membership_id, worker=worker, reason="moved_on")

    def led_by(self, worker: str, organisation: str, *, previous: str | None = None) -> None:
        self._tell("cases.case.lead_changed.v1", worker=worker, organisation=organisation, previous=previous)

    def grew_by(self, person: dict[str, Any], *, added_by: str | None = None) -> None:
        told = {
            "case_id": self.id,
            "person_id": person["id"],
            "added_by": added_by or self.opener or "worker",
        }
        self.desk.receive("cases.member.added.v1", subject=self.id, data=told)

    def assessed(self, person: dict[str, Any], *, author: str, organisation: str, form: str) -> None:
        self.desk.receive(
            "cases.assessment.recorded.v1",
            subject=self.id,
            data={
                "assessment_id": uuid4(),
                "case_id": self.id,
                "person_id": person["id"],
                "form": form,
                "form_version": 1,
                "author": author,
                "organisation": organisation,
            },
        )

    def closed(self) -> None:
        self._tell("cases.case.closed.v1", reason="goals_reached")

    def _tell(self, key: str, **data: Any) -> None:
        told = {"case_id": self.id, "person_ids": self.persons, **data}
        self.desk.receive(key, subject=self.id, data=told)
