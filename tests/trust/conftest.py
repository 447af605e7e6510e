"""What tests of trust stand on: the running platform, and a person whom nobody but the desk knows."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.targets import Target, resume
from tests.story.client import Person, Platform
from tests.story.play import told_at


@dataclass
class Girl:
    """A person recorded for one test, and those who deal with her."""

    platform: Platform
    id: str
    name: str

    def __getitem__(self, subject: str) -> Person:
        return self.platform.person(subject)

    def once_known(self, what: str, by: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request that waits until the news of her has reached the service."""
        return self[by].once_known(what, path, body)

    def consents(self, *, to: str, categories: list[str], **said: Any) -> dict[str, Any]:
        """She agrees, at the front desk."""
        body = {
            "person_id": self.id,
            "recipient": to,
            "categories": categories,
            "purposes": ["care"],
            "form": "verbal",
            "explanation": {"text": "Who will see what, and what for.", "refusal_explained": True},
            **said,
        }
        return self.once_known("the consent can be recorded", "intake-worker", "/consents", body)

    def restricted(self) -> None:
        """Normal roles reach her no more, in intake either."""
        body = {"person_id": self.id, "reason": "Protected by order of a court"}
        self.once_known("the restriction can be placed", "privacy-officer", "/restrictions", body)
        self.platform.until(
            "intake hides her",
            lambda: True if self["intake-worker"].get(f"/people/{self.id}").status == 404 else None,
        )


@contextmanager
def silent(service: str) -> Iterator[None]:
    """The service lives and answers nothing, as long as the block lasts."""
    paused = Target(service, frozenset({service})).pause()
    try:
        yield
    finally:
        resume(paused)


@pytest.fixture(scope="session")
def platform() -> Platform:
    return told_at(os.environ["ICM_BASE_URL"], issuer=os.environ["ICM_OIDC_ISSUER"]).platform


@pytest.fixture
def girl(platform: Platform) -> Girl:
    name = "Girl " + "".join(secrets.choice("bcdfghklmnprstvz") for _ in range(8))
    named = {
        "names": [{"kind": "alias", "given": name}],
        "contact_points": [{"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}],
    }
    made = platform.person("intake-worker").post("/people", named).expect().body
    return Girl(platform=platform, id=made["id"], name=name)
