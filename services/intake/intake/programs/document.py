"""One version of a program's criteria, as a file tells it: read whole or refused with every fault (IN-4, IN-10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from hashlib import sha256

from chassis import contracts
from intake.programs.criteria import Criteria, Criterion, ExceptionAllowed, Fact, Source, Words
from intake.programs.derived import DERIVED
from intake.programs.marked import BadFile, Fault, Told, read, shortly
from intake.programs.reading import Reader
from intake.programs.rule_reading import read_outcome, read_rule
from intake.programs.rules import All, Compare, Rule, facts_of

TO_DECIDE = "intake.screening.decide"
SOURCES = ("standard", "statute", "policy", "example")
MOST_CRITERIA, MOST_EXCEPTIONS = 40, 10
_REQUIRED = ("program", "version", "in_force_from", "name", "source", "decided_by", "criteria")
_ALLOWED = ("facts", "outcome", "exceptions")


def read_criteria(content: str | bytes, *, file: str) -> Criteria:
    """The criteria that a file holds. Raises BadFile with every fault, and nothing else whatever the file holds."""
    reader = Reader(file)
    told = read(content, file=file, faults=reader.faults)
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    criteria = _Document(reader, told).criteria(text)
    reader.finish()
    if criteria is None:
        raise BadFile([Fault(file, 1, "this is no list of criteria")])
    return criteria


@lru_cache(maxsize=256)
def kept_criteria(document: str) -> Criteria:
    """Criteria that were checked when they were published, read again from the text that was kept."""
    return read_criteria(document, file="kept")


def digest_of(document: str) -> str:
    """What tells one text of criteria from every other."""
    return sha256(document.encode()).hexdigest()


class _Document:
    def __init__(self, reader: Reader, told: Told) -> None:
        self._reader = reader
        self._told = told
        self._entries = reader.mapping(told, "the file", required=_REQUIRED, allowed=_ALLOWED)

    def criteria(self, text: str) -> Criteria | None:
        reader, entries = self._reader, self._entries
        program = reader.code(entries.get("program"), "program")
        version = reader.text(entries.get("version"), "version", longest=40)
        begins = reader.day(entries.get("in_force_from"), "in_force_from")
        name = reader.words(entries.get("name"), "name")
        source = self._source(entries.get("source"))
        roles, competences, may_disagree = self._deciders(entries.get("decided_by"))
        facts = reader.facts(entries.get("facts"), taken=DERIVED)
        faults_so_far = len(reader.faults)
        criteria = self._criteria(entries.get("criteria"), facts)
        used = {name for each in criteria.values() for name in each.facts}
        if len(reader.faults) == faults_so_far:
            self._nothing_asked_in_vain(facts, used)
        outcome = self._outcome(entries.get("outcome"), criteria)
        exceptions = self._exceptions(entries.get("exceptions"), criteria, roles)
        if reader.faults or None in (program, version, begins, name, source, outcome):
            return None
        assert program and version and begins and name and source and outcome  # noqa: S101 - said just above
        return Criteria(
            program=program,
            version=version,
            in_force_from=begins,
            name=name,
            source=source,
            roles=roles,
            competences=competences,
            may_disagree=may_disagree,
            facts=tuple(facts.values()),
            derived=tuple(fact for code, fact in DERIVED.items() if code in used),
            criteria=tuple(criteria.values()),
            outcome=outcome,
            exceptions=exceptions,
            digest=digest_of(text),
            document=text,
        )

    def _source(self, told: Told | None) -> Source | None:
        if told is None:
            return None
        entries = self._reader.mapping(told, "source", required=("kind",), allowed=("reference",))
        kind = self._reader.one_of(entries.get("kind"), "the kind of source", SOURCES)
        reference = self._reader.text(entries.get("reference"), "the reference of the source")
        if kind not in (None, "example") and "reference" not in entries:
            self._reader.wrong(told, "say where the criteria stand: the source has no reference")
        return Source(kind, reference or "example") if kind else None

    def _deciders(self, told: Told | None) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        if told is None:
            return frozenset(), frozenset(), frozenset()
        entries = self._reader.mapping(
            told, "decided_by", required=("roles",), allowed=("competences", "against_the_rules")
        )
        able = _roles_that_decide()
        roles = self._reader.codes(entries.get("roles"), "a role that decides", among=able)
        competences = self._reader.codes(entries.get("competences"), "a competence")
        against = self._reader.codes(
            entries.get("against_the_rules"), "a role that may decide against the rules", among=roles or able
        )
        return roles, competences, against

    def _criteria(self, told: Told | None, facts: Mapping[str, Fact]) -> dict[str, Criterion]:
        found: dict[str, Criterion] = {}
        for part in self._reader.parts(told, "criteria", most=MOST_CRITERIA):
            entries = self._reader.mapping(
                part, "a criterion", required=("code", "question"), allowed=("rule", "informed_by")
            )
            code = self._reader.code(entries.get("code"), "the code of a criterion")
            question = self._reader.words(entries.get("question"), "the question")
            informed_by = self._reader.informing(entries.get("informed_by"))
            rule = (
                read_rule(self._reader, entries["rule"], facts={**DERIVED, **facts})
                if "rule" in entries
                else None
            )
            if code is None or question is None:
                continue
            if code in found:
                self._reader.wrong(part, f"the criterion {code} is told twice")
                continue
            found[code] = Criterion(code, question, rule, informed_by)
        return found

    def _outcome(self, told: Told | None, criteria: Mapping[str, Criterion]) -> Rule | None:
        if told is None:
            return All(tuple(Compare(code, "eq", (True,)) for code in criteria)) if criteria else None
        outcome = read_outcome(
            self._reader, told, criteria={code: each.question for code, each in criteria.items()}
        )
        if outcome is None:
            return None
        for code in criteria:
            if code not in facts_of(outcome):
                self._reader.wrong(told, f"the outcome does not depend on the criterion {code}")
        return outcome

    def _exceptions(
        self, told: Told | None, criteria: Mapping[str, Criterion], roles: frozenset[str]
    ) -> tuple[ExceptionAllowed, ...]:
        found: dict[str, ExceptionAllowed] = {}
        for part in self._reader.parts(told, "exceptions", most=MOST_EXCEPTIONS):
            entries = self._reader.mapping(part, "an exception", required=("code", "name", "lifts", "by"))
            code = self._reader.code(entries.get("code"), "the code of an exception")
            name = self._reader.words(entries.get("name"), "the name of an exception")
            lifts = self._reader.codes(entries.get("lifts"), "a criterion that is lifted", among=criteria)
            by = self._reader.codes(entries.get("by"), "a role that makes an exception", among=roles)
            if code in found:
                self._reader.wrong(part, f"the exception {code} is told twice")
            elif code and name:
                found[code] = ExceptionAllowed(code, name, lifts, by)
        return tuple(found.values())

    def _nothing_asked_in_vain(self, facts: Mapping[str, Fact], used: set[str]) -> None:
        listed = self._entries.get("facts")
        for part in (listed.parts or ()) if listed is not None else ():
            told = (part.entries or {}).get("code")
            if told is not None and told.written in facts and told.written not in used:
                self._reader.wrong(told, f"{shortly(told.written)} is asked, and no rule needs it")


def _roles_that_decide() -> list[str]:
    roles = contracts.access_list("roles")
    return sorted(role for role, told in roles.items() if TO_DECIDE in told["permissions"])


def in_force_on(versions: list[Criteria], day: date) -> Criteria | None:
    """Of versions in the order in which they were published, the one in force on a day; None before the first."""
    begun = [each for each in versions if each.in_force_from <= day]
    return max(reversed(begun), key=lambda each: each.in_force_from, default=None)


__all__ = ["BadFile", "Words", "digest_of", "in_force_on", "kept_criteria", "read_criteria"]
