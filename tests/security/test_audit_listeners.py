"""Listeners at the audit stream of the platform who come back in crowds, read nothing, or vanish (AU-5, GW-1)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Barrier, Event
from urllib.parse import urlsplit

import pytest
import requests

from tests.security.sign_ins import token_for

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

READERS, SIGN_INS, TIMES, AT_A_TIME, SOME_ROUNDS = 50, 5, 3, 4, 5
PATIENCE_S = 60


def auditor(number: int) -> str:
    return token_for(sub=f"auditor-{number}-of-{os.getpid()}", roles=["auditor"])


def asked(path: str, token: str) -> requests.Response:
    address = f"{os.environ['ICM_BASE_URL']}/api/v1{path}"
    return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def sealed(token: str, *, beyond: int = -1) -> int:
    """The last sealed position, once it is beyond the one given: each of our own looks at the log is an entry."""
    found = -1

    def grown() -> bool:
        nonlocal found
        asked("/audit/entries?limit=1", token)
        told = asked("/audit/checkpoint", token)
        found = told.json()["size"] - 1 if told.ok else -1
        return found > beyond

    until("the log has grown", grown)
    return found


def figure(name: str, *, of: str = "GATEWAY") -> float:
    """A figure of the gateway, or of a service."""
    told = requests.get(f"{os.environ[f'ICM_{of}_HEALTH_URL']}/metrics", timeout=10).text
    return float(next(row.split()[-1] for row in told.splitlines() if row.startswith(f"{name} ")))


def asked_to_follow() -> float:
    """How often the audit service has answered a question for what comes next in the log."""
    return figure('icm_door_call_duration_seconds_count{door="follow_entries",outcome="ok"}', of="AUDIT")


def kept_by_the_gateway() -> tuple[int, int, int]:
    """Open files, threads, and kilobytes of memory of its process."""
    listed = json.loads(Path(os.environ["ICM_PROCESSES"]).read_text())["processes"]
    process = Path(f"/proc/{next(each['pid'] for each in listed if each['name'] == 'gateway')}")
    said = dict(row.split(":", 1) for row in (process / "status").read_text().splitlines())
    return len(list((process / "fd").iterdir())), int(said["Threads"]), int(said["VmRSS"].split()[0])


def until(what: str, holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, f"waited in vain until {what}"
        time.sleep(0.05)


@contextmanager
def stream(token: str, *, after: int | str | None = None) -> Iterator[HTTPResponse]:
    """The stream, opened anew as often as the house asks to come again later."""
    where = urlsplit(os.environ["ICM_BASE_URL"])
    headers = {"Authorization": f"Bearer {token}"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    ends = time.monotonic() + PATIENCE_S
    while True:
        connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
        connection.request("GET", "/api/v1/audit/stream", headers=headers)
        answer = connection.getresponse()
        if answer.status not in (429, 503) or time.monotonic() > ends:
            break
        connection.close()
        time.sleep(int(answer.headers["Retry-After"]))
    try:
        yield answer
    finally:
        connection.close()
        answer.close()


@dataclass
class Reader:
    """Somebody who follows the log and remembers what was heard."""

    token: str
    last: int
    heard: list[int] = field(default_factory=list)

    def listen(self, *, enough: Callable[[], bool], ready: Callable[[], object]) -> None:
        """Open the stream where it was left, and read until it is enough."""
        with stream(self.token, after=self.last) as answer:
            assert answer.status == 200, answer.read()
            ready()
            for line in answer:
                if line.startswith(b"id: "):
                    self.last = int(line[4:])
                    self.heard.append(self.last)
                if enough():
                    return
        raise AssertionError("the stream ended")


def test_a_crowd_that_comes_back_at_once_misses_nothing_and_hears_nothing_twice() -> None:
    """Fifty readers hang up together and come back together, three times, beside others who never read a byte."""
    tokens = [auditor(each) for each in range(SIGN_INS)]
    begin = sealed(tokens[0])
    readers = [Reader(token=tokens[each % SIGN_INS], last=begin) for each in range(READERS)]
    together, opened = Barrier(READERS), Barrier(READERS + 1)
    over, refused = Event(), []
    target: list[int] = []

    def follow(reader: Reader) -> None:
        for _ in range(TIMES):
            together.wait(PATIENCE_S)
            wanted = len(reader.heard) + AT_A_TIME
            reader.listen(enough=lambda: len(reader.heard) >= wanted, ready=lambda: None)  # noqa: B023
        together.wait(PATIENCE_S)
        reader.listen(
            enough=lambda: bool(target) and reader.last >= target[0], ready=lambda: opened.wait(PATIENCE_S)
        )

    def others_go_on() -> int:
        answered = 0
        while not over.is_set():
            answer = asked("/people?q=nobody&limit=1", token_for(sub="desk", roles=["intake_worker"]))
            refused.extend([answer.status_code] if answer.status_code >= 429 else [])
            asked("/audit/entries?limit=1", tokens[0])
            answered += 1
        return answered

    files, threads, memory = kept_by_the_gateway()
    with ExitStack() as deaf, ThreadPoolExecutor(READERS + 1) as pool:
        for each in range(2 * SIGN_INS):
            assert deaf.enter_context(stream(tokens[each % SIGN_INS], after=-1)).status == 200
        others = pool.submit(others_go_on)
        following = [pool.submit(follow, reader) for reader in readers]
        opened.wait(PATIENCE_S)
        assert figure("icm_gateway_streams_open") >= READERS
        target.append(sealed(tokens[0], beyond=begin + READERS * (TIMES + 1)))
        for each in following:
            each.result(timeout=PATIENCE_S)
        over.set()
        answered = others.result()
    for reader in readers:
        assert reader.heard == list(range(begin + 1, reader.last + 1))
        assert reader.last >= target[0]
    # On a machine that does much else a request may be late; a crowd must not keep others from their answers.
    assert len(refused) * 10 <= answered, refused
    until("all places are free again", lambda: figure("icm_gateway_streams_open") == 0)
    until("the connections are closed", lambda: kept_by_the_gateway()[0] <= files + 5)
    assert kept_by_the_gateway()[1] == threads
    assert kept_by_the_gateway()[2] - memory < 64 * 1024


def test_a_crowd_at_the_head_of_the_log_is_one_question_a_round() -> None:
    tokens = [auditor(each) for each in range(SIGN_INS)]
    with ExitStack() as crowd:
        for each in range(READERS):
            assert crowd.enter_context(stream(tokens[each % SIGN_INS])).status == 200
        rounds = figure("icm_gateway_stream_rounds_total")
        asked_before = asked_to_follow()
        until(
            "some rounds were held", lambda: figure("icm_gateway_stream_rounds_total") >= rounds + SOME_ROUNDS
        )
        asked_since = asked_to_follow() - asked_before
        held = figure("icm_gateway_stream_rounds_total") - rounds
    # The two are counted one after the other, and a round may be on its way.
    assert held - 2 <= asked_since <= held + 2 < READERS


def test_who_runs_out_in_a_crowd_is_sent_home_alone() -> None:
    leaves = token_for(
        sub="auditor-of-a-crowd", roles=["auditor"], iat=int(time.time()) - 60, exp=int(time.time()) + 6
    )
    stays = auditor(0)
    with ExitStack() as crowd:
        leaving = [crowd.enter_context(stream(leaves)) for _ in range(3)]
        staying = [crowd.enter_context(stream(stays)) for _ in range(3)]
        for each in leaving:
            assert each.status == 200
            assert each.read().decode().endswith('data: {"code":"unauthenticated","status":401}\n\n')
        last = sealed(stays)
        target = sealed(stays, beyond=last)
        for each in staying:
            assert any(line == f"id: {target}\n".encode() for line in each)


def test_a_sign_in_that_runs_out_ends_its_stream() -> None:
    token = token_for(
        sub="auditor-until-soon", roles=["auditor"], iat=int(time.time()) - 60, exp=int(time.time()) + 4
    )
    with stream(token) as answer:
        assert answer.status == 200
        said = answer.read().decode()
    assert said.endswith('event: refused\ndata: {"code":"unauthenticated","status":401}\n\n')
    with stream(token) as again:
        assert again.status == 401


@pytest.mark.parametrize(
    "stated", ["nothing", "-2", "1.5", "--1", "1" * 400, str(2**53), str(2**63), "999999999", "0; DROP TABLE"]
)
def test_a_last_event_id_that_the_log_does_not_have_is_a_clear_error(stated: str) -> None:
    with stream(auditor(0), after=stated) as answer:
        told = json.loads(answer.read())
    assert (answer.status, told["code"]) == (422, "invalid_input")
    assert [each["pointer"] for each in told["errors"]] == ["header/Last-Event-ID"]
