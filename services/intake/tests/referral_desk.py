"""Steps with referrals, outreach and the worklist, for the tests of these subjects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from chassis.identity import Actor
from chassis.testing import Answer, make_actor
from services.intake.tests.front_desk import DESK, FrontDesk, good

NORTH = make_actor(subject="north-1", organisation="intake-office", roles=["intake_worker"], teams=["north"])
NOT_MET = {"child_or_youth": "not_met", "asks_for_support": "met"}
NEIGHBOUR = {"name": "A neighbour", "phone": "250 555 0177", "tell_outcome": True}


@dataclass
class ReferralDesk:
    """Steps of the desk, each through its door, by the desk unless somebody else is named."""

    desk: FrontDesk

    def do(self, door: str, body: dict[str, Any], *, by: Actor = DESK) -> Answer:
        return self.desk.call(door, body, actor=by)

    def step(self, door: str, referral: dict[str, Any], *, by: Actor = DESK, **told: Any) -> Answer:
        return self.do(door, {"referral_id": referral["id"], **told}, by=by)

    def history(self, referral: dict[str, Any], *, by: Actor = DESK) -> dict[str, Any]:
        return good(self.step("read_referral_history", referral, by=by))

    def person(self) -> dict[str, Any]:
        return self.desk.person(given="Rana", family=f"Test {uuid4().hex[:6]}")

    def not_eligible(self, **told: Any) -> dict[str, Any]:
        referral = self.desk.referral(**told)
        self.desk.reached(referral)
        good(self.desk.screen(referral, NOT_MET))
        return referral

    def explained(self, referral: dict[str, Any], **told: Any) -> Answer:
        body = {"told_to": "person", "way": "verbal", "words": "The program is for young people.", **told}
        return self.step("explain_decision", referral, **body)

    def linked(self, referral: dict[str, Any], **told: Any) -> Answer:
        body = {"service": "The housing outreach team", "way": "called_together", **told}
        return self.step("link_to_service", referral, **body)

    def checked(self, link_id: str, **told: Any) -> Answer:
        body = {"link_id": link_id, "asked": "person", "way": "phone", "found": "waiting", **told}
        return self.do("check_link", body)

    def settled(self, link_id: str, outcome: str, **told: Any) -> Answer:
        return self.do("settle_link", {"link_id": link_id, "outcome": outcome, **told})

    def discharged(self, *persons: str, reason: str = "goals_met", case: str | None = None) -> None:
        case_id = case or str(uuid4())
        self.desk.receive(
            "cases.case.closed.v1",
            subject=case_id,
            data={"case_id": case_id, "person_ids": list(persons), "reason": reason},
        )

    def outreach(self, *, by: Actor = DESK, **told: Any) -> list[dict[str, Any]]:
        body = {"place": "Under the bridge", "outcome": "talked", **told}
        items: list[dict[str, Any]] = good(self.do("record_outreach", body, by=by))["items"]
        return items

    def worklist(self, *, by: Actor = DESK, **asked: Any) -> dict[str, Any]:
        return good(self.do("read_worklist", asked, by=by))

    def listed(self, *, by: Actor = DESK, **asked: Any) -> list[str]:
        return [line["id"] for line in self.worklist(by=by, **asked)["items"]]


def clocks(view: dict[str, Any]) -> dict[str, str]:
    """The state of each clock, the last of its kind."""
    return {each["kind"]: each["state"] for each in view["clocks"]}


def fault(answer: Answer) -> tuple[str, str]:
    """The field that a refusal points to, and the rule."""
    assert answer.status == 422, answer.body
    first = answer.body["errors"][0]
    return first["pointer"], first["rule"]
