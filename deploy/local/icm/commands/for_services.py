"""`icm services`: the service directory in and out as Open Referral HSDS (IN-11)."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from icm.commands.signing_in import access_token, addresses
from icm.commands.speaking import out, say
from icm.exchanging import MOST_FAULTS, Exchange, faults_of

app = typer.Typer(no_args_is_help=True, help="The service directory in and out as HSDS.")

File = Annotated[Path, typer.Argument(help="HSDS in JSON.", show_default=False)]
As = Annotated[str, typer.Option("--as", help="The development sign-in of whoever keeps the directory.")]
Source = Annotated[str, typer.Option("--source", help="Which directory this is; the same code each time.")]
Absent = Annotated[
    str, typer.Option("--absent", help="What becomes of services told no more: keep or remove.")
]


def add_to(parent: typer.Typer) -> None:
    """Add `icm services …` to the app."""
    parent.add_typer(app, name="services")


@app.callback()
def services() -> None:
    """The service directory in and out as HSDS."""


@app.command("check")
def check(file: File) -> None:
    """Check a file by itself; print pointer, rule and reason of each fault, and exit with 2 when there is one."""
    if _faulty(file):
        raise typer.Exit(2)
    say(f"{file}: good")


@app.command("import")
def import_(file: File, source: Source, absent: Absent, subject: As) -> None:
    """Check a file whole, then import it part by part; the last line is the outcome as JSON.

    Nothing is sent of a file with a fault. After an interruption call it again: what is in already changes nothing.
    Against another platform than the one of this checkout: ICM_BASE_URL, and ICM_ACCESS_TOKEN or ICM_TOKEN_URL.
    """
    if _faulty(file):
        raise typer.Exit(2)
    done = _exchange(subject).send(file, source=source, absent=absent)
    kept = ("id", "source", "state", "parts", "created", "changed", "unchanged", "removed")
    print(json.dumps({name: done[name] for name in kept}))


@app.command("export")
def export(file: File, subject: As) -> None:
    """Save the whole directory as one HSDS file."""
    count = _exchange(subject).fetch(file)
    say(f"{file}: {count:,} objects")


def _exchange(subject: str) -> Exchange:
    base_url, token_url = addresses()
    return Exchange(base_url=base_url, token=lambda: access_token(token_url, subject), progress=say)


def _faulty(file: Path) -> bool:
    faults = list(islice(faults_of(file), MOST_FAULTS))
    for fault in faults:
        out.print(
            f"{fault.pointer}: {fault.rule}: {fault.detail}", markup=False, highlight=False, soft_wrap=True
        )
    return bool(faults)
