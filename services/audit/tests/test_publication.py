"""The log as anybody may read it: a client that knows C2SP tlog-tiles and nothing of us (AU-4)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from uuid import uuid4

import orjson
import pytest

from chassis.rpc import Call
from services.audit.tests.builders import an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def anybody(keeper) -> Callable[..., tuple[int, dict]]:
    """`anybody("read_tile", level="0", path="000")` asks a door without any token."""

    def asked(door: str, **body: str) -> tuple[int, dict]:
        reply = keeper.handle(Call(door=door, body=orjson.dumps(body), headers={}, deadline_ms=2**53))
        return reply.http, orjson.loads(reply.body)

    return asked


def path_of(index: int, width: int) -> str:
    """The path of a tile, spelled after the words of the specification."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups) + (f".p/{width}" if width != 256 else "")


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return node(root_of(hashes[:k]), root_of(hashes[k:]))


def test_a_client_that_knows_the_layout_alone_rebuilds_the_root_that_was_signed(
    told, sealed, anybody, public_keys
) -> None:
    for batch in (200, 100, 300, 7):
        told(*(an_access() for _ in range(batch)))
    sealed()
    status, body = anybody("read_published")
    origin, size, root = body["note"].split("\n")[:3]
    assert (status, origin, size) == (200, "openicm.local/audit", "607")
    leaves: list[bytes] = []
    for index, width in ((0, 256), (1, 256), (2, 95)):
        tile = base64.b64decode(anybody("read_tile", level="0", path=path_of(index, width))[1]["content"])
        bundle = base64.b64decode(
            anybody("read_tile", level="entries", path=path_of(index, width))[1]["content"]
        )
        entries = []
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            entries.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
        hashes = [tile[at : at + 32] for at in range(0, len(tile), 32)]
        assert [sha256(b"\x00" + entry).digest() for entry in entries] == hashes
        leaves += hashes
    assert root_of(leaves) == base64.b64decode(root)
    above = base64.b64decode(anybody("read_tile", level="1", path="000.p/2")[1]["content"])
    assert above == root_of(leaves[:256]) + root_of(leaves[256:512])


@pytest.mark.parametrize(
    ("level", "path"),
    [
        ("0", "001"), ("0", "000.p/0"), ("0", "000.p/256"), ("0", "000.p/05"), ("0", "00"), ("0", "0000"),
        ("0", "x000/000"), ("0", "000.p/6"), ("1", "000.p/1"), ("01", "000"), ("-1", "000"), ("8", "000"), ("", "000"),
        ("0", "../000"), ("0", "000.p/5 "), ("0", "\u0660\u0660\u0660"), ("entries", "001"), ("0", "x"),
        ("63", "000"), ("99", "000"), ("0", "x999/x999/x999/x999/999"), ("hints", "000"),
        ("Entries", "000.p/5"),
    ],
)  # fmt: skip
def test_a_tile_that_the_checkpoint_does_not_reach_or_nobody_has_is_not_found(
    told, sealed, anybody, level: str, path: str
) -> None:
    told(*(an_access() for _ in range(5)))
    sealed()
    told(an_access())
    status, body = anybody("read_tile", level=level, path=path)
    assert (status, body["code"]) in ((404, "not_found"), (422, "invalid_input"))


def test_every_width_up_to_the_checkpoint_is_served(told, sealed, anybody) -> None:
    told(*(an_access() for _ in range(5)))
    sealed()
    for width in range(1, 6):
        status, body = anybody("read_tile", level="0", path=f"000.p/{width}")
        assert (status, len(base64.b64decode(body["content"]))) == (200, 32 * width)


def test_what_anybody_reads_says_nothing_of_what_was_logged(told, sealed, anybody, database) -> None:
    person = uuid4()
    told(an_access(to=(person,)), an_access(to=(person,)))
    sealed()
    seen = base64.b64decode(anybody("read_tile", level="entries", path="000.p/2")[1]["content"])
    assert len(seen) == 2 * 34, "a length and a salted hash for each, whatever the entry says"
    assert seen[2:34] != seen[36:], "not even that two accesses were alike"


def test_reading_what_is_open_to_all_leaves_no_entry_and_opens_no_other_door(
    told, sealed, anybody, outbox
) -> None:
    told(an_access())
    sealed()
    anybody("read_published")
    anybody("read_tile", level="9", path="000")
    assert outbox.entries() == []
    for door in ("list_entries", "export_entries", "read_checkpoint", "order_erasure"):
        assert anybody(door)[0] == 401


def test_before_the_first_checkpoint_there_is_nothing_to_read(told, anybody) -> None:
    told(an_access())
    assert anybody("read_published")[1]["code"] == "nothing_sealed"
    assert anybody("read_tile", level="0", path="000.p/1")[0] == 404
