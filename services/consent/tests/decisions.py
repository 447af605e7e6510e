"""Builders that speak of the girl, her mentor and those who want to know something of her."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from chassis import moment
from chassis.identity import Actor
from chassis.ids import new_id
from chassis.testing import Answer, make_actor

MENTOR = make_actor(subject="mentor", roles=["practitioner"], organisation="school")
YOUTH_WORKER = make_actor(subject="youth-worker", roles=["practitioner"], organisation="youth-service")
SOCIAL_WORKER = make_actor(subject="social-worker", roles=["social_worker"], organisation="social-care")
PRIVACY_OFFICER = make_actor(subject="privacy", roles=["privacy_officer"], organisation="ministry")
GIRL = make_actor(subject="girl", roles=["client"], organisation=None)
MOTHER = make_actor(subject="mother", roles=["client"], organisation=None)
STRANGER = make_actor(subject="stranger", roles=["client"], organisation=None)

EXPLAINED = {"text": "They may read your plan and nothing else.", "refusal_explained": True}


@dataclass
class Decisions:
    """What the girl decides, through the doors of the service."""

    call: Callable[..., Answer]
    receive: Callable[..., Any]

    def __post_init__(self) -> None:
        self.girl = str(new_id())
        self.receive("intake.person.recorded.v1", subject=self.girl, data={"person_id": self.girl})

    def signs_in(self, *, account: str = "girl", relation: str = "self") -> dict[str, Any]:
        """A sign-in is linked to the girl."""
        link = {"link_id": new_id(), "person_id": self.girl, "account": account, "relation": relation}
        told = self.receive("intake.person.account_linked.v1", subject=self.girl, data=link)
        return {**link, "linked_at": told.time}

    def unlinked(self, link: dict[str, Any], *, because: str = "recorded_in_error") -> None:
        """The link has ended."""
        told = {**link, "because": because, "at": moment.now()}
        self.receive("intake.person.account_unlinked.v1", subject=self.girl, data=told)

    def asked(self, *, to: str = "organisation:youth-service", **changes: Any) -> dict[str, Any]:
        """The body of a consent to see her plan and who she is."""
        body = {
            "person_id": self.girl,
            "recipient": to,
            "categories": ["identity", "plan"],
            "purposes": ["care"],
            "form": "verbal",
            "explanation": EXPLAINED,
        }
        return {name: value for name, value in (body | changes).items() if value is not ...}

    def decides(
        self, *, actor: Actor = MENTOR, to: str = "organisation:youth-service", **changes: Any
    ) -> Any:
        """Record a decision and return the view of it."""
        answer = self.call("record_consent", self.asked(to=to, **changes), actor=actor)
        assert answer.status == 200, answer.body
        return answer.body

    def read(self, consent: Any, *, actor: Actor = MENTOR) -> Any:
        """The decision as it stands."""
        answer = self.call("read_consent", {"id": consent["id"]}, actor=actor)
        assert answer.status == 200, answer.body
        return answer.body

    def restricts(
        self, *, actor: Actor = PRIVACY_OFFICER, reason: str = "Protected by order of a court"
    ) -> Answer:
        """Ask for the girl's records to be restricted."""
        return self.call("place_restriction", {"person_id": self.girl, "reason": reason}, actor=actor)


def unknown() -> str:
    """The identifier of nothing."""
    return str(uuid4())
