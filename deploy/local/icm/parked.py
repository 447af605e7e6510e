"""`icm parked`: events that a service could not apply, and having them applied after all (rule 6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from chassis import parked
from icm.commands.speaking import out, say
from icm.complaints import Complaint
from icm.layout import SERVICES, Layout
from icm.places import home
from icm.platform import Platform

app = typer.Typer(no_args_is_help=True, help="Events set aside because they could not be applied.")


def add_to(parent: typer.Typer) -> None:
    """Add `icm parked …` to the app."""
    parent.add_typer(app, name="parked")


Service = Annotated[str, typer.Argument(help="The service that set the event aside.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_parked(
    service: Annotated[str | None, typer.Argument(help="One service; all when none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the subjects whose events stand aside, the longest parked first."""
    found = []
    for name in (service,) if service else SERVICES:
        with _database(name) as engine:
            found += [{"service": name, **asdict(each)} for each in parked.subjects(engine)]
    if as_json:
        print(json.dumps(found, default=str))
        return
    if not found:
        say("nothing is parked")
        return
    columns = (
        "service",
        "source",
        "subject",
        "events",
        "first_id",
        "first_key",
        "reason",
        "attempts",
        "since",
    )
    table = Table(*columns, box=None, padding=(0, 2), header_style="bold")
    for each in found:
        table.add_row(*(str(each[column]) for column in columns))
    out.print(table)


@app.command("show")
def show(
    service: Service, parked_id: Annotated[int, typer.Argument(help="The number under `first_id`.")]
) -> None:
    """Print one parked event with its message; it holds ids and codes only."""
    with _database(service) as engine:
        found = parked.event(engine, parked_id)
    if found is None:
        raise Complaint(
            f"{service} has no parked event {parked_id}.", mend=f"Look at: icm parked list {service}"
        )
    print(json.dumps(found, default=str, indent=2))


@app.command("replay")
def replay(
    service: Service,
    subject: Annotated[str | None, typer.Argument(help="The subject whose events to apply.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Apply all parked events.")] = False,
) -> None:
    """Have parked events applied, in order, by the running lane; what fails again stays parked."""
    if (subject is None) != everything:
        raise Complaint("Which events?", mend="Name a subject, or say --all.")
    with _database(service) as engine:
        asked_for = parked.request_replay(engine, subject=subject)
    if not asked_for:
        raise Complaint("Nothing of that is parked.", mend=f"Look at: icm parked list {service}")
    say(f"{asked_for} asked for; `icm parked list {service}` shows what stays")


@contextmanager
def _database(service: str) -> Iterator[Engine]:
    """The service's database as its lane sees it."""
    if service not in SERVICES:
        raise Complaint(f"There is no service {service}.", mend=f"There are: {', '.join(SERVICES)}")
    if not Layout(home=home()).file.exists():
        raise Complaint("Nothing was set up here yet.", mend="Start the platform: icm up")
    addresses = Platform.of(Layout.open(home(), preferred=True)).addresses
    engine = create_engine(addresses.database_url(service, role="lane"))
    try:
        yield engine
    except SQLAlchemyError:
        raise Complaint(
            f"The database of {service} does not answer.", mend="Start the platform: icm up"
        ) from None
    finally:
        engine.dispose()
