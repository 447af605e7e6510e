"""How requests are read from a connection: in time, and in one way only (GW-1)."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

ID = "11111111-1111-4111-8111-111111111111"
SMUGGLED = f"GET /api/v1/people/{ID} HTTP/1.1\r\nHost: x\r\n\r\n"


def said(gateway: Any, *pieces: bytes, seconds: float = 10) -> bytes:
    """Everything that the gateway answers on one connection, until it closes it or has nothing to say."""
    where = urlsplit(gateway.url)
    heard = b""
    with socket.create_connection((where.hostname, where.port), timeout=seconds) as line:
        # Whoever is refused may find the line closed before all is said.
        with suppress(OSError):
            for piece in pieces:
                line.sendall(piece)
            line.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while piece := line.recv(65536):
                heard += piece
    return heard


def statuses(heard: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", heard)]


def head(gateway: Any, *lines: str) -> bytes:
    usual = [
        "POST /api/v1/people HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {gateway.token(roles=['intake_worker'])}",
        "Content-Type: application/json",
    ]
    return "\r\n".join([*usual, *lines, "", ""]).encode()


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 2", "Content-Length: 60"],
        ["Content-Length: 2, 60"],
        ["Content-Length: +2"],
        ["Content-Length: 0_2"],
        ["Content-Length: -2"],
        ["Content-Length : 2"],
        ["Content-Length: 2", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding: chunked, identity"],
        ["Transfer-Encoding: identity"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Transfer-Encoding : chunked"],
        ["X-Nothing", "Content-Length: 2"],
        ["Host: y", "Content-Length: 2"],
        [" Content-Length: 2"],
    ],
    ids=lambda lines: " | ".join(lines),
)
def test_a_length_that_can_be_understood_in_two_ways_is_refused_and_the_connection_closed(
    gateway: Any, lines: list[str]
) -> None:
    heard = statuses(said(gateway, head(gateway, *lines), b"{}", SMUGGLED.encode()))
    assert heard == [400]


def test_two_good_requests_on_one_connection_are_two_answers(gateway: Any) -> None:
    good = head(gateway, "Content-Length: 2") + b"{}"
    assert statuses(said(gateway, good, good)) == [422, 422]


@pytest.mark.parametrize("size", ["zz", "-5", "ffffffffffffffffffff", ""])
def test_a_chunk_of_no_size_ends_the_connection(gateway: Any, size: str) -> None:
    heard = said(
        gateway, head(gateway, "Transfer-Encoding: chunked"), f"{size}\r\n{{}}\r\n".encode(), b"0\r\n\r\n"
    )
    assert [status for status in statuses(heard) if status >= 500 or status < 300] == []


@pytest.fixture(scope="module")
def impatient(start_gateway: Callable[..., Any]) -> Any:
    return start_gateway(ICM_SLOWEST_BODY_SECONDS="1")


def test_a_body_that_trickles_is_given_up_and_the_connection_closed(impatient: Any) -> None:
    where = urlsplit(impatient.url)
    began = time.monotonic()
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(head(impatient, "Content-Length: 1000"))
        over = threading.Event()

        def trickle() -> None:
            while not over.wait(0.1):
                try:
                    line.sendall(b" ")
                except OSError:
                    return

        trickling = threading.Thread(target=trickle, daemon=True)
        trickling.start()
        heard = b""
        try:
            while piece := line.recv(65536):
                heard += piece
        except ConnectionResetError:
            pass
        over.set()
        trickling.join()
    assert statuses(heard) == [408]
    assert b"request_timeout" in heard
    assert time.monotonic() - began < 15


def test_those_who_trickle_keep_nobody_else_waiting(impatient: Any) -> None:
    where = urlsplit(impatient.url)
    lines = [socket.create_connection((where.hostname, where.port), timeout=20) for _ in range(50)]
    try:
        for line in lines:
            line.sendall(head(impatient, "Content-Length: 1000"))
        assert impatient.get(f"/people/{ID}").status_code == 200
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"], ids=str
)
def test_a_method_is_what_the_request_line_says(gateway: Any, name: str) -> None:
    answer = gateway.ask("POST", f"/people/{ID}", headers={name: "GET"}, json={})
    assert answer.status_code == 405


def test_what_a_client_says_of_itself_is_not_believed(gateway: Any) -> None:
    """Neither host nor address of a client without a proxy that is trusted stands in an answer."""
    lies = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "203.0.113.66",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=203.0.113.66;host=evil.example",
        "X-Original-URL": "/evil",
        "X-Rewrite-URL": "/evil",
    }
    for path in (f"/people/{ID}", "/referrals", "/nothing"):
        answer = gateway.get(path, headers=lies)
        told = f"{answer.text} {answer.headers}"
        assert "evil" not in told and "203.0.113.66" not in told


@pytest.mark.parametrize(
    "given",
    ["00-bad", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x" * 4000, "00-ffffffff\x01"],
    ids=["short", "zero", "long", "control"],
)
def test_a_trace_that_is_none_is_not_carried_on(gateway: Any, given: str) -> None:
    raw = (
        f"GET /api/v1/people/{ID} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {gateway.token()}\r\ntraceparent: {given}\r\n\r\n"
    )
    heard = said(gateway, raw.encode())
    assert statuses(heard)[0] in (200, 400)
    assert given.encode() not in heard
