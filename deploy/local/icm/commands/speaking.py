"""How the command speaks: plain lines on standard error, so that output stays clean for programs."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from icm.layout import Layout
from icm.openid.people import demo_people

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """Print one line for a person."""
    err.print(line, markup=False, soft_wrap=True)


def sign_in_table(layout: Layout) -> None:
    """Print the addresses of a running platform and who can sign in."""
    places = Table(show_header=False, box=None, padding=(0, 2))
    places.add_row("web pages and API", layout.base_url)
    places.add_row("API description", f"{layout.base_url}/docs")
    places.add_row("state of the services", f"{layout.base_url}/status")
    places.add_row("development sign-in", layout.issuer)
    places.add_row("RabbitMQ management", f"http://127.0.0.1:{layout.ports['rabbitmq-management']}")
    people = Table(
        "sign in as", "who", "organisation", "roles", box=None, padding=(0, 2), header_style="bold"
    )
    for person in demo_people().values():
        people.add_row(person.subject, person.title, person.organisation or "", ", ".join(person.roles))
    err.print(places)
    err.print()
    err.print(people)
    err.print("\nAn access token for scripts: icm token mentor. Stop with Ctrl-C.", markup=False)
