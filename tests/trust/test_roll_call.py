"""A service that lost who is on record asks intake for everybody, and is strict again when it was told (CO-5, IN-7)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.trust.conftest import Girl

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]


@pytest.fixture
def cases_database() -> Iterator[psycopg.Connection[Any]]:
    """The database of cases, as an operator is let in."""
    url = os.environ["ICM_CASES_OWNER_URL"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def test_who_is_on_record_is_told_again_to_a_service_that_lost_it(
    girl: Girl, cases_database: psycopg.Connection[Any]
) -> None:
    mentor = girl["mentor"]

    def opened(person: str) -> int:
        member = {"person_id": person, "relation": "young_person"}
        body = {"program": "youth_service", "role": "mentor", "members": [member]}
        return mentor.post("/cases", body).status

    def wanted() -> int:
        rows = cases_database.execute("SELECT count(*) FROM roll_calls_wanted").fetchone()
        assert rows is not None
        return int(rows[0])

    girl.platform.until("she is known to cases", lambda: opened(girl.id) == 201 or None)
    assert opened(str(uuid4())) == 404

    cases_database.execute("DELETE FROM recorded_persons WHERE person_id = %s", [girl.id])
    assert opened(girl.id) == 404
    cases_database.execute("INSERT INTO roll_calls_wanted (id, since) VALUES (gen_random_uuid(), now())")
    assert opened(girl.id) == 201  # nobody who is recorded is refused meanwhile

    girl.platform.until("everybody was told", lambda: wanted() == 0 or None, within_s=60)
    assert opened(girl.id) == 201
    assert opened(str(uuid4())) == 404
