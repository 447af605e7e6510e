"""Steps of linking records, each through its door, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chassis.identity import Actor
from chassis.testing import Answer
from services.intake.tests.front_desk import DESK, FrontDesk, good

BECAUSE = "The same health card, seen by both workers."
NOT_BECAUSE = "Cousins who share a name; both came together."


@dataclass
class LinkingDesk:
    """Who judges is the front desk unless somebody else is named."""

    desk: FrontDesk
    call: Callable[..., Answer]

    def persons(self, count: int) -> list[str]:
        """The ids of so many new records, in the order in which they were made."""
        return [self.desk.person(given=f"Person {number}")["id"] for number in range(count)]

    def link(self, one: str, other: str, *, by: Actor = DESK, because: str = BECAUSE) -> Answer:
        said = {"person_id": one, "other_person_id": other, "because": because}
        return self.call("link_people", said, actor=by)

    def linked(self, one: str, other: str, *, by: Actor = DESK) -> str:
        return str(good(self.link(one, other, by=by))["id"])

    def unlink(self, link_id: str, *, by: Actor = DESK, because: str = "A mistake.") -> Answer:
        return self.call("unlink_people", {"link_id": link_id, "because": because}, actor=by)

    def tell_apart(self, one: str, other: str, *, by: Actor = DESK) -> Answer:
        said = {"person_id": one, "other_person_id": other, "because": NOT_BECAUSE}
        return self.call("tell_people_apart", said, actor=by)

    def told_apart(self, one: str, other: str) -> str:
        return str(good(self.tell_apart(one, other))["id"])

    def take_back(
        self, judgement_id: str, *, by: Actor = DESK, because: str = "They are one after all."
    ) -> Answer:
        return self.call(
            "take_back_distinction", {"judgement_id": judgement_id, "because": because}, actor=by
        )

    def links(self, person_id: str, *, by: Actor = DESK) -> dict[str, Any]:
        return good(self.call("read_links", {"person_id": person_id}, actor=by))

    def cluster(self, person_id: str, *, by: Actor = DESK) -> set[str]:
        return set(self.links(person_id, by=by)["person_ids"])

    def clusters(self, persons: Iterable[str]) -> list[set[str]]:
        """The clusters of these records, the one of the oldest record first."""
        found = {frozenset(self.cluster(person)) for person in persons}
        return [set(each) for each in sorted(found, key=min)]
