"""Commands that run another program with servers or with a platform: tests, benches, drills, the story."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys
import time
from typing import Annotated

import typer

from icm.commands.speaking import say, sign_in_table
from icm.complaints import Complaint
from icm.layout import Layout
from icm.places import CHECKOUT
from icm.platform import Platform
from icm.running import fresh_home, run_command, supervise
from icm.scratch import with_servers
from icm.supervisor import Supervisor

Command = Annotated[list[str], typer.Argument(help="The command to run, after --", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.command("test-servers")(test_servers)
    app.command("with-platform")(with_platform)
    app.command("demo")(demo)


def test_servers(command: Command) -> None:
    """Run a command with one scratch PostgreSQL and one scratch RabbitMQ: icm test-servers -- pytest."""
    raise typer.Exit(with_servers(command, announce=say))


def with_platform(command: Command) -> None:
    """Run a command against a platform of its own, gone afterwards: icm with-platform -- pytest tests."""
    raise typer.Exit(_on_fresh_platform(command, kind="platform"))


def demo(
    keep: Annotated[
        bool, typer.Option(help="Keep the platform running after the story, until Ctrl-C.")
    ] = False,
) -> None:
    """Set everything up, play the story of the case study through HTTP, stop everything."""
    sys.path.insert(0, str(CHECKOUT))
    if importlib.util.find_spec("tests.story.play") is None:
        raise Complaint(
            "There is no story to play: tests/story/play.py is missing.", mend="See `git status`."
        )
    raise typer.Exit(_on_fresh_platform([sys.executable, "-m", "tests.story.play"], kind="demo", keep=keep))


def _on_fresh_platform(command: list[str], *, kind: str, keep: bool = False) -> int:
    home = fresh_home(kind)

    async def work(supervisor: Supervisor) -> int:
        began = time.monotonic()
        platform = Platform.of(Layout.open(home))
        await platform.start(supervisor, announce=say)
        say(f"the platform is ready after {time.monotonic() - began:.1f} s: {platform.layout.base_url}")
        told = [*command, "--base-url", platform.layout.base_url] if kind == "demo" else command
        code = await run_command(told, environment=platform.addresses.for_visitors())
        if keep:
            sign_in_table(platform.layout)
            await asyncio.Event().wait()
        say("stopping")
        return code

    code = 1
    try:
        code = supervise(work, home=home, announce=say, ending=Supervisor.discard)
    finally:
        if code in (0, 130, 143):
            shutil.rmtree(home, ignore_errors=True)
        else:
            say(f"logs are kept in {home / 'logs'} until the next run")
    return code
