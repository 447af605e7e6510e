"""`icm audit`: the same verifier, as a command."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from audit.log.keys import keys_in
from audit.log.merkle import EMPTY_ROOT
from audit.log.notes import Checkpoint, sign
from audit.verifier import FORMAT
from icm.audit import app


def run(*arguments: object):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "audit.pem"
    assert run("keygen", "--to", path, "--origin", "openicm.example/audit").exit_code == 0
    return path


def test_a_made_key_is_the_owners_alone_and_its_public_half_stands_beside(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    public = (key.parent / "audit.pem.pub").read_text()
    (signing,) = keys_in(key, origin="openicm.example/audit")
    assert public.strip() == signing.verifying.line()
    assert run("public-key", key, "--origin", "openicm.example/audit").stdout == public


def test_a_key_that_exists_is_never_overwritten(key: Path) -> None:
    before = key.read_bytes()
    assert run("keygen", "--to", key).exit_code == 1
    assert key.read_bytes() == before


def test_an_export_is_checked_and_the_exit_code_tells(key: Path, tmp_path: Path) -> None:
    keys = keys_in(key, origin="openicm.example/audit")
    note = sign(Checkpoint(origin=keys[0].name, size=0, root=EMPTY_ROOT).text(), keys)
    export = tmp_path / "export.ndjson"
    header = {"format": FORMAT, "kind": "range", "from": 0, "left": []}
    footer = {"end": True, "to": 0, "right": [], "checkpoint": note}
    export.write_bytes(b"\n".join(orjson.dumps(line) for line in (header, footer)))
    public = key.parent / "audit.pem.pub"
    assert run("verify", export, "--key", public).exit_code == 0
    export.write_bytes(orjson.dumps(header))
    told = run("verify", export, "--key", public, "--json")
    assert told.exit_code == 1
    assert orjson.loads(told.stdout)["findings"][0]["rule"] == "unreadable"
    assert run("verify", tmp_path / "missing", "--key", public).exit_code == 2
