"""An entry of the log as the rules look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis import contracts
from chassis.clocks import Calendar

SERVICES_THEMSELVES = "service:"
SYSTEM_ROLES = ["system"]
OWN_RECORD = "own_record"
SELF = "self"
EMERGENCY = "emergency"


@dataclass(frozen=True)
class Access:
    """One access by a person at work, or by somebody who reached beyond their own record.

    `roles` are those in which the worker acted: the roles that may state the purpose.
    """

    position: int
    at: datetime
    day: date
    hour: int
    working_day: bool
    worker: str
    organisation: str | None
    roles: frozenset[str]
    service: str
    door: str
    action: str
    purpose: str | None
    denied: bool
    reason: str | None
    bases: frozenset[str]
    persons: tuple[UUID, ...]
    cases: tuple[UUID, ...]
    restricted: bool
    told_again: bool

    @property
    def opened(self) -> bool:
        """Whether records of persons were shown or taken out, not merely found in a list."""
        return not self.denied and self.action in ("read", "export", "write")

    @property
    def found(self) -> bool:
        """Whether persons were shown in a list or by a search."""
        return not self.denied and self.action == "search"

    @property
    def at_home(self) -> bool:
        """Whether the worker said that it was about their own record: hours and silences mean nothing then."""
        return self.purpose == OWN_RECORD


def at_work(position: int, told: dict[str, Any], *, calendar: Calendar) -> Access | None:
    """The access that an entry tells of; None for a service by itself and for people at their own record.

    What somebody only calls their own record is looked at like everything else: it counts as theirs when nothing but
    their own grant opened it, or when nobody is named at all.
    """
    actor = told["actor"]
    if actor["subject"].startswith(SERVICES_THEMSELVES) and actor["roles"] == SYSTEM_ROLES:
        return None
    bases = frozenset(each["basis"] for each in told["basis"])
    denied = told["outcome"] == "denied"
    own = bases == {SELF} or not (bases or told["persons"])
    if told["purpose"] == OWN_RECORD and own and not denied:
        return None
    at = datetime.fromisoformat(told["at"])
    local = at.astimezone(calendar.zone)
    return Access(
        position=position,
        at=at,
        day=local.date(),
        hour=local.hour,
        working_day=calendar.is_working_day(local.date()),
        worker=actor["subject"],
        organisation=actor["organisation"],
        roles=_acting_roles(actor["roles"], told["purpose"]),
        service=told["service"],
        door=told["door"],
        action=told["action"],
        purpose=told["purpose"],
        denied=denied,
        reason=told.get("reason"),
        bases=bases,
        persons=tuple(dict.fromkeys(UUID(person) for person in told["persons"])),
        cases=tuple(dict.fromkeys(UUID(each["id"]) for each in told["records"] if each["kind"] == "case")),
        restricted=told["restricted"],
        told_again=told.get("told_again", False),
    )


def _acting_roles(roles: list[str], purpose: str | None) -> frozenset[str]:
    """The roles in which somebody acts: those of theirs that may state the purpose, or all when none may.

    Somebody who is at the front desk and practises as well is spared by a rule at the desk only.
    """
    known = contracts.access_list("roles")
    acting = frozenset(role for role in roles if purpose in known.get(role, {}).get("purposes", ()))
    return acting or frozenset(roles)
