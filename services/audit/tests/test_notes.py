"""Notes and checkpoints against the published formats, and everything that must be refused."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.log.leaves import canonical, commitment, new_salt
from audit.log.notes import Checkpoint, NoteRefused, SigningKey, VerifyingKey, opened, sign

# The example in the documentation of Go's note package.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT
    + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZ"
    + "InNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = "openicm.example/audit"


def a_key(name: str = ORIGIN) -> SigningKey:
    return SigningKey(name=name, private=Ed25519PrivateKey.generate())


def a_checkpoint(size: int = 3) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=bytes(range(32)))


def test_a_published_note_opens_with_its_published_key() -> None:
    key = VerifyingKey.parse(GO_KEY)
    assert opened(GO_NOTE, trusted=[key]) == (GO_TEXT, [key])
    assert key.line() == GO_KEY


def test_a_checkpoint_comes_back_from_its_signed_note() -> None:
    key = a_key()
    note = sign(a_checkpoint().text(), [key])
    text, signers = opened(note, trusted=[key.verifying])
    assert Checkpoint.parse(text) == a_checkpoint()
    assert signers == [key.verifying]


def test_the_public_key_alone_opens_a_note() -> None:
    key = a_key()
    line = key.verifying.line()
    opened(sign(a_checkpoint().text(), [key]), trusted=[VerifyingKey.parse(line)])


def test_a_key_is_exchanged_by_signing_with_both() -> None:
    old, new = a_key(), a_key()
    note = sign(a_checkpoint().text(), [old, new])
    for known in ([old], [new], [old, new]):
        _, signers = opened(note, trusted=[key.verifying for key in known])
        assert signers == [key.verifying for key in known]


def test_a_line_of_a_stranger_is_passed_over_but_never_enough() -> None:
    key, stranger = a_key(), a_key("witness.example")
    both = sign(a_checkpoint().text(), [stranger, key])
    assert opened(both, trusted=[key.verifying])[1] == [key.verifying]
    with pytest.raises(NoteRefused, match="no trusted key"):
        opened(sign(a_checkpoint().text(), [stranger]), trusted=[key.verifying])


def test_a_changed_text_is_refused() -> None:
    key = a_key()
    note = sign(a_checkpoint(3).text(), [key])
    with pytest.raises(NoteRefused, match="does not verify"):
        opened(note.replace("\n3\n", "\n4\n"), trusted=[key.verifying])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note[:-1],
        lambda note: note.replace("\u2014 ", "- "),
        lambda note: note.replace("\n3\n", "\n3\t\n"),
        lambda note: note + "\u2014 nobody\n",
        lambda note: note + "\u2014 nobody AAAA\n",
        lambda note: note + "\u2014 nobody *\n",
        lambda note: note + "\u2014 a+b AAAAAAAA\n",
        lambda note: note + "\u2014 nobody AAAAAAAA\n" * 64,
    ],
)
def test_a_malformed_note_is_refused(spoil) -> None:
    key = a_key()
    with pytest.raises(NoteRefused):
        opened(spoil(sign(a_checkpoint(3).text(), [key])), trusted=[key.verifying])


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        "name+00000000+AAAA",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("+ARpc", "+BBpc"),
    ],
)
def test_a_malformed_key_is_refused(line: str) -> None:
    with pytest.raises(NoteRefused):
        VerifyingKey.parse(line)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n3\n",
        "origin\n03\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "origin\n-3\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "origin\n3\n" + base64.b64encode(bytes(31)).decode() + "\n",
        "origin\n3\n" + base64.b64encode(bytes(32)).decode() + "\n\nextension\n",
        "\n3\n" + base64.b64encode(bytes(32)).decode() + "\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        Checkpoint.parse(text)


def test_an_extension_line_is_passed_over() -> None:
    assert Checkpoint.parse(a_checkpoint().text() + "extension\n") == a_checkpoint()


def test_two_salts_hide_that_two_entries_are_the_same() -> None:
    entry = canonical({"service": "cases", "outcome": "permitted"})
    assert commitment(salt=new_salt(), entry=entry) != commitment(salt=new_salt(), entry=entry)


def test_the_spelling_of_an_entry_does_not_depend_on_the_order_of_its_fields() -> None:
    assert canonical({"b": [1, None, True], "a": "é"}) == canonical({"a": "é", "b": [1, None, True]})
    assert canonical({"b": 1, "a": "é\n"}) == '{"a":"é\\n","b":1}'.encode()


def test_a_fraction_has_no_one_spelling_and_is_refused() -> None:
    with pytest.raises(ValueError, match="fractions"):
        canonical({"a": [{"b": 0.1}]})


def test_a_salt_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(salt=b"short", entry=b"{}")
