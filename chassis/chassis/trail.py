"""Audit entries: one for each access, permitted or denied, committed with what it tells of (AU-1).

An entry names who, for which organisation, which record and categories, why, when and where from. It holds ids and
codes only. It travels the outbox like any event: no entry, no access.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis import moment
from chassis.errors import Problem
from chassis.events import Event, event
from chassis.identity import Actor
from chassis.ids import new_id


@dataclass
class Trail:
    """What one unit of work has touched so far."""

    service: str
    door: str
    action: str
    records: dict[tuple[str, UUID], None] = field(default_factory=dict)
    persons: dict[UUID, None] = field(default_factory=dict)
    categories: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    basis: dict[UUID, str] = field(default_factory=dict)
    restricted: bool = False
    asked_about: str | None = None  # the worker about whom *why* was asked (CO-7)
    told_again: bool = False  # a stored reply is shown once more, and nothing is done
    further: dict[str, Any] = field(
        default_factory=dict
    )  # what the service's own contract of the entry knows beyond

    def touched(self, *, records: Iterable[tuple[str, UUID]] = (), persons: Iterable[UUID] = ()) -> None:
        """Note records and the persons whom they are about."""
        self.records.update(dict.fromkeys(records))
        self.persons.update(dict.fromkeys(persons))

    def entry(self, *, actor: Actor, trace_id: str | None, refusal: Problem | None = None) -> Event:
        """The entry as an event; with a refusal it is a denial and says which rule refused."""
        entry_id = new_id()
        data: dict[str, Any] = {
            "entry_id": entry_id,
            "at": moment.now(),
            "service": self.service,
            "door": self.door,
            "action": self.action,
            "outcome": "denied" if refusal is not None else "permitted",
            "actor": {
                "subject": actor.subject,
                "organisation": actor.organisation,
                "roles": sorted(actor.roles),
            },
            "purpose": actor.purpose,
            "basis": [{"grant": grant, "basis": basis} for grant, basis in self.basis.items()],
            "records": [{"kind": kind, "id": record_id} for kind, record_id in self.records],
            "persons": list(self.persons),
            "categories": sorted(self.categories),
            "withheld": sorted(self.withheld),
            "restricted": self.restricted,
            "origin": actor.origin,
            "trace_id": trace_id,
            **({} if self.asked_about is None else {"asked_about": self.asked_about}),
            **({"told_again": True} if self.told_again else {}),
            **({} if refusal is not None else self.further),
        }
        if refusal is not None:
            data["reason"] = refusal.code
        told = event(f"{self.service}.access.recorded.v1", subject=self.service, data=data)
        return Event(key=told.key, subject=told.subject, data=told.data, id=entry_id, ordered=False)
