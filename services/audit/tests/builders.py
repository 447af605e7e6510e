"""Builders that speak of accesses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.events import Received

GIRL = UUID("01931f0e-7c1a-7000-8000-000000000015")
SISTER = UUID("01931f0e-7c1a-7000-8000-000000000016")
CASE = UUID("01931f0e-7c1a-7000-8000-0000000000ca")
LONG_AGO = datetime(2020, 1, 7, 17, 0, tzinfo=UTC)
GRANT = UUID("01931f0e-7c1a-7000-8000-0000000000a9")


def an_access(
    *,
    by: str = "mentor",
    organisation: str | None = "school",
    role: str = "practitioner",
    service: str = "cases",
    door: str = "read_assessment",
    action: str = "read",
    to: tuple[UUID, ...] = (GIRL,),
    case: UUID | None = None,
    refused: str | None = None,
    at: datetime = datetime(2026, 3, 4, 17, 0, tzinfo=UTC),
    entry_id: UUID | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The entry of one access, as a service sends it."""
    told = {
        "entry_id": str(entry_id or uuid4()),
        "at": at.isoformat(),
        "service": service,
        "door": door,
        "action": action,
        "outcome": "denied" if refused else "permitted",
        "actor": {"subject": by, "organisation": organisation, "roles": [role]},
        "purpose": "care",
        "basis": [] if refused else [{"grant": str(GRANT), "basis": "team"}],
        "records": [{"kind": "case", "id": str(case)}] if case else [],
        "persons": [str(person) for person in to],
        "categories": [] if refused else ["education"],
        "withheld": [] if refused else ["health"],
        "restricted": False,
        "origin": "192.0.2.7",
        "trace_id": None,
    }
    return {**told, **({"reason": refused} if refused else {}), **more}


def as_event(told: dict[str, Any]) -> Received:
    """The entry as the lane gets it."""
    key = f"{told['service']}.access.recorded.v1"
    return Received(
        id=UUID(told["entry_id"]),
        key=key,
        source=told["service"],
        subject=told["service"],
        version=None,
        time=datetime.fromisoformat(told["at"]),
        data=told,
    )
