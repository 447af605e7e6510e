"""Whom the offline verifier believes: policies with witnesses, keys that were exchanged, ended or stolen (AU-4)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from audit.log import leaves, merkle
from audit.log.encoding import base64_of
from audit.log.keys import history_of, known_keys, signing_keys
from audit.log.notes import Checkpoint, SigningKey, sign
from audit.log.succession import ends, names_next
from audit.verifier import Unreadable, key_line, read_trust, verify
from icm.audit import app
from services.audit.tests.builders import an_access

ORIGIN = "openicm.example/audit"
ENTRIES = [an_access() for _ in range(6)]
SALTS = [leaves.new_salt() for _ in ENTRIES]
HASHES = [
    merkle.leaf_hash(leaves.commitment(salt=salt, entry=leaves.canonical(entry)))
    for salt, entry in zip(SALTS, ENTRIES, strict=True)
]


def a_key(origin: str = ORIGIN) -> SigningKey:
    return SigningKey(name=origin, private=Ed25519PrivateKey.generate())


OLD, NEW, THIEF = a_key(), a_key(), a_key()
WITNESSES = {name: Ed25519PrivateKey.generate() for name in ("w1", "w2", "w3")}


def note(size: int, *keys: SigningKey, by: tuple[str, ...] = (), at: int = 1_800_000_000) -> str:
    """A checkpoint of the first so many entries, signed by these keys and cosigned by these witnesses."""
    frontier = merkle.Frontier()
    list(frontier.grow(HASHES[:size]))
    text = Checkpoint(origin=ORIGIN, size=size, root=frontier.root()).text()
    lines = ""
    for name in by:
        public = WITNESSES[name].public_key().public_bytes_raw()
        key_id = bytes.fromhex(key_line(f"{name}.example", public, kind=4).split("+")[1])
        signed = WITNESSES[name].sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        lines += f"\u2014 {name}.example {base64_of(key_id + at.to_bytes(8, 'big') + signed)}\n"
    return sign(text, keys) + lines


def export(*sealed: str, statements: tuple[str, ...] = ()) -> list[str]:
    """An export of six entries, under the last of these checkpoints."""
    header = {
        "format": "openicm.org/audit-export/v1",
        "kind": "range",
        "from": 0,
        "left": [],
        "keys": statements,
    }
    lines: list[Any] = [header]
    for position, digest in enumerate(HASHES):
        shown = {"salt": base64_of(SALTS[position]), "entry": ENTRIES[position]}
        lines.append({"position": position, "leaf": base64_of(digest), **shown})
        lines += [{"sealed": each} for each in sealed[:-1] if each.split("\n")[1] == str(position + 1)]
    lines.append({"end": True, "to": 6, "right": [], "checkpoint": sealed[-1]})
    return [orjson.dumps(line).decode() for line in lines]


def rules(lines: list[str], trusted: str, **more: Any) -> list[str]:
    return [finding.rule for finding in verify(lines, trust=read_trust(trusted), **more).findings]


def policy(quorum: str, *, groups: str = "") -> str:
    witnesses = "".join(
        f"witness {name} {key_line(f'{name}.example', key.public_key().public_bytes_raw(), kind=4)}\n"
        for name, key in WITNESSES.items()
    )
    return f"# whom we trust\nlog {OLD.verifying.line()} https://log.example\n\n{witnesses}{groups}quorum {quorum}\n"


def test_whoever_trusts_the_first_key_follows_to_all_later_ones() -> None:
    third = a_key()
    chain = (names_next(NEW.verifying, by=[OLD]), names_next(third.verifying, by=[NEW]))
    sealed = (note(2, OLD), note(3, OLD, NEW), note(6, third))
    assert rules(export(*sealed, statements=chain), OLD.verifying.line()) == []
    assert rules(export(*sealed), OLD.verifying.line()) == ["unreadable"], (
        "without their word the new keys are strangers"
    )
    assert rules(export(*sealed, statements=chain[:1]), OLD.verifying.line()) == ["unreadable"]


def test_a_stranger_cannot_name_the_next_key() -> None:
    chain = (names_next(THIEF.verifying, by=[THIEF]), names_next(THIEF.verifying, by=[NEW]))
    assert rules(export(note(6, THIEF), statements=chain), OLD.verifying.line()) == ["unreadable"]
    forged = names_next(THIEF.verifying, by=[OLD]).replace("next ", "next  ")
    assert rules(export(note(6, OLD), statements=(forged,)), OLD.verifying.line()) == ["unreadable"]


def test_an_ended_key_counts_up_to_its_end_and_no_further() -> None:
    chain = (names_next(NEW.verifying, by=[OLD]), ends(OLD.verifying, after=3, by=[NEW]))
    trusted = OLD.verifying.line()
    assert rules(export(note(3, OLD), note(6, NEW), statements=chain), trusted) == []
    assert rules(export(note(3, OLD), note(6, OLD, NEW), statements=chain), trusted) == []
    assert rules(export(note(6, OLD), statements=chain), trusted) == ["unreadable"]
    late = names_next(THIEF.verifying, by=[OLD])
    assert rules(export(note(6, THIEF), statements=(*chain, late)), trusted) == ["unreadable"]


def test_what_a_stolen_key_signed_beyond_its_end_is_passed_over_within_a_sound_export() -> None:
    """The log went on under the stolen key until the theft was known; its checkpoints of then are still in it."""
    chain = (names_next(NEW.verifying, by=[OLD]), ends(OLD.verifying, after=2, by=[NEW]))
    trusted = OLD.verifying.line()
    sealed = (note(2, OLD), note(3, OLD), note(4, OLD), note(5, OLD, NEW), note(6, NEW))
    verdict = verify(export(*sealed, statements=chain), trust=read_trust(trusted))
    assert (verdict.findings, verdict.checkpoints, verdict.entries) == ([], 3, 6)
    told = export(*sealed, statements=chain)
    changed = [line.replace('"permitted"', '"denied"') if '"position":3' in line else line for line in told]
    assert set(rules(changed, trusted)) == {"changed"}


def test_a_key_does_not_end_itself_and_a_stolen_one_is_ended_by_a_statement_got_elsewhere() -> None:
    assert (
        rules(
            export(note(6, OLD), statements=(ends(OLD.verifying, after=0, by=[OLD]),)), OLD.verifying.line()
        )
        == []
    )
    both = f"{OLD.verifying.line()}\n{NEW.verifying.line()}\n"
    stolen = export(note(6, OLD), statements=(names_next(THIEF.verifying, by=[OLD]),))
    assert rules(stolen, both) == []
    assert rules(stolen, both, statements=[ends(OLD.verifying, after=4, by=[NEW])]) == ["unreadable"]


def test_a_statement_got_elsewhere_is_never_passed_over() -> None:
    stolen = export(note(6, OLD), statements=(names_next(THIEF.verifying, by=[OLD]),))
    end = ends(OLD.verifying, after=4, by=[NEW])
    follows = names_next(NEW.verifying, by=[OLD])
    trusted = OLD.verifying.line()
    (finding,) = verify(stolen, trust=read_trust(trusted), statements=[end]).findings
    assert "nobody else whom you trust has signed" in finding.detail, "an end that ends nothing is said"
    for told in ([follows, end], [end, follows]):
        (finding,) = verify(stolen, trust=read_trust(trusted), statements=told).findings
        assert "ended before" in finding.detail, "in any order"
    sealed = export(note(3, OLD), note(6, NEW), statements=(follows, end))
    assert rules(sealed, trusted, statements=[end, follows]) == []
    assert rules(sealed, NEW.verifying.line() + "\n" + trusted, statements=[end]) == []


def test_the_history_beside_the_key_is_what_auditors_are_handed(run, tmp_path: Path) -> None:
    run("keygen")
    (stolen,) = signing_keys()
    run("rotate-key")
    run("end-key", "--key-id", stolen.verifying.key_id.hex(), "--after", 4)
    trusted, forged = tmp_path / "log.pub", tmp_path / "forged.ndjson"
    trusted.write_text(stolen.verifying.line() + "\n")
    frontier = merkle.Frontier()
    list(frontier.grow(HASHES))
    head = Checkpoint(origin=stolen.name, size=6, root=frontier.root())
    forged.write_text("\n".join(export(sign(head.text(), [stolen]))) + "\n")

    def checked(*more: object) -> Any:
        return CliRunner().invoke(app, ["verify", str(forged), "--key", str(trusted), *map(str, more)])

    history = history_of(tmp_path / "audit.pem")
    assert checked().exit_code == 0, "the thief's checkpoint has the stolen key's signature"
    told = checked("--statement", history)
    assert (told.exit_code, "ended before" in told.stdout) == (1, True)
    one = tmp_path / "end.note"
    one.write_text(json.loads(history.read_text().splitlines()[-1]))
    assert checked("--statement", one).exit_code == 1


@pytest.mark.parametrize(
    ("quorum", "groups", "by", "enough"),
    [
        ("none", "", (), True),
        ("w1", "", ("w1",), True),
        ("w1", "", ("w2", "w3"), False),
        ("two", "group two 2 w1 w2 w3\n", ("w3", "w1"), True),
        ("two", "group two 2 w1 w2 w3\n", ("w3",), False),
        ("all", "group all all w1 w2 w3\n", ("w3", "w1"), False),
        ("any", "group any any w1 w2 w3\n", ("w2",), True),
        ("both", "group some any w1 w2\ngroup both all some w3\n", ("w1", "w3"), True),
        ("both", "group some any w1 w2\ngroup both all some w3\n", ("w1", "w2"), False),
    ],
)
def test_the_quorum_of_the_policy_decides(
    quorum: str, groups: str, by: tuple[str, ...], enough: bool
) -> None:
    found = rules(export(note(6, OLD, by=by)), policy(quorum, groups=groups))
    assert found == ([] if enough else ["unwitnessed"])


def test_a_false_cosignature_of_a_known_witness_is_found_and_one_of_a_stranger_passed_over() -> None:
    true = note(6, OLD, by=("w1",))
    line = true.splitlines()[-1]
    raw = bytearray(base64.b64decode(line.split(" ")[2]))
    raw[8] ^= 1
    assert rules(export(true.replace(line.split(" ")[2], base64_of(bytes(raw)))), policy("w1")) == [
        "unreadable"
    ]
    assert rules(export(true), OLD.verifying.line()) == []
    taken_from_another = note(5, OLD, by=("w1",)).splitlines()[-1] + "\n"
    assert rules(export(note(6, OLD) + taken_from_another), policy("w1")) == ["unreadable"]


def test_a_time_that_no_clock_shows_makes_a_cosignature_false(tmp_path: Path) -> None:
    for at, found in [(2**63 - 1, []), (2**63, ["unreadable"]), (2**64 - 1, ["unreadable"])]:
        lines = export(note(6, OLD, by=("w1",), at=at))
        assert rules(lines, policy("w1")) == found
        file, trusted = tmp_path / "export.ndjson", tmp_path / "policy"
        file.write_text("\n".join(lines) + "\n")
        trusted.write_text(policy("w1"))
        told = CliRunner().invoke(app, ["verify", str(file), "--key", str(trusted)])
        assert (told.exit_code, told.exception is None or isinstance(told.exception, SystemExit)) == (
            1 if found else 0, True,
        )  # fmt: skip


def test_one_key_under_two_names_is_one_witness(tmp_path: Path) -> None:
    public = WITNESSES["w1"].public_key().public_bytes_raw()
    twice = "".join(f"witness {name} {key_line(f'{name}.example', public, kind=4)}\n" for name in ("a", "b"))
    text = f"log {OLD.verifying.line()}\n{twice}group two 2 a b\nquorum two\n"
    with pytest.raises(Unreadable, match="twice"):
        read_trust(text)


@pytest.mark.parametrize(
    "text",
    [
        "quorum none\n",
        policy("w4"),
        policy("none") + "quorum none\n",
        policy("none").replace("quorum none\n", ""),
        policy("w1").replace("witness w2", "witness w1"),
        policy("g", groups="group g 0 w1\n"),
        policy("g", groups="group g 3 w1 w2\n"),
        policy("g", groups="group g any w1 w1\n"),
        policy("g", groups="group f any w1\ngroup g any w1\n"),
        policy("g", groups="group g any g\n"),
        policy("none").replace("log ", "loog "),
        f"log {key_line('w.example', bytes(32), kind=4)}\nquorum none\n",
        f"log {OLD.verifying.line()}\nwitness w {OLD.verifying.line()}\nquorum w\n",
    ],
)
def test_a_policy_that_is_not_in_the_format_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_trust(text)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """`run("rotate-key", …)` is `icm audit …` on a key file of its own."""
    key = tmp_path / "audit.pem"
    monkeypatch.setenv("ICM_AUDIT_KEY_FILE", str(key))

    def ran(command: str, *more: object) -> Any:
        named = ["keygen", "--to", str(key)] if command == "keygen" else [command, str(key)]
        return CliRunner().invoke(app, [*named, *(str(each) for each in more)])

    return ran


def test_a_key_is_exchanged_while_the_service_runs_and_auditors_need_nothing_new(run, tmp_path: Path) -> None:
    assert run("keygen").exit_code == 0
    (first,) = signing_keys()
    told = run("rotate-key")
    assert told.exit_code == 0
    new, old = signing_keys()
    assert (old.verifying, told.stdout.splitlines()) == (
        first.verifying, [new.verifying.line(), old.verifying.line()],
    )  # fmt: skip
    ended = run("end-key", "--key-id", old.verifying.key_id.hex(), "--after", 5)
    assert (ended.exit_code, [key.verifying for key in signing_keys()]) == (0, [new.verifying])
    assert set(known_keys()) == {old.verifying, new.verifying}, "old checkpoints are still known"
    history = [json.loads(line) for line in history_of(tmp_path / "audit.pem").read_text().splitlines()]
    trust = read_trust(first.verifying.line())
    trust.learn(history)
    assert [key.public for key in trust.keys] == [old.verifying.public, new.verifying.public]
    assert list(trust.ended.values()) == [5]
    assert (tmp_path / "audit.pem").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "audit.pem.pub").read_text().strip() == new.verifying.line()


def test_the_last_key_is_not_ended_and_an_unknown_one_neither(run) -> None:
    run("keygen")
    (only,) = signing_keys()
    for key_id in (only.verifying.key_id.hex(), "00000000"):
        assert run("end-key", "--key-id", key_id, "--after", 1).exit_code == 1
    assert [key.verifying for key in signing_keys()] == [only.verifying]
    assert re.fullmatch(r"[0-9a-f]{8}", only.verifying.key_id.hex())
