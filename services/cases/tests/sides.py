"""A family of several sides: a mother and a girl in a shelter, a father who is on the team and must not know."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from chassis.identity import Actor
from chassis.testing import make_actor
from chassis.work import Work
from services.cases.tests.family import FATHER, GIRL, MENTOR, Family, good

MOTHER = make_actor(subject="mother", organisation=None, roles=["client"])
GRANDMOTHER = make_actor(subject="grandmother", organisation=None, roles=["client"])
SHELTER_WORKER = make_actor(subject="shelter-worker", organisation="shelter", roles=["practitioner"])
TUTOR = make_actor(subject="tutor", organisation="tutors", roles=["provider_user"])

TABLES = (
    "members",
    "team_members",
    "lead_terms",
    "goals",
    "plan_sections",
    "actions",
    "meetings",
    "attendances",
    "decisions",
    "contacts",
    "assessments_on_file",
    "confidences",
)


@dataclass
class Sides:
    """The family, its case and those around it; every step goes through the doors."""

    family: Family
    work_as: Callable[[Actor], AbstractContextManager[Work]]
    father: UUID = field(default_factory=uuid4)
    grandmother: UUID = field(default_factory=uuid4)

    @property
    def girl(self) -> UUID:
        return self.family.girl

    @property
    def mother(self) -> UUID:
        return self.family.mother

    def opened(self) -> Sides:
        relations = {
            self.girl: "young_person",
            self.mother: "mother",
            self.father: "father",
            self.grandmother: "grandmother",
        }
        self.family.recorded(self.father, self.grandmother)
        members = [{"person_id": str(each), "relation": relation} for each, relation in relations.items()]
        self.family.opened_by(MENTOR, members=members)
        self.does("draw_up_plan", needs="Help at home")
        return self

    def asks(self, door: str, *, by: Actor = MENTOR, **said: Any) -> Any:
        return self.family.call(door, {"case_id": self.family.id, **said}, actor=by)

    def does(self, door: str, *, by: Actor = MENTOR, **said: Any) -> dict[str, Any]:
        return good(self.asks(door, by=by, **said))

    def joined(
        self,
        actor: Actor,
        *,
        standing: str,
        stands_for: UUID | None = None,
        visibility: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return self.does(
            "add_team_member",
            worker=actor.subject,
            organisation=actor.organisation,
            standing=standing,
            role="helper",
            for_member=str(stands_for) if stands_for else None,
            visibility=visibility,
        )

    def keeps(self, person: UUID, *, kept_from: list[UUID]) -> dict[str, Any]:
        member = next(each for each in self.read()["members"] if each["person_id"] == str(person))
        return self.does(
            "keep_member_from",
            member_id=member["id"],
            kept_from=[str(each) for each in kept_from],
            reason="She fears for her life",
        )

    def goal(self, wish: str, **visibility: Any) -> dict[str, Any]:
        said = seen_by(**visibility) if visibility else None
        return self.does(
            "add_goal", wish=wish, measure="She says so", target_on="2026-06-01", visibility=said
        )

    def read(self, by: Actor = MENTOR) -> dict[str, Any]:
        return self.does("read_case", by=by)

    def plan(self, by: Actor) -> dict[str, Any]:
        return self.does("read_plan", by=by)

    def wishes(self, by: Actor) -> list[str]:
        return [each["wish"] for each in self.plan(by)["goals"]]

    def rows(self, actor: Actor) -> dict[str, set[UUID]]:
        """What the bare policies give this caller of every table, without any filter of ours."""
        asked = " UNION ALL ".join(f"SELECT '{table}', id FROM {table}" for table in TABLES)
        found: dict[str, set[UUID]] = {table: set() for table in TABLES}
        with self.work_as(actor) as work:
            for table, row in work.session.execute(text(asked)):
                found[table].add(row)
        return found


def seen_by(
    *,
    about: list[UUID] | None = None,
    shown_to: list[UUID] | None = None,
    in_confidence: bool = False,
    also: list[str] | None = None,
) -> dict[str, Any]:
    """A visibility as it goes over the wire."""
    return {
        "about": [str(each) for each in about or []],
        "shown_to": None if shown_to is None else [str(each) for each in shown_to],
        "in_confidence": in_confidence,
        "also_shown_to": also or [],
    }


__all__ = [
    "FATHER",
    "GIRL",
    "GRANDMOTHER",
    "MENTOR",
    "MOTHER",
    "SHELTER_WORKER",
    "TABLES",
    "TUTOR",
    "Sides",
    "seen_by",
]
