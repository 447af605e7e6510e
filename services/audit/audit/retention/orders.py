"""Orders to erase as the log takes them: an entry of this service that names stretches of earlier entries (AU-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit.retention.model import OrderedErasure
from chassis.work import Work


def note_orders(work: Work, *, entries: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Keep what entries that the log has just taken order to be erased."""
    for position, told in entries:
        if told["service"] != work.service or told["outcome"] != "permitted":
            continue
        for first, last in told["erases"]:
            work.session.add(OrderedErasure(order_position=position, first=first, last=last))
