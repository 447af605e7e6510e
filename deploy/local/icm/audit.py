"""`icm audit`: check an export of the audit log offline, and make the keys that sign it (AU-4).

Checking needs neither the service nor a database, nor anything of this checkout but the verifier's one file.
"""

from __future__ import annotations

import json
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
from icm.complaints import Complaint

DEFAULT_ORIGIN = "openicm.local/audit"
NOT_SOUND, UNREADABLE = 1, 2

app = typer.Typer(no_args_is_help=True, help="Check the audit log offline; make its keys.")


def add_to(parent: typer.Typer) -> None:
    """Add `icm audit …` to the app."""
    parent.add_typer(app, name="audit")


Export = Annotated[Path, typer.Argument(help="The export, as GET /api/v1/audit/exports/file gave it.")]
Keys = Annotated[
    Path, typer.Option("--key", help="The public key of the log, got by another way than the log.")
]
Earlier = Annotated[
    list[Path] | None,
    typer.Option("--earlier", help="A checkpoint that you received before; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the verdict as one line of JSON.")]
Origin = Annotated[str, typer.Option("--origin", help="The name of the log, as its checkpoints say it.")]


@app.command("verify")
def verify(export: Export, key: Keys, earlier: Earlier = None, as_json: AsJson = False) -> None:
    """Check that an export is word for word what was signed. Exit code 0: sound, 1: not sound, 2: unreadable."""
    try:
        keys = verifier.read_keys(key.read_text(encoding="utf-8"))
        notes = [path.read_text(encoding="utf-8") for path in earlier or []]
        with export.open(encoding="utf-8") as lines:
            verdict = verifier.verify(lines, keys=keys, earlier=notes)
    except (OSError, ValueError, verifier.Unreadable) as reason:
        typer.echo(f"cannot read: {reason}", err=True)
        raise typer.Exit(UNREADABLE) from None
    if as_json:
        typer.echo(json.dumps({**asdict(verdict), "sound": verdict.sound}))
    else:
        for line in verifier.report(verdict):
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


def make_key(path: Path, *, origin: str = DEFAULT_ORIGIN) -> None:
    """Write a new Ed25519 key to `path` (readable by its owner only) and its public key to `path`.pub.

    Raises Complaint when there is a key already: a lost key cannot be made again.
    """
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
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
