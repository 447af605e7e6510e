"""An entry of the log as the rules look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.clocks import Calendar

SERVICES_THEMSELVES = "service:"
OWN_RECORD = "own_record"
EMERGENCY = "emergency"


@dataclass(frozen=True)
class Access:
    """One access by a person at work."""

    position: int
    at: datetime
    day: date
    hour: int
    working_day: bool
    worker: str
    organisation: str | None
    roles: frozenset[str]
    door: str
    action: str
    denied: bool
    reason: str | None
    bases: frozenset[str]
    persons: tuple[UUID, ...]
    cases: tuple[UUID, ...]
    restricted: bool

    @property
    def opened(self) -> bool:
        """Whether records of persons were shown or taken out, not merely found in a list."""
        return not self.denied and self.action in ("read", "export", "write")


def at_work(position: int, told: dict[str, Any], *, calendar: Calendar) -> Access | None:
    """The access that an entry tells of; None for a service by itself and for people at their own record."""
    worker = told["actor"]["subject"]
    if worker.startswith(SERVICES_THEMSELVES) or told["purpose"] == OWN_RECORD:
        return None
    at = datetime.fromisoformat(told["at"])
    local = at.astimezone(calendar.zone)
    return Access(
        position=position,
        at=at,
        day=local.date(),
        hour=local.hour,
        working_day=calendar.is_working_day(local.date()),
        worker=worker,
        organisation=told["actor"]["organisation"],
        roles=frozenset(told["actor"]["roles"]),
        door=told["door"],
        action=told["action"],
        denied=told["outcome"] == "denied",
        reason=told.get("reason"),
        bases=frozenset(each["basis"] for each in told["basis"]),
        persons=tuple(UUID(person) for person in told["persons"]),
        cases=tuple(UUID(each["id"]) for each in told["records"] if each["kind"] == "case"),
        restricted=told["restricted"],
    )
