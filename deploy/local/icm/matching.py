"""`icm match-eval`: link two lists of people and say how well it was done (IN-8).

Needs neither a server nor the network.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from intake.matching.evaluating import evaluate
from intake.matching.lists import ListUnreadable

UNREADABLE = 2
_WARNINGS_SHOWN = 5

Left = Annotated[Path, typer.Argument(help="One list of people, CSV in UTF-8.", show_default=False)]
Right = Annotated[Path, typer.Argument(help="The other list, or the same again.", show_default=False)]
Truth = Annotated[
    Path, typer.Option("--truth", help="Who is really who: CSV with left_id,right_id.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command("match-eval")(match_eval)


def match_eval(left: Left, right: Right, truth: Truth) -> None:
    """Link the people of two CSV files; the last line is the result as JSON.

    Columns: record_id, given_name, family_name, date_of_birth, street, locality, province, postal_code, phone,
    identifier, in any order; any but record_id may be empty. Exit code 2: a file cannot be used, and why.
    """
    warned: list[str] = []
    try:
        result = evaluate(left, right, truth, warn=warned.append)
    except ListUnreadable as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(UNREADABLE) from None
    for line in warned[:_WARNINGS_SHOWN]:
        typer.echo(f"warning: {line}", err=True)
    if len(warned) > _WARNINGS_SHOWN:
        typer.echo(f"warning: and {len(warned) - _WARNINGS_SHOWN} more such dates", err=True)
    typer.echo(json.dumps(asdict(result)))
