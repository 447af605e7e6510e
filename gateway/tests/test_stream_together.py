"""Many who listen at the head of the audit log are asked for in one question a round, each by themselves (AU-5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
import requests

PERSON = {"names": [{"kind": "alias", "given": "the girl"}]}
MANY = 24


@pytest.fixture(autouse=True)
def _nobody_listens(gateway: Any) -> Iterator[None]:
    until(lambda: gateway.figure("icm_gateway_streams_open") == 0)
    yield
    until(lambda: gateway.figure("icm_gateway_streams_open") == 0)


def until(holds: Callable[[], bool]) -> None:
    ends = monotonic() + 30
    while not holds():
        assert monotonic() < ends, "waited too long"
        sleep(0.02)


class Ear:
    """Somebody who listens, and the events heard so far."""

    def __init__(self, answer: requests.Response) -> None:
        self._lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        self.positions: list[int] = []

    def hears(self, count: int) -> list[int]:
        """The positions of the next entries."""
        heard: list[int] = []
        while len(heard) < count:
            name, _, value = next(self._lines).partition(": ")
            if name == "id":
                heard.append(int(value))
        self.positions += heard
        return heard

    def is_sent_home(self) -> dict[str, Any]:
        """What the last event says; nothing is heard on the way to it."""
        rest = [line for line in self._lines if line and not line.startswith((":", "retry"))]
        assert rest[0] == "event: refused"
        told: dict[str, Any] = json.loads(rest[1].removeprefix("data: "))
        return told


@contextmanager
def ear(gateway: Any, who: str, *, after: int | None = None) -> Iterator[Ear]:
    headers = {"Authorization": f"Bearer {gateway.token(sub=who, roles=['auditor'])}"}
    query = "" if after is None else f"?after={after}"
    address = f"{gateway.url}/api/v1/audit/stream{query}"
    with requests.get(address, headers=headers, stream=True, timeout=15) as answer:
        assert answer.status_code == 200
        yield Ear(answer)


def ears(gateway: Any, stack: ExitStack, number: int = MANY) -> list[Ear]:
    return [stack.enter_context(ear(gateway, f"auditor-{each}")) for each in range(number)]


def write(gateway: Any, times: int = 1) -> None:
    for _ in range(times):
        assert gateway.post("/people", PERSON).status_code == 201


def questions(gateway: Any) -> tuple[float, float]:
    """Calls to all doors so far, and those of them that asked for many."""
    told = requests.get(f"{gateway.health_url}/metrics", timeout=5).text
    rows = dict(row.rsplit(" ", 1) for row in told.splitlines() if not row.startswith("#"))
    return float(rows["icm_rpc_calls_total"]), float(rows["icm_gateway_stream_rounds_total"])


def test_however_many_listen_a_round_is_one_question(gateway: Any) -> None:
    with ExitStack() as stack:
        listeners = ears(gateway, stack)
        write(gateway)
        for each in listeners:
            each.hears(1)
        calls, rounds = questions(gateway)
        until(lambda: questions(gateway)[1] >= rounds + 4)
        calls_later, rounds_later = questions(gateway)
        assert calls_later - calls == rounds_later - rounds


def test_each_hears_every_entry_once_in_order_and_after_a_break_goes_on_exactly(gateway: Any) -> None:
    with ExitStack() as stack:
        listeners = ears(gateway, stack, 6)
        write(gateway, 30)
        first = [each.hears(30) for each in listeners]
    begin = first[0][0]
    assert first == [list(range(begin, begin + 30))] * 6
    with ExitStack() as stack:
        again = [
            stack.enter_context(ear(gateway, f"auditor-{each}", after=begin + 10 * each)) for each in range(3)
        ]
        write(gateway, 5)
        for number, each in enumerate(again):
            left = begin + 10 * number + 1
            assert each.hears(begin + 35 - left) == list(range(left, begin + 35))


def test_who_catches_up_reads_alone_and_joins_the_others_without_a_gap(gateway: Any) -> None:
    write(gateway, 230)
    with ear(gateway, "at-the-head") as ahead, ear(gateway, "from-the-beginning", after=-1) as behind:
        write(gateway, 3)
        heard = ahead.hears(3)
        assert behind.hears(heard[-1] + 1) == list(range(heard[-1] + 1))
        write(gateway, 2)
        assert ahead.hears(2) == behind.hears(2) == [heard[-1] + 1, heard[-1] + 2]


def test_whose_sign_in_is_removed_is_sent_home_alone_whoever_asked_for_the_others(gateway: Any) -> None:
    gone = [f"gone-{uuid4()}" for _ in range(3)]
    with ExitStack() as stack:
        leaving = [stack.enter_context(ear(gateway, who)) for who in gone]
        staying = ears(gateway, stack, 4)
        twice = stack.enter_context(ear(gateway, gone[0]))
        for who in gone:
            removal = {"Idempotency-Key": f"removes:{who}"}
            assert gateway.post("/people", PERSON, headers=removal).status_code == 201
        for each in (*leaving, twice):
            assert each.is_sent_home() == {"code": "sign_in_removed", "status": 401}
        write(gateway, 2)
        assert len({tuple(each.hears(2)) for each in staying}) == 1


def test_many_hear_on_after_the_audit_service_was_away(gateway: Any, echo_doors: Any) -> None:
    given_up = gateway.figure("icm_rpc_calls_timed_out_total")
    with ExitStack() as stack:
        listeners = ears(gateway, stack, 4)
        write(gateway)
        begin = {each.hears(1)[0] for each in listeners}
        echo_doors.send_signal(19)
        try:
            until(lambda: gateway.figure("icm_rpc_calls_timed_out_total") > given_up)
        finally:
            echo_doors.send_signal(18)
        write(gateway, 3)
        (last,) = begin
        for each in listeners:
            assert each.hears(3) == [last + 1, last + 2, last + 3]
