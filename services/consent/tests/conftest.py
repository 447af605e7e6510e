"""The tests of consent run on the real doors of the service, in a process of their own (see chassis.testing)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis.ids import new_id
from chassis.testing import Answer, Clock
from consent.service import ConsentService
from services.consent.tests.decisions import Decisions

SERVICE = "consent"
SERVICE_CLASS = ConsentService


@pytest.fixture
def decisions(call: Callable[..., Answer], receive: Callable[..., Any], clock: Clock) -> Decisions:
    """The girl, known to intake, who has decided nothing yet."""
    return Decisions(call=call, receive=receive)


@pytest.fixture
def told(receive: Callable[..., Any]) -> Callable[..., None]:
    """`told(1, {…})` tells the clusters of a revision, as intake does."""

    def heard(revision: int, *clusters: set[str]) -> None:
        what = "linked" if len(clusters) == 1 else "unlinked"
        link = str(new_id())
        data = {
            "link_id": link,
            "revision": revision,
            "clusters": [{"main_person_id": min(each), "person_ids": sorted(each)} for each in clusters],
        }
        receive(f"intake.person.{what}.v1", subject=link, data=data)

    return heard
