"""Commands that look at or prepare the machine: doctor, migrate, token."""

from __future__ import annotations

import asyncio
from typing import Annotated

import requests
import typer

from icm.commands.speaking import out, say
from icm.complaints import Complaint
from icm.doctor import examine
from icm.layout import SERVICES, Layout
from icm.openid.people import demo_people
from icm.openid.tokens import ACCESS_LIFETIME, DEVELOPMENT_GRANT
from icm.places import home
from icm.platform import Platform
from icm.record import Record
from icm.running import supervise
from icm.supervisor import Supervisor


def add_to(app: typer.Typer) -> None:
    """Add these commands to the app."""
    for command in (doctor, migrate, token):
        app.command(command.__name__)(command)


def doctor() -> None:
    """Say what is missing on this machine and how to mend it; exit code 1 when something is."""
    findings = examine()
    for finding in findings:
        sign, style = ("ok", "green") if finding.fine else ("MISSING", "bold red")
        out.print(f"[{style}]{sign:<8}[/]", end="")
        out.print(finding.what, markup=False, soft_wrap=True)
        if finding.mend:
            out.print(f"        → {finding.mend}", markup=False, soft_wrap=True)
    raise typer.Exit(0 if all(finding.fine for finding in findings) else 1)


def migrate(
    services: Annotated[list[str] | None, typer.Argument(help="Services; all when none is named.")] = None,
) -> None:
    """Bring the databases to the newest migration; starts them for it when they do not run."""
    wanted = tuple(services or SERVICES)
    unknown = [name for name in wanted if name not in SERVICES]
    if unknown:
        raise Complaint(
            f"There is no service {', '.join(unknown)}.", mend=f"There are: {', '.join(SERVICES)}"
        )
    platform = Platform.of(Layout.open(home(), preferred=True))

    async def work(supervisor: Supervisor) -> int:
        await platform.start_databases(supervisor)
        await platform.migrate(wanted)
        return 0

    if Record(home=home()).supervisor():
        asyncio.run(platform.migrate(wanted))
        code = 0
    else:
        code = supervise(work, home=home(), announce=say)
    if code == 0:
        say(f"migrated: {', '.join(wanted)}")
    raise typer.Exit(code)


def token(
    subject: Annotated[str, typer.Argument(help="One of the demo sign-ins, such as mentor.")],
    lifetime: Annotated[int, typer.Option(help="Seconds; negative for an expired token.")] = ACCESS_LIFETIME,
    audience: Annotated[str, typer.Option(help="Another audience makes a token that is refused.")] = "icm",
) -> None:
    """Print an access token for a demo sign-in of the running platform."""
    if subject not in demo_people():
        raise Complaint(f"There is no demo sign-in {subject}.", mend=f"There are: {', '.join(demo_people())}")
    layout = Layout(home=home())
    if not layout.file.exists():
        raise Complaint("Nothing was set up here yet.", mend="Start the platform: icm up")
    asked = {"grant_type": DEVELOPMENT_GRANT, "subject": subject, "lifetime": lifetime, "audience": audience}
    try:
        answer = requests.post(f"{Layout.open(home(), preferred=True).issuer}/token", data=asked, timeout=5)
        answer.raise_for_status()
    except requests.RequestException:
        raise Complaint(
            "The development sign-in does not answer.", mend="Start the platform: icm up"
        ) from None
    print(answer.json()["access_token"])
