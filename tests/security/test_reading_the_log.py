"""The log as anybody finds it at `/log`: no token, a layout that is published, nothing but hashes (AU-4, AU-5)."""

from __future__ import annotations

import base64
import os
import time
from hashlib import sha256
from typing import Any

import pytest
import requests

from audit.verifier import read_trust

pytestmark = pytest.mark.platform


def read(path: str) -> requests.Response:
    return requests.get(f"{os.environ['ICM_BASE_URL']}/log/{path}", timeout=10)


def an_auditor() -> dict[str, str]:
    asked = {"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": "auditor"}
    answer = requests.post(os.environ["ICM_TOKEN_URL"], data=asked, timeout=10)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture(scope="module")
def checkpoint() -> requests.Response:
    """A checkpoint over at least what we just asked for."""
    entries = f"{os.environ['ICM_BASE_URL']}/api/v1/audit/entries"
    assert requests.get(entries, headers=an_auditor(), timeout=10).status_code == 200
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        answer = read("checkpoint")
        if answer.status_code == 200 and len(answer.text.splitlines()) > 5:
            return answer
        time.sleep(0.2)
    raise AssertionError("no checkpoint was cosigned")


def test_the_checkpoint_is_signed_by_the_log_and_cosigned_by_its_witness(checkpoint: Any) -> None:
    with open(os.environ["ICM_AUDIT_POLICY_FILE"], encoding="utf-8") as file:  # noqa: PTH123
        trust = read_trust(file.read())
    head, witnessed = trust.checkpoint(checkpoint.text)
    assert head.size > 0
    assert trust.is_witnessed(witnessed)
    assert abs(time.time() - max(witnessed.values())) < 120
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "public, max-age=1"


def test_tiles_and_bundles_lead_to_the_root_that_was_signed(checkpoint: Any) -> None:
    size, root = int(checkpoint.text.split("\n")[1]), checkpoint.text.split("\n")[2]
    hashes: list[bytes] = []
    for index in range(-(-size // 256)):
        width = min(256, size - index * 256)
        path = f"{index:03d}" + ("" if width == 256 else f".p/{width}")
        tile, bundle = read(f"tile/0/{path}"), read(f"tile/entries/{path}")
        for answer in (tile, bundle):
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert "immutable" in answer.headers["Cache-Control"]
        found = [tile.content[at : at + 32] for at in range(0, len(tile.content), 32)]
        leaves = [bundle.content[at + 2 : at + 34] for at in range(0, len(bundle.content), 34)]
        assert [sha256(b"\x00" + leaf).digest() for leaf in leaves] == found
        hashes += found
    assert base64.b64encode(_root(hashes)).decode() == root


@pytest.mark.parametrize(
    "path", ["tile/0/0", "tile/0/x999/999", "tile/8/000", "tile/a/000", "tile/0/..%2f000", "x"]
)
def test_what_is_not_there_is_not_found_and_not_remembered(checkpoint: Any, path: str) -> None:
    answer = read(path)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + _root(hashes[:k]) + _root(hashes[k:])).digest()
