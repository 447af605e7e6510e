"""`add-checkpoint`, answer by answer as C2SP tlog-witness says them (AU-4)."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from witness.notes import WITNESS_KEY, Malformed, key_id, read_head, read_log_key, vkey
from witness.protocol import SIZE
from witness.tree import begins


def test_a_checkpoint_that_continues_what_was_seen_is_cosigned(witness, log, shown) -> None:
    for old, size in [(0, 1), (1, 2), (2, 7), (7, 7), (7, 64), (64, 65)]:
        answer = shown(old, size)
        assert answer.status == 200, answer.body
        name, encoded = answer.body.removeprefix("\u2014 ").strip().split(" ")
        raw = base64.b64decode(encoded)
        public = witness.key.public_key()
        assert (name, raw[:4]) == (witness.name, key_id(name, WITNESS_KEY, public.public_bytes_raw()))
        assert int.from_bytes(raw[4:12], "big") == 1_800_000_000
        text = log.note(size).rpartition("\n\n")[0] + "\n"
        public.verify(raw[12:], f"cosignature/v1\ntime 1800000000\n{text}".encode())


def test_another_old_size_than_the_one_known_is_told_the_known_one(shown) -> None:
    assert (shown(3, 5).status, shown(3, 5).body, shown(3, 5).kind) == (409, "0\n", SIZE)
    shown(0, 5)
    for old, size in [(0, 9), (4, 9), (6, 9)]:
        assert (shown(old, size).status, shown(old, size).body) == (409, "5\n")


def test_a_log_that_is_rolled_back_is_refused(shown) -> None:
    shown(0, 9)
    assert (shown(0, 4).status, shown(4, 4).status) == (409, 409)
    assert shown(9, 4).status == 400, "the old size may not be larger than the checkpoint"


def test_a_fork_is_refused_and_kept_as_evidence(witness, log, store, shown) -> None:
    shown(0, 9)
    fork = log.fork(5)
    assert witness.add_checkpoint(fork.body(0, 9)).status == 409
    assert witness.add_checkpoint(fork.body(9, 9)).status == 422
    assert witness.add_checkpoint(fork.body(9, 20)).status == 422
    assert [(note, cause) for _, note, cause, _ in store.refusals()] == [
        (fork.note(9), "fork"), (fork.note(20), "not_proven"),
    ]  # fmt: skip
    assert shown(9, 20).status == 200, "the true log goes on"


def test_what_strangers_write_below_a_checkpoint_is_neither_kept_nor_shown(witness, log, store) -> None:
    stranger, mine = Ed25519PrivateKey.generate(), witness.key.public_key().public_bytes_raw()
    raw = key_id(witness.name, WITNESS_KEY, mine) + bytes(72)
    false = f"\u2014 {witness.name} {base64.b64encode(raw).decode()}\n"
    spoilt = log.note(3, keys=[stranger, log.key]) + false
    line = witness.add_checkpoint(log.body(0, 3, note=spoilt)).body
    assert witness.latest(log.origin) == log.note(3) + line, "no line that makes the whole note a false one"


def test_a_spoilt_proof_of_a_true_checkpoint_is_no_evidence_once_it_is_proven(
    witness, log, store, shown, monkeypatch
) -> None:
    monkeypatch.setattr("witness.store.MOST_REFUSALS", 5)
    shown(0, 9)
    assert witness.add_checkpoint(log.body(9, 9, proof=[bytes(32)])).status == 422
    assert store.refusals() == [], "this very checkpoint was cosigned"
    for size in range(10, 30):
        stranger = Ed25519PrivateKey.generate()
        spoilt = log.body(9, size, note=log.note(size, keys=[log.key, stranger]), proof=[bytes(32)])
        assert [witness.add_checkpoint(spoilt).status for _ in "12"] == [422, 422]
    assert [note for _, note, _, _ in store.refusals()] == [log.note(size) for size in range(10, 15)]
    assert witness.add_checkpoint(log.fork(5).body(9, 9)).status == 422
    assert [cause for _, _, cause, _ in store.refusals()][-1] == "fork", "there is room for what counts"
    shown(9, 12)
    assert log.note(12) not in [note for _, note, _, _ in store.refusals()]


def test_nothing_is_shown_that_is_not_on_the_disk_yet(witness, log, store, shown) -> None:
    shown(0, 3)
    read: list[str | None] = []
    reader = threading.Thread(target=lambda: read.append(witness.latest(log.origin)))
    with pytest.raises(OSError), store.alone():
        seen = store.latest(log.origin)
        store.remember(log.origin, replace(seen, size=9, note=log.note(9), cosignature="too early\n"))
        reader.start()
        reader.join(timeout=0.3)
        raise OSError("the disk is full")
    reader.join()
    assert read[0].startswith(log.note(3)), "a reader waits, and gets what a restarted witness would know"


def test_the_same_size_is_cosigned_again_with_a_later_time(witness, log) -> None:
    witness.add_checkpoint(log.body(0, 3))
    later = replace(witness, clock=lambda: 1_800_000_015)
    assert later.add_checkpoint(log.body(3, 3)).status == 200
    earlier = replace(witness, clock=lambda: 1_700_000_000)
    answer = earlier.add_checkpoint(log.body(3, 4))
    raw = base64.b64decode(answer.body.strip().split(" ")[2])
    assert int.from_bytes(raw[4:12], "big") == 1_800_000_015, "its clock never runs back"


def test_an_unknown_log_is_not_found_and_an_unknown_key_forbidden(witness, log, another) -> None:
    assert witness.add_checkpoint(another(origin="log.example/two").body(0, 1)).status == 404
    assert witness.add_checkpoint(another(origin=log.origin).body(0, 1)).status == 403
    stranger = Ed25519PrivateKey.generate()
    assert witness.add_checkpoint(log.body(0, 1, note=log.note(1, keys=[stranger, log.key]))).status == 200


def test_a_false_signature_of_a_known_key_is_forbidden(witness, log) -> None:
    other = log.fork(0)
    note = other.note(1).rpartition("\n\n")[0] + "\n\n" + log.note(1).rpartition("\n\n")[2]
    assert witness.add_checkpoint(log.body(0, 1, note=note)).status == 403


def test_a_proof_where_none_belongs_is_refused(witness, log) -> None:
    assert witness.add_checkpoint(log.body(0, 4, proof=[bytes(32)])).status == 422
    witness.add_checkpoint(log.body(0, 4))
    assert witness.add_checkpoint(log.body(4, 4, proof=[bytes(32)])).status == 422


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: "",
        lambda body: body.replace("old ", "alt "),
        lambda body: body.replace("old 0", "old 00"),
        lambda body: body.replace("old 0", "old -1"),
        lambda body: body.replace("old 0", "old 99999999999999999999"),
        lambda body: body.replace("old 0\n", "old 0\nnot base64\n"),
        lambda body: body.replace("old 0\n", "old 0\nAAAA\n"),
        lambda body: body.replace("old 0\n", "old 0\n" + "A" * 43 + "=\n" * 64),
        lambda body: body.replace("\n1\n", "\n01\n"),
        lambda body: body.replace("\n1\n", "\n\uff11\n"),
        lambda body: body.replace("\n1\n", "\n1\r\n"),
        lambda body: body[:-1],
        lambda body: body.replace("\u2014", "-"),
        lambda body: body + "\u2014 x\n",
        lambda body: body.replace("log.example", "log.ex\x00ample"),
        lambda body: body.partition("\n\n")[0],
    ],
)
def test_what_is_not_in_the_format_is_a_bad_request(witness, log, store, spoil) -> None:
    assert witness.add_checkpoint(spoil(log.body(0, 1))).status in (400, 404)
    assert store.latest(log.origin) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    old=some.integers(0, 40), new=some.integers(0, 40), spoilt=some.integers(0, 6), bit=some.integers(0, 255)
)
def test_a_true_proof_holds_between_any_two_sizes_and_a_spoilt_one_never(
    another, old: int, new: int, spoilt: int, bit: int
) -> None:
    leaves = [str(number).encode() for number in range(40)]
    if old > new:
        old, new = new, old
    proof = another.subproof(old, leaves[:new]) if old else []
    roots = {"old_root": another.mth(leaves[:old]), "new_root": another.mth(leaves[:new])}
    assert begins(old=old, new=new, proof=proof, **roots)
    assert not begins(old=old, new=new, proof=[*proof, bytes(32)], **roots)
    if proof:
        assert not begins(old=old, new=new, proof=proof[:-1], **roots)
        place = spoilt % len(proof)
        flipped = bytearray(proof[place])
        flipped[bit // 8] ^= 1 << bit % 8
        assert not begins(
            old=old, new=new, proof=[*proof[:place], bytes(flipped), *proof[place + 1 :]], **roots
        )
    if 0 < old < new:
        assert not begins(old=old, new=new, proof=proof, old_root=bytes(32), new_root=roots["new_root"])
        assert not begins(old=old, new=new, proof=proof, old_root=roots["old_root"], new_root=bytes(32))


def test_the_example_of_the_specification_is_read() -> None:
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo"
        "+zyWE+xeMcTOAYQ8=\n"
    )
    head = read_head(note)
    assert (head.origin, head.size, len(head.root)) == ("example.com/behind-the-sofa", 20852163, 32)


def test_a_key_is_read_as_it_was_written_and_no_other_kind(log) -> None:
    line = vkey(log.origin, 1, log.public.public)
    assert read_log_key(line) == log.public
    for wrong in ["", "a+b", line.replace("+", "+0", 1), vkey(log.origin, WITNESS_KEY, log.public.public)]:
        with pytest.raises(Malformed):
            read_log_key(wrong)
