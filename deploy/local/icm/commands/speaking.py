"""How the command speaks: plain lines on standard error, so that output stays clean for programs."""

from __future__ import annotations

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """Print one line for a person."""
    err.print(line, markup=False)
