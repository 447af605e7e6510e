"""Commands that run another program with servers or with the whole platform: tests, benches, fault drills."""

from __future__ import annotations

from typing import Annotated

import typer

from icm.commands.speaking import say
from icm.servers_for_tests import with_servers

Command = Annotated[list[str], typer.Argument(help="The command to run, after --", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.command("test-servers")(test_servers)


def test_servers(command: Command) -> None:
    """Run a command with one scratch PostgreSQL and one scratch RabbitMQ: icm test-servers -- pytest."""
    raise typer.Exit(with_servers(command, announce=say))
