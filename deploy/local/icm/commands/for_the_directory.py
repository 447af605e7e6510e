"""`icm directory`: what a connected system does with the directory of involvement (IN-9)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from icm.commands.signing_in import access_token, addresses
from icm.commands.speaking import say
from icm.uploading import Uploader

app = typer.Typer(no_args_is_help=True, help="Send involvements as a connected system does.")


def add_to(parent: typer.Typer) -> None:
    """Add `icm directory …` to the app."""
    parent.add_typer(app, name="directory")


File = Annotated[Path, typer.Argument(help="CSV in UTF-8; columns: docs/guides/connected-systems.md.")]
As = Annotated[str, typer.Option("--as", help="The development sign-in of the system.")]
Results = Annotated[Path | None, typer.Option("--results", help="Save what became of each row here, as CSV.")]


@app.callback()
def directory() -> None:
    """Send involvements as a connected system does."""


@app.command("upload")
def upload(file: File, subject: As, results: Results = None) -> None:
    """Send a file in parts and wait until every row is worked through; the last line is the outcome as JSON.

    Called again after an interruption, it goes on where it was. Against another platform than the one of this
    checkout: ICM_BASE_URL, and ICM_ACCESS_TOKEN or ICM_TOKEN_URL. Exit code 1: the file was not applied.
    """
    began = time.monotonic()
    base_url, token_url = addresses()
    uploader = Uploader(base_url=base_url, token=lambda: access_token(token_url, subject), progress=say)
    done = uploader.send(file)
    if results is not None:
        uploader.results(done["id"], to=results)
    kept = ("id", "state", "because", "rows", "checked", "applied", "unchanged", "superseded")
    told = {name: done[name] for name in (*kept, "held", "unmatched", "refused", "rows_per_second")}
    print(json.dumps({**told, "seconds": round(time.monotonic() - began, 1)}))
    raise typer.Exit(0 if done["state"] == "done" else 1)
