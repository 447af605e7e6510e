"""Criteria as plain data: what a reader is shown, and what is kept with a decision (IN-4)."""

from __future__ import annotations

from typing import Any

from intake.programs.criteria import Criteria, Fact, Informing, Words, plainly


def as_told(criteria: Criteria) -> dict[str, Any]:
    """Everything that a version of criteria says, JSON-ready, in the order of its file."""
    return {
        "program": criteria.program,
        "version": criteria.version,
        "in_force_from": criteria.in_force_from.isoformat(),
        "name": _words(criteria.name),
        "source": {"kind": criteria.source.kind, "reference": criteria.source.reference},
        "decided_by": sorted(criteria.roles),
        "competences": sorted(criteria.competences),
        "against_the_rules": sorted(criteria.may_disagree),
        "facts": [_fact(fact) for fact in (*criteria.derived, *criteria.facts)],
        "criteria": [
            {
                "code": each.code,
                "question": _words(each.question),
                "rule": None if each.rule is None else plainly(each.rule),
                "informed_by": [_informing(one) for one in each.informed_by],
            }
            for each in criteria.criteria
        ],
        "outcome": plainly(criteria.outcome, over_criteria=True),
        "exceptions": [
            {"code": each.code, "name": _words(each.name), "lifts": sorted(each.lifts), "by": sorted(each.by)}
            for each in criteria.exceptions
        ],
        "digest": criteria.digest,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "code": fact.code,
        "type": fact.kind,
        "question": _words(fact.question),
        "choices": [{"code": each.code, "name": _words(each.name)} for each in fact.choices],
        "lowest": None if fact.lowest is None else str(fact.lowest),
        "highest": None if fact.highest is None else str(fact.highest),
        "unit": fact.unit,
        "derived": fact.derived,
        "informed_by": [_informing(each) for each in fact.informed_by],
    }


def _informing(informing: Informing) -> dict[str, Any]:
    return {
        "form": informing.form,
        "question": informing.question,
        "category": informing.category,
        "versions": list(informing.versions),
    }


def _words(words: Words) -> dict[str, str]:
    return {"en": words.en, "fr": words.fr}
