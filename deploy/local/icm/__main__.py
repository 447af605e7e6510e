"""The `icm` command: one module for each group of commands, put together here."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from icm import audit, matching, parked
from icm.commands import (
    for_criteria,
    for_programs,
    for_running,
    for_services,
    for_setting_up,
    for_the_directory,
)
from icm.complaints import Complaint

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def icm() -> None:
    """Set Open ICM up and run it on this machine. All state is under .icm/."""


for group in (
    for_running,
    for_setting_up,
    for_programs,
    audit,
    parked,
    matching,
    for_criteria,
    for_the_directory,
    for_services,
):
    group.add_to(app)


def main() -> None:
    """Entry point of the `icm` command; a complaint is printed with its mend, without a stack trace."""
    try:
        app()
    except Complaint as complaint:
        console = Console(stderr=True)
        console.print(complaint.what, style="bold red", markup=False, highlight=False, soft_wrap=True)
        if complaint.mend:
            console.print(complaint.mend, markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
