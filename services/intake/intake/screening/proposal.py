"""What follows from the criteria and what is known: a finding on each criterion, and the outcome (IN-4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from intake.programs.criteria import MET, NOT_MET, UNKNOWN, Criteria, finding_of
from intake.programs.rules import Facts

BY_RULE = "Found by the rule of the criterion."
NOT_YET = "Not said yet."


@dataclass(frozen=True)
class Found:
    """What is found on one criterion so far: by a worker with a reason, else by its rule."""

    criterion: str
    finding: str
    reason: str
    computed: str | None
    because: tuple[str, ...]
    missing: tuple[str, ...]
    informed_by: UUID | str | None = None

    @property
    def against_the_rule(self) -> bool:
        """Whether a worker decided this criterion otherwise than its rule does; *unknown* decides nothing."""
        opposite = {MET: NOT_MET, NOT_MET: MET}
        return self.computed is not None and self.finding == opposite.get(self.computed)


@dataclass(frozen=True)
class Proposal:
    """The findings and the outcome that follows from them; what is still to be found out when it is unknown."""

    findings: tuple[Found, ...]
    outcome: str
    still_to_find_out: tuple[Found, ...]


def propose(
    criteria: Criteria,
    facts: Facts,
    *,
    by_workers: Mapping[str, Mapping[str, Any]],
    lifted: Collection[str] = (),
) -> Proposal:
    """A finding on every criterion and the outcome.

    What a worker found stands; otherwise the rule finds, and a criterion without a rule is unknown. `lifted` criteria
    count as met by an exception.
    """
    verdicts = criteria.judge(facts)
    found: list[Found] = []
    for criterion in criteria.criteria:
        verdict, by_worker = verdicts.get(criterion.code), by_workers.get(criterion.code)
        computed = None if verdict is None else finding_of(verdict.met)
        finding = by_worker["finding"] if by_worker is not None else computed or UNKNOWN
        plain_reason = NOT_YET if finding == UNKNOWN or by_worker is not None else BY_RULE
        found.append(
            Found(
                criterion=criterion.code,
                finding=finding,
                reason=(by_worker or {}).get("reason") or plain_reason,
                computed=computed,
                because=() if verdict is None else tuple(sorted(verdict.because)),
                missing=() if verdict is None else tuple(sorted(verdict.missing)),
                informed_by=(by_worker or {}).get("informed_by"),
            )
        )
    findings = {each.criterion: each.finding for each in found}
    outcome = criteria.outcome_of(findings, lifted=frozenset(lifted))
    open_ones = criteria.undecided(findings, lifted=frozenset(lifted)) if outcome == UNKNOWN else frozenset()
    return Proposal(
        findings=tuple(found),
        outcome=outcome,
        still_to_find_out=tuple(each for each in found if each.criterion in open_ones),
    )
