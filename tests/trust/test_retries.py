"""A reply that is shown again stands in the log as a look of its own (AU-1, CO-8)."""

from __future__ import annotations

import secrets
from operator import itemgetter
from typing import Any

import pytest

from tests.story.client import Answer
from tests.trust.conftest import Girl

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]


def test_a_command_sent_again_is_one_act_and_an_entry_for_each_time_that_it_was_answered(girl: Girl) -> None:
    key, body = secrets.token_hex(16), {"names": [{"kind": "alias", "given": girl.name}]}

    def record(**more: Any) -> Answer:
        return girl["intake-worker"].ask("POST", "/people", body={**body, **more}, key=key)

    first, again, other = record().expect(), record().expect(), record(pronouns="they")
    assert again.body == first.body
    assert (other.status, other.code) == (422, "idempotency_key_reused")

    def entries() -> list[dict[str, Any]] | None:
        listed = girl["auditor"].get("/audit/entries", person_id=first.body["id"]).expect().body["items"]
        found = [each["entry"] for each in listed if each["entry"]["door"] == "record_person"]
        return found if len(found) >= 3 else None

    found = {each["trace_id"]: each for each in girl.platform.until("all three are in the log", entries)}
    acted, told, refused = (found.pop(answer.trace_id) for answer in (first, again, other))
    assert not found
    assert (acted["action"], acted["outcome"], "told_again" in acted) == ("write", "permitted", False)
    assert (told["action"], told["outcome"], told["told_again"]) == ("read", "permitted", True)
    assert (refused["outcome"], refused["reason"]) == ("denied", "idempotency_key_reused")
    for said in ("records", "persons", "categories"):
        assert told[said] == acted[said] != []
    # Which grants opened it is told in no order.
    assert (
        sorted(told["basis"], key=itemgetter("grant"))
        == sorted(acted["basis"], key=itemgetter("grant"))
        != []
    )
    assert (refused["persons"], refused["categories"]) == (acted["persons"], [])
