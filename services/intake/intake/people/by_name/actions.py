"""Keeping what a person said last of somebody, in whatever order it is told (CO-1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.events import Received
from chassis.work import Work
from intake.people.access import TO_REACH_THEM
from intake.people.by_name.model import LastWord


def gave(work: Work, *, event: Received) -> None:
    """A person lets somebody see categories; told again for what stays open it is no newer word."""
    told = event.data
    _keep(work, [told["person_id"]], told, refused=False, said_at=told.get("recorded_at"))


def refused(work: Work, *, event: Received) -> None:
    """A person refuses somebody categories."""
    told = event.data
    _keep(work, [told["person_id"]], told, refused=True, said_at=told.get("recorded_at"))


def took_back(work: Work, *, event: Received) -> None:
    """A person takes back what somebody had. What is taken back from everybody names nobody."""
    told = event.data
    if told["recipient"] is not None:
        _keep(work, told["person_ids"], told, refused=True, said_at=told["at"])


def _keep(
    work: Work, persons: Iterable[str], told: dict[str, Any], *, refused: bool, said_at: str | None
) -> None:
    rows = [
        {
            "person_id": UUID(person),
            "recipient": told["recipient"],
            "category": category,
            "refused": refused,
            "said_at": work.now if said_at is None else datetime.fromisoformat(said_at),
        }
        for person in persons
        for category in TO_REACH_THEM
        if category in (told["categories"] or TO_REACH_THEM)
    ]
    if not rows:
        return
    word = insert(LastWord).values(rows)
    work.session.execute(
        word.on_conflict_do_update(
            index_elements=["person_id", "recipient", "category"],
            set_={"refused": word.excluded.refused, "said_at": word.excluded.said_at},
            where=LastWord.said_at < word.excluded.said_at,
        )
    )
