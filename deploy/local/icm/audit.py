"""`icm audit`: check an export of the audit log offline, and make the keys that sign it (AU-4).

Checking needs neither the service nor a database, nor anything of this checkout but the verifier's one folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from audit import verifier
from audit.log.keys import history_of, keys_in
from audit.log.notes import SigningKey
from audit.log.succession import ends, names_next
from audit.verifier.__main__ import checked, report
from icm.complaints import Complaint

DEFAULT_ORIGIN = "openicm.local/audit"
NOT_SOUND, UNREADABLE = 1, 2

app = typer.Typer(no_args_is_help=True, help="Check the audit log offline; make its keys.")


def add_to(parent: typer.Typer) -> None:
    """Add `icm audit …` to the app."""
    parent.add_typer(app, name="audit")


Export = Annotated[Path, typer.Argument(help="The export, as GET /api/v1/audit/exports/file gave it.")]
Keys = Annotated[
    Path,
    typer.Option(
        "--key",
        help="The public keys of the log, or a policy with witnesses, got by another way than the log.",
    ),
]
Earlier = Annotated[
    list[Path] | None,
    typer.Option("--earlier", help="A checkpoint that you received before, or a witness's; may be repeated."),
]
Statements = Annotated[
    list[Path] | None,
    typer.Option("--statement", help="A statement about keys that you got by another way; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the verdict as one line of JSON.")]
Origin = Annotated[str, typer.Option("--origin", help="The name of the log, as its checkpoints say it.")]


@app.command("verify")
def verify(
    export: Export, key: Keys, earlier: Earlier = None, statement: Statements = None, as_json: AsJson = False
) -> None:
    """Check that an export is word for word what was signed. Exit code 0: sound, 1: not sound, 2: unreadable."""
    try:
        verdict = checked(export, key=key, earlier=earlier or [], statements=statement or [])
    except (OSError, ValueError, verifier.Unreadable) as reason:
        typer.echo(f"cannot read: {reason}", err=True)
        raise typer.Exit(UNREADABLE) from None
    if as_json:
        typer.echo(json.dumps({**asdict(verdict), "sound": verdict.sound}))
    else:
        for line in report(verdict):
            typer.echo(line)
    raise typer.Exit(0 if verdict.sound else NOT_SOUND)


@app.command("keygen")
def keygen(
    to: Annotated[
        Path, typer.Option("--to", help="Where the private key goes; the public one stands beside.")
    ],
    origin: Origin = DEFAULT_ORIGIN,
) -> None:
    """Make a signing key: FILE for the service alone, FILE.pub for everybody."""
    make_key(to, origin=origin)
    typer.echo(public_key_of(to, origin=origin))


@app.command("public-key")
def public_key(
    private_key: Annotated[Path, typer.Argument(help="The private key file of the service.")],
    origin: Origin = DEFAULT_ORIGIN,
) -> None:
    """Print the public key, one line for each key of the file: what auditors verify with."""
    typer.echo(public_key_of(private_key, origin=origin))


@app.command("rotate-key")
def rotate_key(
    private_key: Annotated[Path, typer.Argument(help="The private key file of the service.")],
    origin: Origin = DEFAULT_ORIGIN,
) -> None:
    """Add a new key on top of the key file; the present ones sign that it is the next.

    From now on old and new sign every checkpoint, without a restart. Give the public keys to witnesses and auditors,
    then end the old one: icm audit end-key.
    """
    present = keys_in(private_key, origin=origin)
    new = SigningKey(name=origin, private=Ed25519PrivateKey.generate())
    # The statement first: were this to break off here, it names a key that nobody has.
    _add_statement(private_key, names_next(new.verifying, by=present))
    replace_key_file(private_key, _pem(new.private) + private_key.read_bytes())
    write_public_key(private_key, origin=origin)
    typer.echo(public_key_of(private_key, origin=origin))


@app.command("end-key")
def end_key(
    private_key: Annotated[Path, typer.Argument(help="The private key file of the service.")],
    key_id: Annotated[str, typer.Option("--key-id", help="The key to end: the part between the two +.")],
    after: Annotated[
        int,
        typer.Option("--after", min=0, help="The largest checkpoint for which its signature still counts."),
    ],
    origin: Origin = DEFAULT_ORIGIN,
) -> None:
    """Take a key out of the key file, and let the others sign until where it counts. For a stolen key too."""
    present = keys_in(private_key, origin=origin)
    ended = [key for key in present if key.verifying.key_id.hex() == key_id]
    kept = [key for key in present if key.verifying.key_id.hex() != key_id]
    if not ended or not kept:
        raise Complaint(
            f"{private_key} must hold the key {key_id} and another one.", mend="icm audit rotate-key FILE"
        )
    _add_statement(private_key, ends(ended[0].verifying, after=after, by=kept))
    replace_key_file(private_key, b"".join(_pem(key.private) for key in kept))
    write_public_key(private_key, origin=origin)
    typer.echo(public_key_of(private_key, origin=origin))


def _add_statement(private_key: Path, statement: str) -> None:
    with history_of(private_key).open("a", encoding="utf-8") as history:
        history.write(json.dumps(statement) + "\n")
        history.flush()
        os.fsync(history.fileno())


def replace_key_file(path: Path, content: bytes) -> None:
    """Put the content in the place of a key file: whole or not at all, and its owner's alone."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600, exist_ok=False)
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_key(path: Path, *, origin: str = DEFAULT_ORIGIN) -> None:
    """Write a new Ed25519 key to `path` (readable by its owner only) and its public key to `path`.pub.

    Raises Complaint when there is a key already: a lost key cannot be made again.
    """
    pem = _pem(Ed25519PrivateKey.generate())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise Complaint(
            f"{path} exists already.", mend="Choose another name, or move the old key away."
        ) from None
    path.write_bytes(pem)
    write_public_key(path, origin=origin)


def write_public_key(private_key: Path, *, origin: str = DEFAULT_ORIGIN) -> Path:
    """Write the public key of `private_key` beside it, and say where."""
    public = private_key.with_name(private_key.name + ".pub")
    public.write_text(public_key_of(private_key, origin=origin) + "\n", encoding="utf-8")
    return public


def public_key_of(private_key: Path, *, origin: str = DEFAULT_ORIGIN) -> str:
    """The verifier key lines (C2SP: name+id+base64) of a private key file; it may hold several keys."""
    begin = b"-----BEGIN"
    blocks = [begin + block for block in private_key.read_bytes().split(begin)[1:]]
    lines = []
    for block in blocks:
        key = load_pem_private_key(block, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise Complaint(
                f"{private_key} holds a key that is not Ed25519.", mend="icm audit keygen --to FILE"
            )
        lines.append(verifier.key_line(origin, key.public_key().public_bytes_raw()))
    if not lines:
        raise Complaint(f"{private_key} holds no key.", mend="icm audit keygen --to FILE")
    return "\n".join(lines)
