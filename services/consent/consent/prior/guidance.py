"""What the person laid down beforehand, where it guides who decides now (CO-3).

An advance directive and what stands in a representation agreement guide while the latest assessment finds the person
unable to decide; a Ulysses agreement while somebody has said, by its signs, that its time is there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis import same_person
from chassis.errors import RuleBroken
from chassis.work import Work
from consent.capacity.actions import standing_of
from consent.capacity.model import NOT_ABLE
from consent.prior.model import ANYBODY, PERMIT, REFUSE, ULYSSES, PriorRule


class AgainstPriorDecision(RuleBroken):
    """Nobody opens, in the person's place, what the person laid down to be kept closed."""

    code = "against_prior_decision"
    title = "The person laid down beforehand that this stays closed"


@dataclass(frozen=True)
class Guidance:
    """The rules that guide at this moment."""

    rules: tuple[PriorRule, ...]

    def refuses(self, *, recipient: str | None, categories: Collection[str]) -> bool:
        """Whether one of these is to stay closed to the recipient."""
        return any(_told(self.rules, REFUSE, recipient, code) for code in categories)

    def permits_some(self, *, recipient: str | None, categories: Collection[str]) -> bool:
        """Whether one of these was to be open to the recipient; without a recipient, to anybody."""
        return any(_told(self.rules, PERMIT, recipient, code) for code in categories)

    def permits_by_name(self, *, recipient: str | None, categories: Collection[str]) -> bool:
        """Whether the person laid down, naming this recipient, that each of these is open to them."""
        return all(
            any(rule.recipient == recipient for rule in _told(self.rules, PERMIT, recipient, code))
            for code in categories
        )

    def bound_since(
        self, *, recipient: str, categories: Collection[str], representative_id: UUID | None
    ) -> dict[str, datetime]:
        """The categories for which the person's later *no* is not to be the last word, and since when.

        Only a Ulysses agreement does that, for whom it names as representative, if it names one.
        """
        bound: dict[str, datetime] = {}
        for code in categories:
            since = [
                rule.applies_since
                for rule in _told(self.rules, PERMIT, recipient, code)
                if rule.applies_since is not None
                and representative_id is not None
                and rule.representative_id in (None, representative_id)
            ]
            if since:
                bound[code] = min(since)
        return bound


def guidance(work: Work, *, person_id: UUID) -> Guidance:
    """What guides now, on this record and those linked with it (IN-8)."""
    records = same_person.members(work.session, person_id)
    counting = work.session.scalars(
        select(PriorRule)
        .where(PriorRule.person_id.in_(records), PriorRule.counts_until.is_(None))
        .order_by(PriorRule.id)
    ).all()
    if not counting:
        return Guidance(rules=())
    unable = standing_of(work, person_id) == NOT_ABLE
    return Guidance(
        rules=tuple(
            rule for rule in counting if (rule.applies_since is not None if rule.kind == ULYSSES else unable)
        )
    )


def _told(rules: Collection[PriorRule], effect: str, recipient: str | None, category: str) -> list[PriorRule]:
    """The rules of this effect about the recipient and the category; one that names the recipient outweighs `*`."""
    about = [
        rule
        for rule in rules
        if (recipient is None or rule.recipient in (recipient, ANYBODY))
        and (not rule.categories or category in rule.categories)
    ]
    named = [rule for rule in about if rule.recipient == recipient]
    return [rule for rule in named or about if rule.effect == effect]
