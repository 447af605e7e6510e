"""The table of people whom intake has recorded: a decision can be about nobody else."""

from __future__ import annotations

from chassis.on_record import OnRecord


class KnownPerson(OnRecord):
    """Whoever a decision can be about."""

    __tablename__ = "known_persons"
