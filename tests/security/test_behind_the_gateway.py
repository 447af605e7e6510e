"""A service trusts no gateway: whoever reaches the broker as the gateway still needs a caller's own valid token."""

from __future__ import annotations

import json
import os
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.security.line import Line

pytestmark = pytest.mark.platform

PERSON = {"names": [{"kind": "alias", "given": "the girl"}]}


def tokens(subject: str, **asked: str) -> dict[str, str]:
    answer = requests.post(
        os.environ["ICM_TOKEN_URL"],
        data={"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": subject, **asked},
        timeout=10,
    )
    answer.raise_for_status()
    given: dict[str, str] = answer.json()
    return given


def problem(reply: dict[str, Any] | None) -> tuple[int, str]:
    assert reply is not None, "nobody replied"
    return reply["http"], reply.get("code", "")


def test_a_door_opens_to_a_valid_token_only(line: Line) -> None:
    body = json.dumps(PERSON).encode()
    for headers in (
        {},
        {"token": ""},
        {"token": "a.b.c"},
        {"token": tokens("intake-worker")["id_token"]},
        {"token": tokens("intake-worker", lifetime="-60")["access_token"]},
        {"token": tokens("intake-worker", audience="elsewhere")["access_token"]},
    ):
        assert problem(line.call("intake.record_person", body, **headers)) == (401, "unauthenticated"), (
            headers
        )
    good = {"token": tokens("intake-worker")["access_token"], "idempotency_key": uuid4().hex}
    assert problem(line.call("intake.record_person", body, **good)) == (200, "")


def test_a_door_asks_for_the_permission_itself(line: Line) -> None:
    headers = {"token": tokens("auditor")["access_token"]}
    reply = line.call("intake.record_person", json.dumps(PERSON).encode(), **headers)
    assert problem(reply) == (403, "permission_missing")


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b'{"names": 7}', b"[" * 2000])
def test_a_door_checks_the_shape_itself(line: Line, body: bytes) -> None:
    headers = {"token": tokens("intake-worker")["access_token"]}
    http, _ = problem(line.call("intake.record_person", body, **headers))
    assert http in (400, 422)


def test_a_door_that_does_not_exist_is_not_there(line: Line) -> None:
    headers = {"token": tokens("intake-worker")["access_token"]}
    for door in ("nothing", "__init__", "name", "record_person.more", "on_case_closed"):
        assert problem(line.call(f"intake.{door}", b"{}", **headers)) == (404, "not_found")


def test_a_call_past_its_deadline_is_not_carried_out(line: Line) -> None:
    headers = {"token": tokens("intake-worker")["access_token"], "idempotency_key": uuid4().hex}
    assert line.call("intake.record_person", json.dumps(PERSON).encode(), late=True, **headers) is None
