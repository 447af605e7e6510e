"""The doors of audit, through the whole of what stands behind them (AU-1, AU-4, AU-5)."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import uuid4

import pytest

from audit.log import merkle
from audit.verifier import read_checkpoint
from services.audit.tests.builders import CASE, GIRL, SISTER, an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def auditor(an_actor):
    return an_actor(subject="auditor", roles=["auditor"], organisation="province")


@pytest.fixture
def mentor(an_actor):
    return an_actor(subject="mentor", roles=["practitioner"])


def unbase64(text: str) -> bytes:
    return base64.b64decode(text)


def test_an_auditor_lists_entries_newest_first(told, call, auditor) -> None:
    accesses = told(*(an_access() for _ in range(3)))
    answer = call("list_entries", {}, actor=auditor)
    assert answer.status == 200
    assert [each["entry"] for each in answer.body["items"]] == accesses[::-1]
    assert [each["position"] for each in answer.body["items"]] == [2, 1, 0]


def test_pages_follow_each_other_without_gap_or_repetition(told, call, auditor) -> None:
    told(*(an_access() for _ in range(7)))
    seen, cursor = [], None
    while True:
        page = call("list_entries", {"limit": 3, "cursor": cursor}, actor=auditor).body
        seen += [each["position"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("cursor", ["x", "-1", "१२", "1" * 17, "9" * 500])
def test_a_cursor_that_we_did_not_give_is_refused(call, auditor, cursor: str) -> None:
    answer = call("list_entries", {"cursor": cursor}, actor=auditor)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "query/cursor"


def test_entries_are_found_by_person_case_worker_service_outcome_and_time(told, call, auditor, clock) -> None:
    told(
        an_access(by="mentor", to=(GIRL,), case=CASE, at=clock.now),
        an_access(by="youth-worker", to=(GIRL,), refused="access_denied", at=clock.now + timedelta(hours=1)),
        an_access(by="mentor", to=(SISTER,), service="intake", at=clock.now + timedelta(hours=2)),
    )

    def found(**filters) -> list[int]:
        return [each["position"] for each in call("list_entries", filters, actor=auditor).body["items"]]

    assert found(person_id=str(GIRL)) == [1, 0]
    assert found(case_id=str(CASE)) == [0]
    assert found(actor="mentor") == [2, 0]
    assert found(service="intake") == [2]
    assert found(outcome="denied") == [1]
    assert found(since=(clock.now + timedelta(hours=1)).isoformat()) == [2, 1]
    assert found(until=(clock.now + timedelta(hours=1)).isoformat()) == [0]
    assert found(person_id=str(GIRL), outcome="permitted", actor="mentor") == [0]


def test_who_is_no_auditor_reads_no_entry(told, call, mentor, outbox) -> None:
    entry = told(an_access())[0]
    for door, body in [
        ("list_entries", {}),
        ("read_entry", {"id": entry["entry_id"]}),
        ("follow_entries", {}),
        ("export_entries", {}),
    ]:
        assert call(door, body, actor=mentor).status == 403
    assert [each["outcome"] for each in outbox.entries()] == ["denied"] * 4


def test_one_entry_is_read_word_for_word(told, call, auditor, sealed) -> None:
    access = told(an_access(case=CASE, told_again=True))[0]
    assert call("read_entry", {"id": access["entry_id"]}, actor=auditor).body["sealed"] is False
    sealed()
    answer = call("read_entry", {"id": access["entry_id"]}, actor=auditor).body
    assert answer["entry"] == access
    assert answer["sealed"] is True
    assert call("read_entry", {"id": str(uuid4())}, actor=auditor).status == 404


def test_looking_at_the_log_is_itself_told(told, call, auditor, outbox) -> None:
    access = told(an_access(to=(GIRL, SISTER)))[0]
    call("list_entries", {"person_id": str(GIRL)}, actor=auditor)
    call("read_entry", {"id": access["entry_id"]}, actor=auditor)
    listing, reading = outbox.entries()
    assert (listing["action"], listing["persons"], listing["records"]) == ("search", [str(GIRL)], [])
    assert [each["basis"] for each in listing["basis"]] == ["statute"]
    assert reading["records"] == [{"kind": "entry", "id": access["entry_id"]}]
    assert sorted(reading["persons"]) == sorted([str(GIRL), str(SISTER)])


def test_following_gives_only_what_is_sealed_and_goes_on_where_it_stopped(
    told, call, auditor, sealed
) -> None:
    told(*(an_access() for _ in range(3)))
    sealed()
    told(an_access())
    first = call("follow_entries", {"after": -1, "limit": 2}, actor=auditor).body
    second = call("follow_entries", {"after": first["after"], "opening": False}, actor=auditor).body
    third = call("follow_entries", {"after": second["after"], "opening": False}, actor=auditor).body
    assert [each["position"] for page in (first, second, third) for each in page["items"]] == [0, 1, 2]
    assert (third["items"], third["after"], third["size"]) == ([], 2, 3)
    sealed()
    fourth = call("follow_entries", {"after": third["after"], "opening": False}, actor=auditor).body
    assert [each["position"] for each in fourth["items"]] == [3]


def test_following_from_now_on_begins_with_the_next_entry(told, call, auditor, sealed) -> None:
    told(an_access())
    sealed()
    opened = call("follow_entries", {}, actor=auditor).body
    assert (opened["items"], opened["after"]) == ([], 0)
    told(an_access())
    sealed()
    later = call("follow_entries", {"after": opened["after"], "opening": False}, actor=auditor).body
    assert [each["position"] for each in later["items"]] == [1]


def test_following_may_not_begin_behind_the_end_of_the_log(told, call, auditor, sealed) -> None:
    assert call("follow_entries", {"after": -1}, actor=auditor).body["items"] == []
    assert call("follow_entries", {"after": 0}, actor=auditor).status == 422
    told(an_access(), an_access())
    sealed()
    told(an_access())
    assert call("follow_entries", {"after": 1}, actor=auditor).body["items"] == []
    behind = call("follow_entries", {"after": 2}, actor=auditor)
    assert (behind.status, behind.body["errors"][0]["rule"]) == (422, "range")


def test_a_subscription_is_told_once_and_not_with_every_poll(told, call, auditor, sealed, outbox) -> None:
    told(an_access())
    sealed()
    after = call("follow_entries", {"after": -1}, actor=auditor).body["after"]
    for _ in range(5):
        call("follow_entries", {"after": after, "opening": False}, actor=auditor)
    assert [(each["door"], each["action"]) for each in outbox.entries()] == [("follow_entries", "export")]


def test_reading_hashes_is_no_access_to_a_record(told, call, auditor, sealed, outbox) -> None:
    told(an_access())
    sealed()
    call("read_checkpoint", {}, actor=auditor)
    call("inclusion_proof", {"position": 0}, actor=auditor)
    assert outbox.entries() == []


def test_the_checkpoint_is_the_signed_note(told, call, auditor, sealed, public_keys, clock) -> None:
    assert call("read_checkpoint", {}, actor=auditor).status == 503
    told(an_access(), an_access())
    sealed()
    told(an_access())
    sealed()
    newest = call("read_checkpoint", {}, actor=auditor).body
    assert newest["size"] == 3
    assert read_checkpoint(newest["note"], public_keys).root == unbase64(newest["root"])
    assert call("read_checkpoint", {"size": 2}, actor=auditor).body["size"] == 2
    assert call("read_checkpoint", {"size": 1}, actor=auditor).status == 404


def test_every_entry_has_an_inclusion_proof_for_every_sealed_size(told, call, auditor, sealed) -> None:
    for batch in (1, 3, 5):
        told(*(an_access() for _ in range(batch)))
        sealed()
    for size in (1, 4, 9):
        for position in range(size):
            proof = call("inclusion_proof", {"position": position, "size": size}, actor=auditor).body
            reached = merkle.root_from_inclusion(
                leaf=unbase64(proof["leaf"]),
                position=position,
                size=size,
                proof=[unbase64(each) for each in proof["proof"]],
            )
            assert reached == unbase64(proof["root"])
    assert call("inclusion_proof", {"position": 9}, actor=auditor).status == 422
    assert call("inclusion_proof", {"position": 0, "size": 10}, actor=auditor).status == 422


def test_growth_between_two_checkpoints_is_proven(told, call, auditor, sealed) -> None:
    for batch in (2, 3, 6):
        told(*(an_access() for _ in range(batch)))
        sealed()
    proof = call("consistency_proof", {"earlier": 5}, actor=auditor).body
    assert merkle.is_consistent(
        earlier=5,
        earlier_root=unbase64(proof["earlier_root"]),
        later=11,
        later_root=unbase64(proof["later_root"]),
        proof=[unbase64(each) for each in proof["proof"]],
    )
    assert proof["checkpoint"].split("\n")[1] == "11"
    assert call("consistency_proof", {"earlier": 6, "later": 5}, actor=auditor).status == 422


def test_why_explains_how_an_auditor_sees_an_entry(told, call, auditor) -> None:
    entry = told(an_access())[0]
    answer = call("why", {"kind": "entry", "id": entry["entry_id"]}, actor=auditor).body
    assert answer["permitted"] is True
    assert [grant["basis"] for grant in answer["grants"]] == ["statute"]
