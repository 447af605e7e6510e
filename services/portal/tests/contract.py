"""Builders that speak of the young carers' group, the girl it helps, and those who pay for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chassis.identity import Actor
from chassis.ids import new_id
from chassis.testing import Answer, Clock, make_actor

GROUP = "young-carers"
APPLICANT = make_actor(subject="group-manager", roles=["provider_admin"], organisation=GROUP)
WORKER = make_actor(subject="group-worker", roles=["provider_user"], organisation=GROUP)
OTHER = make_actor(subject="other-worker", roles=["provider_user"], organisation="homework-club")
OTHER_APPLICANT = make_actor(subject="other-manager", roles=["provider_admin"], organisation="homework-club")
OFFICER = make_actor(subject="contracts", roles=["contracts_officer"], organisation="ministry")
APPROVER = make_actor(subject="approver", roles=["finance_approver"], organisation="ministry")
RELEASER = make_actor(subject="releaser", roles=["finance_releaser"], organisation="ministry")
BOTH_HATS = make_actor(
    subject="approver", roles=["finance_approver", "finance_releaser"], organisation="ministry"
)


@dataclass
class Contract:
    """What happens between the group, the contracts office and finance, through the doors of the service."""

    call: Callable[..., Answer]
    receive: Callable[..., Any]
    clock: Clock

    def __post_init__(self) -> None:
        self.girl, self.case = str(new_id()), str(new_id())
        self.receive("intake.person.recorded.v1", subject=self.girl, data={"person_id": self.girl})
        opened = {
            "case_id": self.case,
            "person_ids": [self.girl],
            "program": "child_and_family_services",
            "organisation": "school",
        }
        self.receive("cases.case.opened.v1", subject=self.case, data=opened)
        self.provider = self.on_board()

    def done(self, door: str, body: Any, *, actor: Actor, **headers: Any) -> Any:
        """Call a door that is expected to open, and return what it gives."""
        answer = self.call(door, body, actor=actor, **headers)
        assert answer.status == 200, (door, answer.body)
        return answer.body

    def on_board(self, *, actor: Actor = APPLICANT) -> str:
        """Apply and be approved; the provider's id."""
        body = {
            "organisation": actor.organisation,
            "legal_name": "A group that helps young carers",
            "services": ["help_at_home"],
            "terms_accepted": "2026-01",
        }
        applied = self.done("apply_provider", body, actor=actor)
        self.done("approve_provider", {"id": applied["id"], "cohort": "first"}, actor=OFFICER)
        return str(applied["id"])

    def authorises(self, **changes: Any) -> Any:
        """A service authorisation: ten hours of help at home at 31.25 in March."""
        body = {
            "provider_id": self.provider,
            "person_id": self.girl,
            "case_id": self.case,
            "service": "help_at_home",
            "unit": "hour",
            "rate": "31.25",
            "units": "10.00",
            "starts_on": "2026-03-01",
            "ends_on": "2026-03-31",
        }
        return self.done("issue_authorisation", body | changes, actor=OFFICER)

    def invoice(self, *lines: dict[str, Any], number: str = "2026-001", **changes: Any) -> dict[str, Any]:
        """The body of an invoice for March."""
        body = {
            "provider_id": self.provider,
            "number": number,
            "starts_on": "2026-03-01",
            "ends_on": "2026-03-31",
            "lines": list(lines),
        }
        return body | changes

    def drafts(self, *lines: dict[str, Any], actor: Actor = WORKER, **changes: Any) -> Any:
        """A draft invoice."""
        return self.done("draft_invoice", self.invoice(*lines, **changes), actor=actor)

    def submits(self, *lines: dict[str, Any], **changes: Any) -> Any:
        """An invoice, drafted and handed in."""
        return self.done("submit_invoice", {"id": self.drafts(*lines, **changes)["id"]}, actor=WORKER)

    def approved(self, *lines: dict[str, Any], **changes: Any) -> Any:
        """An invoice, handed in and approved."""
        return self.done("approve_invoice", {"id": self.submits(*lines, **changes)["id"]}, actor=APPROVER)

    def consents(self, *, categories: list[str], recipient: str = f"organisation:{GROUP}") -> str:
        """The girl lets the group see; the consent's id."""
        consent_id = str(new_id())
        told = {
            "consent_id": consent_id,
            "person_id": self.girl,
            "recipient": recipient,
            "categories": categories,
            "purposes": ["care"],
            "valid_from": self.clock.now.isoformat(),
            "valid_until": None,
        }
        self.receive("consent.consent.given.v1", subject=consent_id, data=told)
        return consent_id

    def withdraws(self, consent_id: str) -> None:
        """The girl takes it back."""
        told = {"consent_id": consent_id, "person_id": self.girl, "at": self.clock.now.isoformat()}
        self.receive("consent.consent.withdrawn.v1", subject=consent_id, data=told)


def line(authorisation: Any, day: str = "2026-03-03", units: str = "2.00", **stated: Any) -> dict[str, Any]:
    """One line: hours of one day under an authorisation."""
    return {"authorisation_id": authorisation["id"], "served_on": day, "units": units} | stated
