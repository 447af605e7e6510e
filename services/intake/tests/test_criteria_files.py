"""Files of criteria: checked whole when they are read, every fault told with its line (IN-4, IN-10)."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import contracts
from intake.prelude.form import published, read_form
from intake.programs import shipped
from intake.programs.document import in_force_on, read_criteria
from intake.programs.marked import MOST_BYTES, BadFile
from intake.programs.words import as_told
from services.intake.tests.hot_meals import GOOD


def faults(text: str | bytes) -> list[tuple[int, str]]:
    with pytest.raises(BadFile) as refused:
        read_criteria(text, file="meals.yaml")
    assert all(fault.file == "meals.yaml" for fault in refused.value.faults)
    return [(fault.line, fault.reason) for fault in refused.value.faults]


def line_of(text: str, part: str) -> int:
    return next(at for at, line in enumerate(text.splitlines(), start=1) if part in line)


def test_a_good_file_is_read_whole():
    criteria = read_criteria(GOOD, file="meals.yaml")
    assert [each.code for each in criteria.criteria] == ["hungry", "willing", "family", "fits_in"]
    assert criteria.roles == {"intake_worker", "team_lead"}
    assert [fact.code for fact in criteria.derived] == ["age"]
    told = as_told(criteria)
    assert told["outcome"] == {"all": ["hungry", "willing", {"any": ["family", "fits_in"]}]}
    assert told["criteria"][2]["rule"] == {
        "at_least": {"count": 1, "of": [{"fact": "youngest", "between": [0, 5]}, {"fact": "age", "ge": 65}]}
    }


@pytest.mark.parametrize(
    ("broken", "mended", "where", "reason"),
    [
        ("in_force_from: 2026-03-04", "in_force_from: 2026-02-30", "in_force_from", "no calendar has"),
        ("in_force_from: 2026-03-04", "in_force_from: soon", "in_force_from", "must be a day"),
        ("program: hot_meals", "program: Hot Meals", "program:", "must be a code"),
        ("program: hot_meals", "programme: hot_meals", "programme", "unknown entry 'programme'"),
        ("roles: [intake_worker,", "roles: [practitioner,", "roles:", "must be one of"),
        ("roles: [intake_worker,", "roles: [intake_worker, intake_worker,", "roles:", "twice"),
        ("kind: policy, reference: Section 2", "kind: statute", "source", "has no reference"),
        ("{fact: wants_to, eq: true}", "{fact: wants_to, eq: yes}", "wants_to, eq", "true or false, not 'yes'"),
        ("{fact: wants_to, eq: true}", "{fact: wants_to, gt: true}", "wants_to, gt", "is a boolean"),
        ("{fact: wants_to, eq: true}", "{fact: hopes_to, eq: true}", "hopes_to", "there is no fact hopes_to"),
        ("{fact: wants_to, eq: true}", "{fact: wants_to}", "rule: {fact: wants_to}", "one entry out of"),
        ("{fact: wants_to, eq: true}", "{every: []}", "every", "not 'every'"),
        ("lt: 7", "lt: many", "lt: many", "compared with a number, not 'many'"),
        ("lt: 7", "lt: 22", "lt: 22", "is never 22"),
        ("lt: 7", "lt: 0", "any:", "never met"),
        ("in: [street]", "in: [street, moon]", "moon", "one of home, street, not 'moon'"),
        ("in: [street]", "in: [street, street]", "street, street", "twice"),
        ("in: [street]", "in: []", "in: []", "1 to 50 parts"),
        ("in: [street]", "in: [street, home]", "any:", "always met"),
        ("gt: 2026-01-01", "gt: 20260101", "gt: 2026", "a day such as"),
        ("between: [0, 5]", "between: [5, 0]", "between", "lower end first"),
        ("between: [0, 5]", "between: [0, 5.5]", "between", "whole years"),
        ("count: 1, of", "count: 3, of", "count: 3", "from 1 to 2"),
        ("{any: [family, fits_in]}", "family", "outcome:", "does not depend on the criterion fits_in"),
        ("{any: [family, fits_in]}", "{any: [family, fits]}", "fits]", "there is no criterion fits"),
        ("lifts: [hungry]", "lifts: [thirsty]", "lifts", "must be one of"),
        ("by: [team_lead]", "by: [program_manager]", "by: [program", "must be one of intake_worker, team_lead"),
        ("  - code: willing", "  - code: hungry # again", "# again", "told twice"),
        ("unit: meals", "unit: meals\n    colour: red", "colour", "unknown entry 'colour'"),
        ("version: \"1\"", "version: \"1\"\nversion: \"2\"", "version", "told twice"),
        ("fr: Repas chauds}", "fr: ''}", "name:", "1 to 1000 signs"),
        ("fr: Repas chauds}", "de: Suppe}", "name:", "no fr"),
        ("fr: Repas chauds}", "fr: \u202eRepas}", "name:", "without control characters"),
        ("highest: 21", "highest: -1", "lowest: 0", "lowest must be below highest"),
        ("type: boolean", "type: bool", "type: bool", "must be one of number, date"),
        ("code: youngest", "code: age", "age", "the record tells by itself"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_reason(broken, mended, where, reason):
    assert broken in GOOD
    text = GOOD.replace(broken, mended, 1)
    told = faults(text)
    assert any(reason in each for _, each in told), told
    near = line_of(text, where)
    assert any(reason in each and abs(line - near) <= 1 for line, each in told), (near, told)


def test_every_fault_of_a_file_is_told_at_once():
    text = (
        GOOD.replace("lt: 7", "lt: many").replace("eq: true", "eq: perhaps").replace("version:", "edition:")
    )
    lines = [line for line, _ in faults(text)]
    assert {line_of(text, "lt: many"), line_of(text, "eq: perhaps"), line_of(text, "edition")} <= set(lines)
    assert lines == sorted(lines)


def test_what_no_rule_needs_is_not_asked():
    text = GOOD.replace(
        "rule: {fact: wants_to, eq: true}", "informed_by: [{form: f, question: q, category: family}]"
    )
    assert (line_of(text, "code: wants_to"), "'wants_to' is asked, and no rule needs it") in faults(text)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("- a list\n", 1, "must be a mapping"),
        ("program: [\n", 2, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: &x 1\nb: *x\n", 1, "anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags are not used"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: \x07\n", 1, "control character"),
        (b"a: 1\nb: \xff\xfe\n", 2, "not UTF-8"),
        ("a: " + "[" * 200, 1, "nested too deeply"),
        ("a: " + "x" * MOST_BYTES, 1, "larger than"),
        ("a: \ud800", 1, "a sign that no text has"),
    ],
)
def test_what_is_no_list_of_criteria_at_all_is_refused_with_a_line(content, line, reason):
    told = faults(content)
    assert any(each_line == line and reason in each for each_line, each in told), told


def test_names_in_any_script_and_with_signs_of_joy_are_good():
    text = GOOD.replace("Hot meals", "وجبات ساخنة 🍲").replace("Repas chauds", "温かい食事")
    assert read_criteria(text, file="meals.yaml").name.en == "وجبات ساخنة 🍲"


def test_a_rule_that_is_too_deep_is_refused():
    rule = "{fact: wants_to, eq: true}"
    for _ in range(12):
        rule = "{not: " + rule + "}"
    text = GOOD.replace("{fact: wants_to, eq: true}", rule)
    assert any("at most 8 levels" in reason for _, reason in faults(text))


def test_a_file_from_another_system_is_read_with_its_mark_and_line_ends():
    dressed = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert read_criteria(dressed, file="meals.yaml").program == "hot_meals"


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_whatever_the_file_holds_it_is_refused_with_lines_and_nothing_else_happens(content):
    told = faults(content)
    most = len(content.splitlines()) + 2
    assert told and all(1 <= line <= most and reason for line, reason in told)


@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_a_good_file_damaged_anywhere_is_read_or_refused_with_lines(chance: random.Random, wounds: int):
    lines = GOOD.splitlines()
    words = sorted({word for line in lines for word in line.split()})
    for _ in range(wounds):
        at = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                lines[at] = lines[at].replace(chance.choice(words), chance.choice(words))
            case _:
                lines[at] = " " * chance.randrange(6) + lines[at].lstrip()
        lines = lines or [""]
    text = "\n".join(lines)
    try:
        criteria = read_criteria(text, file="meals.yaml")
    except BadFile as refused:
        assert all(1 <= fault.line <= len(lines) + 1 for fault in refused.faults)
    else:
        assert criteria.codes and as_told(criteria)["digest"] == criteria.digest


def test_a_file_that_is_hard_to_try_is_read_all_the_same_and_keeps_nobody_waiting():
    chance = random.Random(1)
    asked = [f"  - {{code: f{at}, type: boolean, question: {{en: a, fr: b}}}}" for at in range(12)]
    parts = [sorted(chance.sample(range(12), 3)) for _ in range(40)]
    rules = [
        ", ".join(
            "{all: [" + ", ".join(f"{{fact: f{at}, eq: true}}" for at in part) + "]}"
            for part in dict.fromkeys(map(tuple, chance.sample(parts, 20)))
        )
        for _ in range(30)
    ]
    criteria = [
        f"  - {{code: c{at}, question: {{en: a, fr: b}}, rule: {{any: [{rule}]}}}}"
        for at, rule in enumerate(rules)
    ]
    head = GOOD[: GOOD.index("facts:")]
    text = head + "\n".join(["facts:", *asked, "criteria:", *criteria]) + "\n"
    began = process_time()
    assert len(read_criteria(text, file="meals.yaml").criteria) == 30
    assert process_time() - began < 3


def test_the_example_of_the_guide_is_good():
    guide = (contracts.folder().parent / "docs" / "guides" / "programs.md").read_text()
    example = guide.split("```yaml\n")[1].split("```")[0]
    criteria = read_criteria(example, file="programs.md")
    assert (criteria.program, criteria.competences) == ("hot_meals", {"nutrition"})


# -- what is shipped


def test_every_program_of_the_province_is_shipped_without_a_fault():
    assert shipped.faults() == []
    assert {criteria.program for criteria in shipped.shipped()} == {
        "autism_funding",
        "bus_pass",
        "child_and_family_services",
        "child_care_subsidy",
        "child_protection",
        "employment_program",
        "family_maintenance",
        "income_assistance",
        "intensive_case_management",
        "medical_benefits",
        "seniors_supplement",
    }


def test_only_what_a_source_states_is_not_marked_as_an_example():
    stated = [criteria for criteria in shipped.shipped() if criteria.source.kind != "example"]
    assert [criteria.program for criteria in stated] == ["intensive_case_management"]
    (standard,) = stated
    assert "1.3 Screening for Eligibility" in standard.source.reference
    assert standard.roles == {"team_lead"}
    assert standard.competences == {"substance_use", "mental_health", "functional_capacity", "homelessness"}
    assert standard.exceptions == () and standard.may_disagree == frozenset()


def test_every_question_is_there_in_english_and_french():
    for criteria in shipped.shipped():
        for each in (*criteria.criteria, *criteria.facts):
            assert each.question.en and each.question.fr and each.question.en != each.question.fr


def test_a_bad_file_beside_a_good_one_takes_nothing_with_it(tmp_path: Path):
    (tmp_path / "meals.1.yaml").write_text(GOOD)
    (tmp_path / "meals.2.yaml").write_text(GOOD.replace('"1"', '"2"').replace("lt: 7", "lt: many"))
    assert [criteria.version for criteria in shipped.shipped(tmp_path)] == ["1"]
    (fault,) = shipped.faults(tmp_path)
    assert (fault.file, fault.line) == ("meals.2.yaml", line_of(GOOD, "lt: 7"))
    (tmp_path / "meals.2.yaml").write_text(GOOD.replace('"1"', '"2"') + "\n# mended\n")
    assert [criteria.version for criteria in shipped.shipped(tmp_path)] == ["1", "2"]


def test_two_files_with_the_same_version_are_not_both_read(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("lt: 7", "lt: 8"))
    assert len(shipped.shipped(tmp_path)) == 1
    assert "stands in a.yaml" in str(shipped.faults(tmp_path)[0])


def test_the_version_in_force_on_the_day_decides():
    first = read_criteria(GOOD, file="1.yaml")
    second = read_criteria(GOOD.replace('"1"', '"2"').replace("2026-03-04", "2026-05-01"), file="2.yaml")
    again = read_criteria(GOOD.replace('"1"', '"2a"').replace("2026-03-04", "2026-05-01"), file="2a.yaml")
    versions = [first, second, again]
    assert in_force_on(versions, date(2026, 3, 3)) is None
    assert in_force_on(versions, date(2026, 4, 30)) is first
    assert in_force_on(versions, date(2026, 5, 1)) is again, "published later, from the same day"


def test_the_checklist_is_a_form_of_data_too():
    form = published()["pre_assessment_checklist"][1]
    assert form.source.kind == "example"
    assert {area.code for area in form.areas} == {
        "health", "safety", "education", "family_and_caring", "housing", "income",
    }  # fmt: skip
    with pytest.raises(BadFile, match=r"list\.yaml:1: the file has no advisable"):
        read_form("checklist: other\nversion: 1\n", file="list.yaml")
