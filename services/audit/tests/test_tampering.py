"""What somebody with all rights over the database can do, and how the offline verifier finds it (AU-4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from audit.verifier import Verdict, verify
from services.audit.tests.builders import GIRL, SISTER, an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def a_log(told, sealed) -> None:
    """Eleven entries under three checkpoints."""
    for batch in (3, 2, 6):
        told(*(an_access(to=(GIRL, SISTER)[:1]) for _ in range(batch)))
        sealed()


@pytest.fixture
def superuser(database) -> Callable[[str], None]:
    """Does as it likes."""

    def does(*statements: str) -> None:
        with database.superuser.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    return does


def rules(verdict: Verdict) -> set[str]:
    return {finding.rule for finding in verdict.findings}


def test_an_untouched_log_is_sound(a_log, export, public_keys) -> None:
    verdict = verify(export(), keys=public_keys)
    assert verdict.sound
    assert (verdict.entries, verdict.size, verdict.erased) == (11, 11, 0)
    assert verdict.checkpoints == 4


@pytest.mark.parametrize("limit", [1, 2, 5, 11, 100])
@pytest.mark.parametrize("start", [0, 1, 5, 8, 10, 11])
def test_a_part_of_the_log_proves_itself_too(a_log, export, public_keys, start: int, limit: int) -> None:
    verdict = verify(export(start=start, limit=limit), keys=public_keys)
    assert verdict.sound, verdict.findings
    assert verdict.entries == 11 - start


def test_a_log_that_grew_still_begins_as_its_earlier_checkpoints_said(
    a_log, told, sealed, export, public_keys, call, an_actor
) -> None:
    auditor = an_actor(subject="auditor", roles=["auditor"], organisation="province")
    earlier = [call("read_checkpoint", {"size": size}, actor=auditor).body["note"] for size in (3, 5, 11)]
    told(an_access())
    sealed()
    verdict = verify(export(), keys=public_keys, earlier=earlier)
    assert verdict.sound
    assert verdict.size == 12


def test_an_edited_entry_is_found_and_named(a_log, superuser, export, public_keys) -> None:
    superuser("UPDATE entries SET words = replace(words, 'mentor', 'nobody') WHERE position = 7")
    verdict = verify(export(), keys=public_keys)
    assert [(finding.rule, finding.position) for finding in verdict.findings] == [("changed", 7)]


def test_an_entry_edited_together_with_its_leaf_is_found_between_two_checkpoints(
    a_log, superuser, export, public_keys
) -> None:
    superuser(
        "UPDATE entries SET words = replace(words, 'mentor', 'nobody') WHERE position = 4",
        "UPDATE leaves l SET commitment = sha256(convert_to(E'openicm.org/audit-entry/v1\\n', 'UTF8')"
        " || e.salt || convert_to(e.words, 'UTF8')) FROM entries e WHERE e.position = 4 AND l.position = 4",
    )
    verdict = verify(export(), keys=public_keys)
    assert rules(verdict) == {"changed"}
    assert verdict.findings[0].position == 3, "the checkpoint of 3 entries holds, the one of 5 does not"


def test_a_denial_made_a_permit_is_found(told, sealed, superuser, export, public_keys) -> None:
    told(an_access(), an_access(by="youth-worker", refused="access_denied"))
    sealed()
    superuser("UPDATE entries SET words = replace(words, 'denied\"', 'permitted\"') WHERE position = 1")
    assert not verify(export(), keys=public_keys).sound


def test_a_deleted_entry_is_found(a_log, superuser, export, public_keys) -> None:
    superuser("DELETE FROM entries WHERE position = 6", "DELETE FROM leaves WHERE position = 6")
    assert "order" in rules(verify(export(), keys=public_keys))


def test_deleted_entries_at_the_end_are_found(a_log, superuser, export, public_keys) -> None:
    superuser("DELETE FROM entries WHERE position >= 9", "DELETE FROM leaves WHERE position >= 9")
    assert not verify(export(), keys=public_keys).sound


def test_a_deleted_entry_whose_gap_was_closed_is_found(a_log, superuser, export, public_keys) -> None:
    superuser(
        "DELETE FROM entries WHERE position = 6",
        "DELETE FROM leaves WHERE position = 6",
        *(
            f"UPDATE {table} SET position = {position - 1} WHERE position = {position}"
            for position in range(7, 11)
            for table in ("entries", "leaves")
        ),
    )
    assert not verify(export(), keys=public_keys).sound


def test_two_entries_that_changed_places_are_found(a_log, superuser, export, public_keys) -> None:
    superuser(
        *(
            f"UPDATE {table} SET position = {new} WHERE position = {old}"
            for old, new in ((2, 99), (8, 2), (99, 8))
            for table in ("entries", "leaves")
        )
    )
    assert rules(verify(export(), keys=public_keys)) == {"changed"}


def test_an_entry_slipped_in_under_a_false_signature_is_found(
    a_log, told, superuser, export, public_keys
) -> None:
    told(an_access(by="nobody"))
    superuser(
        "UPDATE checkpoints SET size = 12, note = replace(note, E'\\n11\\n', E'\\n12\\n') WHERE size = 11"
    )
    assert rules(verify(export(), keys=public_keys)) == {"unreadable"}


def test_a_history_that_was_written_anew_and_sealed_with_the_stolen_key_is_found_by_an_earlier_checkpoint(
    a_log, database, told, sealed, export, public_keys, call, an_actor
) -> None:
    auditor = an_actor(subject="auditor", roles=["auditor"], organisation="province")
    kept = call("read_checkpoint", {}, actor=auditor).body["note"]
    database.clear()
    told(*(an_access(by="nobody") for _ in range(11)))
    sealed()
    assert verify(export(), keys=public_keys).sound, "by itself a new history looks like any other"
    assert rules(verify(export(), keys=public_keys, earlier=[kept])) == {"rewritten"}


def test_a_log_that_was_cut_back_is_found_by_an_earlier_checkpoint(
    a_log, superuser, export, public_keys, call, an_actor
) -> None:
    auditor = an_actor(subject="auditor", roles=["auditor"], organisation="province")
    kept = call("read_checkpoint", {}, actor=auditor).body["note"]
    superuser(
        "DELETE FROM entries WHERE position >= 5",
        "DELETE FROM leaves WHERE position >= 5",
        "DELETE FROM checkpoints WHERE size > 5",
    )
    assert rules(verify(export(), keys=public_keys, earlier=[kept])) == {"cut_back"}


def test_content_that_vanishes_without_an_order_in_the_log_is_found(
    a_log, superuser, export, public_keys
) -> None:
    superuser("DELETE FROM entries WHERE position IN (2, 3)")
    verdict = verify(export(), keys=public_keys)
    assert [(finding.rule, finding.position) for finding in verdict.findings] == [("erased_without_order", 2)]


def test_another_key_verifies_nothing(a_log, export) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from audit.log.notes import SigningKey
    from audit.verifier import read_keys

    stranger = SigningKey(name="openicm.local/audit", private=Ed25519PrivateKey.generate())
    assert rules(verify(export(), keys=read_keys(stranger.verifying.line()))) == {"unreadable"}
