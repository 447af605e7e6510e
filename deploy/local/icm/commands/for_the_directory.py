"""`icm directory`: what a connected system does with the directory of involvement (IN-9)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated

import requests
import typer

from icm.commands.speaking import say
from icm.complaints import Complaint
from icm.environment import DEVELOPMENT_GRANT
from icm.layout import Layout
from icm.places import home
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
    base_url, token_url = _addresses()
    uploader = Uploader(base_url=base_url, token=lambda: _token(token_url, subject), progress=say)
    done = uploader.send(file)
    if results is not None:
        uploader.results(done["id"], to=results)
    kept = ("id", "state", "because", "rows", "checked", "applied", "unchanged", "superseded")
    told = {name: done[name] for name in (*kept, "held", "unmatched", "refused", "rows_per_second")}
    print(json.dumps({**told, "seconds": round(time.monotonic() - began, 1)}))
    raise typer.Exit(0 if done["state"] == "done" else 1)


def _addresses() -> tuple[str, str]:
    if os.environ.get("ICM_BASE_URL"):
        return os.environ["ICM_BASE_URL"], os.environ.get("ICM_TOKEN_URL", "")
    if not Layout(home=home()).file.exists():
        raise Complaint("Nothing was set up here yet.", mend="Start the platform: icm up")
    layout = Layout.open(home(), preferred=True)
    return layout.base_url, f"{layout.issuer}/token"


def _token(token_url: str, subject: str) -> str:
    if given := os.environ.get("ICM_ACCESS_TOKEN"):
        return given
    asked = {"grant_type": DEVELOPMENT_GRANT, "subject": subject}
    try:
        answer = requests.post(token_url, data=asked, timeout=5)
        answer.raise_for_status()
        return str(answer.json()["access_token"])
    except (requests.RequestException, KeyError, ValueError):
        raise Complaint(
            f"{subject} could not sign in.", mend="Start the platform: icm up. Who there is: icm token --help"
        ) from None
