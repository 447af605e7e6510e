"""Places at the audit stream: for so many, for nobody who has gone, and none held by who does not read (AU-5, GW-1)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

PERSON = {"names": [{"kind": "alias", "given": "the girl"}]}


@pytest.fixture(scope="module")
def small(start_gateway: Any) -> Any:
    """A gateway with four places, three of them for one sign-in, and little patience."""
    return start_gateway(ICM_MOST_STREAMS="4", ICM_MOST_STREAMS_OF_ONE="3", ICM_SLOWEST_LISTENER_SECONDS="1")


@pytest.fixture(autouse=True)
def _nobody_sits(small: Any) -> Iterator[None]:
    yield
    until(lambda: sitting(small) == 0)


def until(holds: Callable[[], bool], *, within_s: float = 30) -> None:
    ends = monotonic() + within_s
    while not holds():
        assert monotonic() < ends, "waited too long"
        sleep(0.02)


def sitting(gateway: Any) -> float:
    return gateway.figure("icm_gateway_streams_open")


@contextmanager
def line(gateway: Any, who: str = "auditor", *, after: int | None = None) -> Iterator[socket.socket]:
    """A bare connection on which the stream was asked for; closed at the end, whatever was said."""
    where = urlsplit(gateway.url)
    token = gateway.token(sub=who, roles=["auditor"])
    query = "" if after is None else f"?after={after}"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(15)
        connection.connect((where.hostname, where.port))
        connection.sendall(
            f"GET /api/v1/audit/stream{query} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        yield connection


def head(connection: socket.socket) -> str:
    """The head of the answer."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = connection.recv(1)
        assert piece, "the connection was closed"
        read += piece
    return read.decode()


def status(connection: socket.socket) -> int:
    return int(head(connection).split()[1])


def test_one_sign_in_has_so_many_places_and_leaves_the_others_to_others(small: Any) -> None:
    with ExitStack() as open_lines:
        for _ in range(3):
            assert status(open_lines.enter_context(line(small))) == 200
        with line(small) as fourth:
            told = head(fourth)
            assert told.startswith("HTTP/1.1 429 ") and "\r\nRetry-After: 10\r\n" in told
        assert status(open_lines.enter_context(line(small, "another"))) == 200
        with line(small, "a-third") as fifth:
            assert status(fifth) == 429
        assert small.post("/people", PERSON).status_code == 201, "others go on"


def test_that_somebody_hung_up_is_noticed_while_nothing_is_said(small: Any) -> None:
    with line(small) as connection:
        assert status(connection) == 200
        assert sitting(small) == 1
    until(lambda: sitting(small) == 0, within_s=6)


def test_who_comes_back_at_once_finds_their_places_again(small: Any) -> None:
    for _ in range(5):
        with ExitStack() as open_lines:
            lines = [open_lines.enter_context(line(small)) for _ in range(3)]
            assert [status(each) for each in lines] == [200, 200, 200]


def test_who_does_not_read_is_cut_off_and_holds_no_place(small: Any) -> None:
    position = -1
    with line(small) as deaf, line(small, "another") as hearing:
        assert status(deaf) == status(hearing) == 200
        for _ in range(12):
            wide = {"Idempotency-Key": f"wide-{uuid4()}"}
            assert small.post("/people", PERSON, headers=wide).status_code == 201
        heard = b""
        while heard.count(b"event: entry") < 12:
            piece = hearing.recv(65_536)
            assert piece, "who reads is not cut off"
            heard += piece
        until(lambda: sitting(small) == 1)
        position = int(heard.rpartition(b"id: ")[2].split(b"\n")[0])
    with line(small, after=position - 1) as again:
        assert status(again) == 200
        assert f"id: {position}\n".encode() in again.recv(65_536) + again.recv(65_536)


def test_whoever_went_leaves_nothing_behind_in_the_process(small: Any) -> None:
    def kept() -> tuple[int, int]:
        process = Path(f"/proc/{small.process.pid}")
        threads = next(row for row in (process / "status").read_text().splitlines() if "Threads" in row)
        return len(list((process / "fd").iterdir())), int(threads.split()[1])

    def come_and_go() -> None:
        with ExitStack() as open_lines:
            assert {status(open_lines.enter_context(line(small))) for _ in range(3)} == {200}

    come_and_go()
    until(lambda: sitting(small) == 0)
    files, threads = kept()
    for _ in range(15):
        come_and_go()
    until(lambda: kept()[0] <= files)
    assert kept()[1] == threads


def test_a_listener_who_is_refused_is_counted(small: Any) -> None:
    before = small.figure("icm_gateway_streams_refused_total")
    with ExitStack() as open_lines:
        assert [status(open_lines.enter_context(line(small))) for _ in range(4)] == [200, 200, 200, 429]
    assert small.figure("icm_gateway_streams_refused_total") == before + 1
