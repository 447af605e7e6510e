"""The rule form: three values, Kleene's laws, and ages from dates of birth that are known in part (IN-4)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.people.birth import Born
from intake.programs.rules import All, Any, AtLeast, Compare, Judged, Not, Rule, Verdict, Years, judge
from intake.programs.rules import comparisons as comparisons_of

NUMBERS = [Decimal(number) for number in range(-1, 5)]
CODES = ["asks", "agrees", "declines"]
POSSIBLE = {
    "number": NUMBERS,
    "code": CODES,
    "truth": [True, False],
    "day": [date(2026, 3, 4) + timedelta(days=days) for days in range(4)],
}

comparisons = st.one_of(
    *(
        st.builds(Compare, st.just(fact), st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]), one)
        for fact in ("number", "day")
        for one in [st.tuples(st.sampled_from(POSSIBLE[fact]))]
    ),
    *(
        st.builds(
            Compare,
            st.just(fact),
            st.just("in"),
            st.lists(st.sampled_from(POSSIBLE[fact]), min_size=1, max_size=3).map(tuple),
        )
        for fact in POSSIBLE
    ),
    st.builds(
        Compare,
        st.just("number"),
        st.just("between"),
        st.tuples(st.sampled_from(NUMBERS[:3]), st.sampled_from(NUMBERS[3:])),
    ),
)
rules = st.recursive(
    st.one_of(comparisons, st.just(Judged("A worker has to judge."))),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))),
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).flatmap(
            lambda parts: st.integers(1, len(parts)).map(lambda count: AtLeast(count, tuple(parts)))
        ),
    ),
    max_leaves=8,
)
facts = st.fixed_dictionaries(
    {}, optional={fact: st.sampled_from(values) for fact, values in POSSIBLE.items()}
)


def leaves(rule: Rule) -> int:
    match rule:
        case Compare() | Judged():
            return 1
        case Not():
            return leaves(rule.rule)
        case All() | Any() | AtLeast():
            return sum(map(leaves, rule.of))


def by_brute_force(rule: Rule, known: dict[str, object]) -> bool | None:
    """What is true however each unknown comparison, taken by itself, should turn out."""
    results = {plain(rule, known, list(guess))[0] for guess in product([True, False], repeat=leaves(rule))}
    return results.pop() if len(results) == 1 else None


def plain(rule: Rule, known: dict[str, object], guesses: list[bool]) -> tuple[bool, list[bool]]:
    """Ordinary logic in two values, an unknown comparison being what is guessed."""
    match rule:
        case Compare():
            guess, rest = guesses[0], guesses[1:]
            value = known.get(rule.fact)
            return (guess if value is None else compared(rule, value)), rest
        case Judged():
            return guesses[0], guesses[1:]
        case Not():
            met, rest = plain(rule.rule, known, guesses)
            return not met, rest
        case All() | Any() | AtLeast():
            mets = []
            for part in rule.of:
                met, guesses = plain(part, known, guesses)
                mets.append(met)
            needed = {All: len(mets), Any: 1}.get(type(rule)) or rule.count  # type: ignore[union-attr]
            return sum(mets) >= needed, guesses


def compared(rule: Compare, value: object) -> bool:
    first, last = rule.values[0], rule.values[-1]
    return {
        "eq": lambda: value == first,
        "ne": lambda: value != first,
        "lt": lambda: value < first,
        "le": lambda: value < first or value == first,
        "gt": lambda: first < value,
        "ge": lambda: first < value or value == first,
        "in": lambda: any(value == one for one in rule.values),
        "between": lambda: not (value < first or last < value),
    }[rule.how]()


@given(rules, facts)
def test_the_evaluator_says_what_brute_force_says(rule, known):
    assert judge(rule, known).met is by_brute_force(rule, known)


@given(rules, facts)
def test_not_twice_is_nothing(rule, known):
    assert judge(Not(Not(rule)), known) == judge(rule, known)


@given(st.lists(rules, min_size=1, max_size=3), facts)
def test_not_all_is_one_not_and_not_any_is_all_not(parts, known):
    denied = tuple(Not(part) for part in parts)
    assert judge(Not(All(tuple(parts))), known) == judge(Any(denied), known)
    assert judge(Not(Any(tuple(parts))), known) == judge(All(denied), known)


@given(st.lists(rules, min_size=1, max_size=4), facts)
def test_all_and_any_are_ends_of_at_least(parts, known):
    of = tuple(parts)
    assert judge(AtLeast(len(of), of), known) == judge(All(of), known)
    assert judge(AtLeast(1, of), known) == judge(Any(of), known)


@given(rules, facts, st.data())
def test_what_is_decided_stays_decided_whatever_is_learned(rule, known, data):
    verdict = judge(rule, known)
    unknown = sorted(POSSIBLE.keys() - known.keys())
    learned = {fact: data.draw(st.sampled_from(POSSIBLE[fact])) for fact in unknown}
    if verdict.met is not None:
        assert judge(rule, {**known, **learned}).met is verdict.met


@given(rules, facts)
def test_the_facts_that_decide_are_enough_by_themselves(rule, known):
    verdict = judge(rule, known)
    if verdict.met is not None:
        assert judge(rule, {fact: known[fact] for fact in verdict.because}).met is verdict.met
        assert verdict.missing == frozenset()
    else:
        assert verdict.because == frozenset()


@given(rules, facts)
def test_what_is_missing_is_named_and_is_not_known_already(rule, known):
    verdict = judge(rule, known)
    assert not verdict.missing & known.keys()
    assert verdict.missing <= {each.fact for each in comparisons_of(rule)}


def test_unknown_is_not_no():
    rule = Compare("truth", "eq", (True,))
    assert judge(rule, {}) == Verdict(None, missing=frozenset({"truth"}))
    assert judge(rule, {"truth": False}) == Verdict(False, because=frozenset({"truth"}))


# -- ages

born = st.builds(
    Born,
    year=st.integers(1990, 2010),
    month=st.none() | st.integers(1, 12),
).flatmap(lambda told: st.just(told) if told.month is None else st.just(told) | _with_a_day(told))


def _with_a_day(told: Born) -> st.SearchStrategy[Born]:
    return st.integers(1, 28).map(lambda day: Born(told.year, told.month, day))


def whole_years(day_of_birth: date, *, on: date) -> int:
    return on.year - day_of_birth.year - ((on.month, on.day) < (day_of_birth.month, day_of_birth.day))


@given(
    born,
    st.dates(date(2012, 1, 1), date(2030, 12, 31)),
    st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]),
    st.integers(0, 45),
)
def test_an_age_is_decided_exactly_when_every_possible_day_of_birth_agrees(told, on, how, years):
    rule = Compare("age", how, (Decimal(years),))
    days = (told.latest - told.earliest).days + 1
    results = {
        compared(rule, Decimal(whole_years(told.earliest + timedelta(days=each), on=on)))
        for each in range(days)
    }
    expected = results.pop() if len(results) == 1 else None
    least, most = told.age_on(on)
    assert judge(rule, {"age": Years(least, most)}).met is expected


@pytest.mark.parametrize(
    ("told", "met"),
    [
        (Born(2007, 3, 4), True),
        (Born(2007, 3, 5), False),
        (Born(2007, 3), None),
        (Born(2007), None),
        (Born(2006), True),
        (Born(2008), False),
        (Born(2006, approximate=True), None),
        (Born(1990, approximate=True), True),
    ],
)
def test_nineteen_on_the_day_of_the_birthday_and_unknown_when_the_missing_part_decides(told, met):
    least, most = told.age_on(date(2026, 3, 4))
    assert judge(Compare("age", "ge", (Decimal(19),)), {"age": Years(least, most)}).met is met
