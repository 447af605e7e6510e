"""The demo sign-ins, read from their YAML file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("demo_sign_ins.yaml")


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """Somebody who can sign in without a password."""

    subject: str
    title: str
    roles: tuple[str, ...]
    organisation: str | None = None
    teams: tuple[str, ...] = ()

    @property
    def claims(self) -> dict[str, Any]:
        """What an access token says about them, beside the subject."""
        said: dict[str, Any] = {"roles": list(self.roles), "teams": list(self.teams)}
        if self.organisation:
            said["organisation"] = self.organisation
        return said


@cache
def demo_people() -> dict[str, DemoPerson]:
    """Everybody by subject, in the order of the file."""
    return {
        subject: DemoPerson(
            subject=subject,
            title=described["title"],
            roles=tuple(described["roles"]),
            organisation=described.get("organisation"),
            teams=tuple(described.get("teams", ())),
        )
        for subject, described in yaml.safe_load(FILE.read_text()).items()
    }
