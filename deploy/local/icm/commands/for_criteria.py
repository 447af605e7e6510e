"""Commands for whoever writes criteria of programs: icm criteria check FILE…"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from icm.commands.speaking import out
from intake.programs.criteria import Criteria
from intake.programs.document import read_criteria
from intake.programs.marked import BadFile, Fault

Files = Annotated[list[Path], typer.Argument(help="Files of criteria.", show_default=False)]

criteria = typer.Typer(help="Criteria of programs.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.add_typer(criteria, name="criteria")


@criteria.callback()
def about() -> None:
    """Criteria by which programs decide who is eligible: files that are checked before they are published."""


@criteria.command()
def check(files: Files) -> None:
    """Check files of criteria; print file:line: reason for each fault, and exit with 2 when there is one."""
    faults: list[Fault] = []
    for path in files:
        try:
            good = read_criteria(path.read_bytes(), file=str(path))
        except OSError as wrong:
            faults.append(Fault(str(path), 1, f"cannot be read: {wrong.strerror}"))
        except BadFile as bad:
            faults += bad.faults
        else:
            _say(f"{path}: {_summed_up(good)}")
    for fault in faults:
        _say(str(fault))
    if faults:
        raise typer.Exit(2)


def _summed_up(criteria: Criteria) -> str:
    questions, facts = len(criteria.criteria), len(criteria.facts)
    return (
        f"good: {criteria.program} version {criteria.version}, in force from {criteria.in_force_from}, "
        f"{questions} criteria, {facts} facts to ask"
    )


def _say(line: str) -> None:
    out.print(line, markup=False, highlight=False, soft_wrap=True)
