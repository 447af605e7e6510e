"""The audit log as server-sent events: from any position, again after a break, and only for whom it is (AU-5)."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

PERSON = {"names": [{"kind": "alias", "given": "the girl"}]}
AUDITOR = ["auditor"]


@contextmanager
def listening(gateway: Any, query: str = "", **headers: str) -> Iterator[requests.Response]:
    bearer = {"Authorization": f"Bearer {gateway.token(roles=AUDITOR)}"}
    with requests.get(
        f"{gateway.url}/api/v1/audit/stream{query}", headers={**bearer, **headers}, stream=True, timeout=15
    ) as answer:
        yield answer


def events(answer: requests.Response) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line:
            name, _, value = line.partition(": ")
            event[name or "comment"] = value
        elif event:
            if "event" in event or "comment" in event:
                yield event
            event = {}


def entries(answer: requests.Response, count: int) -> list[int]:
    found: list[int] = []
    for event in events(answer):
        if event.get("event") == "entry":
            assert json.loads(event["data"])["position"] == int(event["id"])
            found.append(int(event["id"]))
        if len(found) == count:
            return found
    raise AssertionError("the stream ended")


def write(gateway: Any, times: int = 1) -> None:
    for _ in range(times):
        assert gateway.post("/people", PERSON).status_code == 201


def test_a_listener_hears_what_is_written_from_now_on_and_soon(gateway: Any) -> None:
    write(gateway, 2)
    with listening(gateway) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        write(gateway)
        began = time.monotonic()
        [position] = entries(answer, 1)
        assert time.monotonic() - began < 0.9, "the bell did not ring before the next look"
        assert position >= 2


def test_a_listener_begins_where_it_says_and_goes_on_where_it_stopped(gateway: Any) -> None:
    write(gateway, 5)
    with listening(gateway, "?after=-1") as answer:
        first = entries(answer, 3)
    assert first == [0, 1, 2]
    with listening(gateway, "?after=-1", **{"Last-Event-ID": "2"}) as answer:
        assert entries(answer, 2) == [3, 4]


def test_more_than_one_round_of_entries_arrives_whole_and_in_order(gateway: Any) -> None:
    write(gateway, 120)
    with listening(gateway, "?after=-1") as answer:
        assert entries(answer, 120) == list(range(120))


def test_entries_come_with_the_checkpoint_that_covers_them(gateway: Any) -> None:
    write(gateway)
    with listening(gateway, "?after=-1") as answer:
        told = next(event for event in events(answer) if event.get("event") != "entry")
    assert (told["event"], json.loads(told["data"])) == ("checkpoint", {"sealed": "note"})


NO_POSITION = [
    "x",
    "-2",
    "1.5",
    "--1",
    "1e3",
    "0x1",
    "\N{SUPERSCRIPT TWO}",
    "99999999999999999999",
    "9007199254740993",
]


@pytest.mark.parametrize("query", [*(f"after={each}" for each in NO_POSITION), "from=1"])
def test_a_position_that_is_none_is_pointed_at(gateway: Any, query: str) -> None:
    with listening(gateway, f"?{query}") as answer:
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"query/{query.partition('=')[0]}"


@pytest.mark.parametrize("stated", NO_POSITION)
def test_a_last_event_id_that_is_no_position_is_pointed_at(gateway: Any, stated: str) -> None:
    sent = stated.encode().decode("latin-1")
    with listening(gateway, "?after=-1", **{"Last-Event-ID": sent}) as answer:
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == ["header/Last-Event-ID"]


def test_a_position_behind_the_end_of_the_log_is_an_error_and_no_silence(gateway: Any) -> None:
    write(gateway)
    with listening(gateway, "?after=-1") as answer:
        first = entries(answer, 1)
    behind = str(first[0] + 1_000_000)
    for query, headers, place in (
        (f"?after={behind}", {}, "query/after"),
        ("", {"Last-Event-ID": behind}, "header/Last-Event-ID"),
        ("", {"Last-Event-ID": str(2**53)}, "header/Last-Event-ID"),
    ):
        with listening(gateway, query, **headers) as answer:
            assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (422, "range")
            assert answer.json()["errors"][0]["pointer"] == place


def test_without_a_token_there_is_no_stream(gateway: Any) -> None:
    assert requests.get(f"{gateway.url}/api/v1/audit/stream", timeout=5).status_code == 401


def test_a_refusal_of_the_door_is_the_answer_to_the_request(gateway: Any) -> None:
    with listening(gateway, **{"Purpose-Of-Use": "emergency"}) as answer:
        assert answer.status_code == 401


def test_a_listener_stays_while_the_audit_service_is_away(
    gateway: Any, echo_doors: subprocess.Popen[bytes]
) -> None:
    given_up = gateway.figure("icm_rpc_calls_timed_out_total")
    with listening(gateway) as answer:
        echo_doors.send_signal(signal.SIGSTOP)
        try:
            while gateway.figure("icm_rpc_calls_timed_out_total") == given_up:
                time.sleep(0.05)
        finally:
            echo_doors.send_signal(signal.SIGCONT)
        write(gateway, 3)
        first, *more = entries(answer, 3)
        assert more == [first + 1, first + 2]


def test_a_stop_sends_listeners_home(start_gateway: Any) -> None:
    leaving = start_gateway()
    with listening(leaving) as answer:
        leaving.process.terminate()
        assert [event for event in events(answer) if event.get("event")] == []
    assert leaving.process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    "path", ["/audit/exports/file", "/people/11111111-1111-4111-8111-111111111111/access-report/file"]
)
def test_an_export_is_one_file_of_lines(gateway: Any, path: str) -> None:
    answer = gateway.get(path, roles=AUDITOR)
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == [{"header": 1}, {"position": 0}, {"position": 1}, {"footer": 1}]


def test_a_checkpoint_is_served_as_the_note_that_verifiers_read(gateway: Any) -> None:
    answer = gateway.get("/audit/checkpoint/note", roles=AUDITOR)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.startswith("origin\n1\n")
