"""`icm parked` on a running platform: an event that stood aside is applied after all (OP-3).

Run by `icm with-platform -- pytest -m platform tests/deploy`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from chassis.events import Event, encode

pytestmark = pytest.mark.platform


def icm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "icm", "parked", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def parked_for(subject: str) -> list[dict[str, Any]]:
    listed = icm("list", "consent", "--json")
    assert listed.returncode == 0, listed.stderr
    return [each for each in json.loads(listed.stdout) if each["subject"] == subject]


@pytest.fixture
def subject() -> str:
    """A person whom intake recorded, of which consent could not take notice."""
    person = str(uuid4())
    told = Event(key="intake.person.recorded.v1", subject=person, data={"person_id": person})
    body = encode(told, source="intake", version=1, traceparent=None)
    url = os.environ["ICM_CONSENT_LANE_URL"].replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO parked_events (event_id, source, subject, version, key, body, reason, attempts, parked_at)"
            " VALUES (%s, 'intake', %s, 1, %s, %s, 'KeyError', 4, now())",
            [told.id, person, told.key, body],
        )
    return person


def test_a_parked_event_is_listed_shown_and_applied_when_asked_for(subject: str) -> None:
    [listed] = parked_for(subject)
    assert (listed["service"], listed["first_key"], listed["events"]) == (
        "consent",
        "intake.person.recorded.v1",
        1,
    )
    shown = icm("show", "consent", str(listed["first_id"]))
    assert json.loads(shown.stdout)["body"]["subject"] == subject

    asked = icm("replay", "consent", subject)
    assert asked.returncode == 0, asked.stderr

    ends = monotonic() + 15
    while parked_for(subject):
        assert monotonic() < ends, "the lane did not apply what was asked for"
        sleep(0.2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "kitchen"],
        ["show", "consent", "999999999"],
        ["replay", "consent"],
        ["replay", "consent", "x"],
    ],
)
def test_a_mistake_is_complained_of_in_words_and_not_by_a_trace(arguments: list[str]) -> None:
    done = icm(*arguments)

    assert done.returncode == 1
    assert done.stderr and "Traceback" not in done.stderr
