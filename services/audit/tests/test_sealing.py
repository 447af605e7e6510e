"""Signing checkpoints as the log grows, and refusing to sign for a past that was rewritten (AU-4)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from audit.log import tree
from audit.log.actions import seal
from audit.log.errors import LogDiverged
from audit.log.keys import keys_in, signing_keys
from audit.log.model import Divergence, SealedCheckpoint, Settlement
from audit.log.notes import Checkpoint, SigningKey, VerifyingKey, opened
from audit.log.queries import newest_checkpoint
from audit.verifier import read_checkpoint
from chassis.config import SettingsRefused
from chassis.inbox_apply import is_away
from icm.audit import app
from services.audit.tests.builders import an_access

pytestmark = pytest.mark.postgres


def pem_of(private) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_checkpoint_covers_every_entry_and_verifies_with_the_public_key_alone(
    told, sealed, in_lane, public_keys, clock
) -> None:
    told(*(an_access() for _ in range(7)))
    sealed()
    with in_lane() as work:
        newest = newest_checkpoint(work.session)
        root = tree.root_at(work.session, 7)
    head = read_checkpoint(newest.note, public_keys)
    assert (head.size, head.root) == (7, root)
    assert newest.sealed_at == clock.now


def test_nothing_is_signed_while_nothing_is_added(told, in_lane) -> None:
    with in_lane() as work:
        assert seal(work) is None
    told(an_access())
    with in_lane() as work:
        assert seal(work) is not None
        assert seal(work) is None


def test_two_clocks_that_seal_at_once_agree(database, told, in_lane) -> None:
    told(an_access())
    with in_lane() as first:
        seal(first)
        note = newest_checkpoint(first.session).note
    told(an_access())
    with in_lane() as first, in_lane() as second:
        assert tree.size_of(second.session) == 2
        seal(first)
        first.session.commit()
        assert seal(second) is None
    with in_lane() as work:
        kept = list(work.session.scalars(select(SealedCheckpoint).order_by(SealedCheckpoint.size)))
    assert [each.size for each in kept] == [1, 2]
    assert kept[0].note == note


@pytest.mark.parametrize(
    ("tampering", "cause"),
    [
        ("UPDATE leaves SET commitment = sha256('another') WHERE position = 4", "past_rewritten"),
        ("UPDATE checkpoints SET note = replace(note, 'openicm', 'opencim')", "checkpoint_changed"),
        (
            "UPDATE checkpoints SET note = replace(note, E'\\n5\\n', E'\\n4\\n'), size = 4",
            "checkpoint_changed",
        ),
        ("DELETE FROM entries WHERE position >= 3; DELETE FROM leaves WHERE position >= 3", "cut_back"),
        ("DELETE FROM leaves WHERE position = 2", "tree_broken"),
    ],
)
def test_a_past_that_was_rewritten_in_the_database_is_not_signed_for(
    database, told, sealed, in_lane, tampering: str, cause: str
) -> None:
    told(*(an_access() for _ in range(5)))
    sealed()
    with database.superuser.connect() as superuser:
        superuser.execute(text(tampering))
    told(an_access())
    with in_lane() as work:
        assert seal(work) is None
    with in_lane() as work:
        kept = work.session.scalars(select(Divergence)).one()
        assert kept.cause == cause
        assert work.session.scalar(select(func.max(SealedCheckpoint.size))) in (4, 5)


def test_nothing_is_put_on_top_of_a_log_that_diverged_until_somebody_answers_for_it(
    database, told, sealed, in_lane
) -> None:
    told(*(an_access() for _ in range(5)))
    sealed()
    with database.superuser.connect() as superuser:
        superuser.execute(text("UPDATE leaves SET commitment = sha256('another') WHERE position = 4"))
    told(an_access())
    sealed()
    with pytest.raises(LogDiverged) as refusal:
        told(an_access())
    assert is_away(refusal.value), "the lane keeps the entry and tries again: it is not the entry's fault"
    with in_lane() as work:
        assert tree.size_of(work.session) == 6
        work.session.add(
            Settlement(
                divergence_id=work.session.scalars(select(Divergence.id)).one(),
                by="operator",
                because="incident-7",
                settled_at=work.now,
            )
        )
    told(an_access())
    with in_lane() as work:
        assert tree.size_of(work.session) == 7
    sealed()
    with in_lane() as work:
        assert newest_checkpoint(work.session).size == 5, "an answer makes nobody sign for another past"
        assert len(list(work.session.scalars(select(Divergence)))) == 2
    with pytest.raises(LogDiverged):
        told(an_access())


def test_a_tree_with_a_hole_takes_no_entry(database, told, sealed) -> None:
    told(*(an_access() for _ in range(250)))
    sealed()
    with database.superuser.connect() as superuser:
        superuser.execute(text("DELETE FROM leaves WHERE position = 2"))
    with pytest.raises(LogDiverged):
        told(*(an_access() for _ in range(10)))


def test_every_key_of_the_key_file_signs_so_that_keys_can_be_exchanged(tmp_path) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    path = tmp_path / "signing.pem"
    path.write_bytes(pem_of(new) + pem_of(old))
    keys = keys_in(path, origin="openicm.example/audit")
    assert [key.private.private_bytes_raw() for key in keys] == [
        new.private_bytes_raw(),
        old.private_bytes_raw(),
    ]


@pytest.fixture
def keys(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """`keys("rotate-key", …)` is `icm audit …` on the key file of the service, which is one of this test alone."""
    path = tmp_path / "signing.pem"
    monkeypatch.setenv("ICM_AUDIT_KEY_FILE", str(path))

    def ran(command: str, *more: object) -> None:
        named = ["--to", str(path)] if command == "keygen" else [str(path)]
        done = CliRunner().invoke(app, [command, *named, *map(str, more)])
        assert done.exit_code == 0, done.output

    ran("keygen")
    return ran


@pytest.mark.parametrize(("after", "causes"), [(5, []), (4, ["checkpoint_changed"])])
def test_a_key_is_exchanged_while_nothing_happens_and_the_log_goes_on(
    keys, told, sealed, in_lane, after: int, causes: list[str]
) -> None:
    told(*(an_access() for _ in range(5)))
    sealed()
    old = signing_keys()[0].verifying
    keys("rotate-key")
    sealed()
    keys("end-key", "--key-id", old.key_id.hex(), "--after", after)
    told(an_access())
    sealed()
    with in_lane() as work:
        assert list(work.session.scalars(select(Divergence.cause))) == causes
        newest = newest_checkpoint(work.session)
    assert newest.size == (5 if causes else 6), "what only a key signed that was ended before proves nothing"


@pytest.mark.parametrize("content", [b"", pem_of(generate_private_key(SECP256R1()))])
def test_a_key_file_without_an_ed25519_key_is_refused(tmp_path, content: bytes) -> None:
    path = tmp_path / "signing.pem"
    path.write_bytes(content)
    with pytest.raises(SettingsRefused):
        keys_in(path, origin="openicm.example/audit")


def test_the_signing_key_of_the_service_names_the_log() -> None:
    key: SigningKey = signing_keys()[0]
    assert key.name == "openicm.local/audit"
    text_, _ = opened(
        f"{key.name}\n0\n" + "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
        + key.signature_line(f"{key.name}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"),
        trusted=[VerifyingKey.parse(key.verifying.line())],
    )  # fmt: skip
    assert Checkpoint.parse(text_).size == 0
