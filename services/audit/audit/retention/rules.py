"""How long entries are kept, by rules that are data: contracts/access/retention.yaml (AU-8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, not_, or_
from sqlalchemy.dialects.postgresql import JSONB

from audit.entries.model import Entry
from chassis import contracts

RULES = "retention"


@dataclass(frozen=True)
class Rule:
    """Entries that contain all of `when` stay for at least `least` and at most `most`."""

    name: str
    least: timedelta
    most: timedelta
    when: Mapping[str, Any]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the file."""
    listed = contracts.access_list(RULES)
    return tuple(
        Rule(
            name=name,
            least=timedelta(days=each["keep_at_least_days"]),
            most=timedelta(days=each["keep_at_most_days"]),
            when=each.get("when", {}),
        )
        for name, each in listed.items()
    )


def may_go(*, now: datetime) -> ColumnElement[bool]:
    """The condition that an entry is old enough to be erased on order, by every rule that applies to it."""
    return _old_enough(lambda rule: now - rule.least)


def must_go(*, now: datetime) -> ColumnElement[bool]:
    """The condition that the longest time of an entry is over, by every rule that applies to it."""
    return _old_enough(lambda rule: now - rule.most)


def _old_enough(since: Callable[[Rule], datetime]) -> ColumnElement[bool]:
    told = cast(Entry.words, JSONB)
    # A rule for every entry is a bound in time, by which old entries are found without reading the others.
    bounds = [Entry.at <= since(rule) for rule in rules() if not rule.when]
    others = [or_(Entry.at <= since(rule), not_(told.contains(rule.when))) for rule in rules() if rule.when]
    return and_(*bounds, *others)
