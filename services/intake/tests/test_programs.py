"""Programs are data: read on any day, published while the platform runs, never changed once published (IN-4, IN-10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from intake.programs import shipped
from intake.programs.catalogue import keep_what_is_shipped
from services.intake.tests.front_desk import DESK, TEAM_LEAD, good, refused
from services.intake.tests.hot_meals import GOOD
from services.intake.tests.screening_desk import (
    PROGRAM_MANAGER,
    begin,
    decide,
    decisions,
    draft,
    publish,
    ready,
    save,
)

TOMORROW = GOOD.replace("2026-03-04", "2026-03-05")
ANSWERS = {"meals_a_week": "2", "wants_to": "true", "youngest": "2024"}


def read(desk, program="hot_meals", *, by=DESK, **asked):
    return desk.call("read_program", {"program": program, **asked}, actor=by)


def states(program):
    return [(each["version"], each["state"]) for each in program["versions"]]


def test_every_program_is_listed_with_its_source_in_plain_sight(desk):
    items = good(desk.call("list_programs", {}, actor=DESK))["items"]
    by_code = {each["code"]: each for each in items}
    assert by_code["intensive_case_management"]["source"]["kind"] == "standard"
    assert by_code["bus_pass"] == {
        "code": "bus_pass",
        "name": {"en": "Bus pass", "fr": "Laissez-passer d'autobus"},
        "source": {"kind": "example", "reference": "example"},
        "criteria_version": "example-1",
    }
    assert len(items) == 11


def test_a_program_is_read_with_the_criteria_in_force_and_every_version(desk):
    program = good(read(desk, "seniors_supplement"))
    assert program["criteria"]["criteria"][0]["rule"] == {"fact": "age", "ge": 60}
    assert program["criteria"]["facts"][0]["derived"] is True
    assert states(program) == [("example-1", "in_force")]
    before = good(read(desk, "seniors_supplement", on="2014-03-31"))
    assert before["criteria"] is None and states(before) == [("example-1", "future")]


def test_there_is_no_such_program_or_version(desk):
    assert read(desk, "hot_meals").status == 404
    assert read(desk, "bus_pass", version="2").status == 404


def test_a_new_program_needs_a_file_and_nothing_else(desk):
    assert refused(desk.call("receive_referral", {"program": "hot_meals", "source": "self", "reason": "Hungry.",
                                                  "person": {"names": [{"kind": "alias", "given": "Red"}]}},
                             actor=DESK)) == "invalid_input"  # fmt: skip
    published = good(publish(desk, GOOD))
    assert (published["code"], states(published)) == ("hot_meals", [("1", "in_force")])
    assert published["versions"][0]["published_by"] == "program-manager"
    decision = good(decide(desk, ready(desk, "hot_meals"), answers=ANSWERS))
    assert decision["outcome"] == "eligible"
    assert decision["criteria"]["source"]["reference"] == "Section 2"


def test_a_version_of_the_future_is_kept_until_its_day(desk, clock):
    good(publish(desk, GOOD))
    later = (
        GOOD.replace('version: "1"', 'version: "2"')
        .replace("2026-03-04", "2026-03-06")
        .replace("lt: 7", "lt: 2")
    )
    assert states(good(publish(desk, later))) == [("1", "in_force"), ("2", "future")]
    referral = ready(desk, "hot_meals")
    good(begin(desk, referral))
    assert good(save(desk, referral, ANSWERS))["proposed"] == "eligible"
    clock.advance(days=2)
    assert states(good(read(desk))) == [("1", "past"), ("2", "in_force")]
    after = good(draft(desk, referral))
    assert (after["criteria_changed"], after["proposed"]) == (True, "unknown")
    stale = decide(desk, referral, from_draft=True, criteria_version="1")
    assert refused(stale) == "criteria_changed"
    decision = good(decide(desk, referral, from_draft=True, criteria_version="2"))
    assert decision["criteria_version"] == "2"


def test_answers_that_the_new_version_does_not_ask_for_are_named_and_left_out(desk, clock):
    good(publish(desk, GOOD))
    referral = ready(desk, "hot_meals")
    good(begin(desk, referral))
    good(save(desk, referral, {**ANSWERS, "where": "street"}))
    shorter = (
        GOOD.replace('version: "1"', 'version: "2"')
        .replace("code: street", "code: park")
        .replace("[street]", "[park]")
    )
    good(publish(desk, shorter))
    after = good(draft(desk, referral))
    assert after["no_longer_asked"] == ["where"]
    good(decide(desk, referral, from_draft=True))
    (decision,) = decisions(desk, referral)
    assert "where" not in {each["fact"] for each in decision["answers"]}


def test_a_bad_file_is_told_file_line_and_reason_and_changes_nothing(desk):
    good(publish(desk, GOOD))
    bad = (
        GOOD.replace('version: "1"', 'version: "2"').replace("lt: 7", "lt: many").replace("eq: true", "eq: 5")
    )
    answer = publish(desk, bad, file="meals-2.yaml")
    assert answer.status == 422
    place = 1 + next(at for at, line in enumerate(bad.splitlines()) if "lt: many" in line)
    told = [each["detail"] for each in answer.body["errors"]]
    assert f"meals-2.yaml:{place}: meals_a_week is compared with a number, not 'many'" in told
    assert len(told) == 2
    assert states(good(read(desk))) == [("1", "in_force")]


def test_what_is_published_never_changes_and_the_past_is_not_rewritten(desk):
    good(publish(desk, GOOD))
    assert refused(publish(desk, GOOD)) == "version_published"
    assert refused(publish(desk, GOOD.replace("lt: 7", "lt: 3"))) == "version_published"
    yesterday = publish(
        desk, GOOD.replace('version: "1"', 'version: "0"').replace("2026-03-04", "2026-03-03")
    )
    assert yesterday.body["errors"][0]["detail"].startswith(
        "meals.yaml:3: in_force_from must be today or later"
    )
    shipped_one = next(each for each in shipped.shipped() if each.program == "bus_pass")
    assert (
        refused(publish(desk, shipped_one.document.replace("2014-04-01", "2026-03-04")))
        == "version_published"
    )


def test_of_two_who_publish_the_same_version_at_once_one_does(desk):
    texts = [GOOD.replace("lt: 7", f"lt: {meals}") for meals in (3, 4, 5, 6)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: publish(desk, text), texts))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    (winner,) = (text for text, answer in zip(texts, answers, strict=True) if answer.status == 200)
    rule = good(read(desk))["criteria"]["criteria"][0]["rule"]["any"][0]
    assert f"lt: {rule['lt']}" in winner


def test_a_check_tells_the_same_and_publishes_nothing(desk):
    body = {"file": "meals.yaml", "document": GOOD}
    checked = good(desk.call("check_criteria", body, actor=PROGRAM_MANAGER))
    assert (checked["good"], checked["criteria"]["version"]) == (True, "1")
    assert read(desk).status == 404
    bad = good(desk.call("check_criteria", {**body, "document": "program: ["}, actor=PROGRAM_MANAGER))
    assert (bad["good"], bad["faults"][0]["file"], bad["faults"][0]["line"]) == (False, "meals.yaml", 1)


@pytest.mark.parametrize(
    "document", ["\u0000", "a: \u202e", "🙂", "x" * 65_537, "[" * 60_000, " ", "a: " + "é" * 40_000]
)
def test_whatever_is_sent_as_criteria_the_answer_is_clear(desk, document):
    answer = publish(desk, document)
    assert answer.status == 422 and answer.body["errors"]


@pytest.mark.parametrize("file", ["../meals.yaml", "", "a b.yaml", "x" * 200, "é.yaml"])
def test_the_name_of_a_file_is_a_plain_name(desk, file):
    assert publish(desk, GOOD, file=file).body["errors"][0]["pointer"] == "/file"


def test_who_decides_does_not_write_the_criteria(desk):
    for worker in (DESK, TEAM_LEAD):
        assert refused(publish(desk, GOOD, by=worker)) == "permission_missing"


def test_a_decision_is_read_as_it_was_when_the_file_is_gone_or_changed(desk, work_as, monkeypatch, tmp_path):
    path = tmp_path / "hot_meals.1.yaml"
    path.write_text(GOOD)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    referral = ready(desk, "hot_meals")
    good(decide(desk, referral, answers=ANSWERS))
    path.write_text(GOOD.replace("lt: 7", "lt: 1"))
    (kept,) = decisions(desk, referral)
    assert kept["criteria"]["criteria"][0]["rule"]["any"][0] == {"fact": "meals_a_week", "lt": 7}
    assert good(read(desk))["criteria"] == kept["criteria"], (
        "what was used once stands before the changed file"
    )
    path.unlink()
    assert decisions(desk, referral) == [kept]
    again = ready(desk, "hot_meals")
    assert good(decide(desk, again, answers=ANSWERS))["criteria"] == kept["criteria"]


def test_a_shipped_file_with_a_fault_is_shown_and_the_old_version_stays_in_force(desk, monkeypatch, tmp_path):
    (tmp_path / "hot_meals.1.yaml").write_text(GOOD)
    (tmp_path / "hot_meals.2.yaml").write_text(GOOD.replace('"1"', '"2"').replace("lt: 7", "lt: 70"))
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    listed = good(desk.call("list_programs", {}, actor=DESK))
    assert [(each["code"], each["criteria_version"]) for each in listed["items"]] == [("hot_meals", "1")]
    (fault,) = listed["refused"]
    assert fault["file"] == "hot_meals.2.yaml"
    assert GOOD.splitlines()[fault["line"] - 1].strip() == "- {fact: meals_a_week, lt: 7}"
    assert fault["reason"] == "meals_a_week is never 70"


def test_what_is_shipped_is_kept_by_itself_so_that_a_later_file_cannot_change_it(desk, database, work_as):
    with work_as(PROGRAM_MANAGER) as work:
        keep_what_is_shipped(work)
        keep_what_is_shipped(work)
    with database.owner.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT count(*), count(DISTINCT digest) FROM criteria_versions"
        ).one()
    assert tuple(rows) == (11, 11)
    program = good(read(desk, "bus_pass"))
    assert program["versions"][0]["published_by"] is None, "it came with the platform"


def test_a_program_whose_first_criteria_are_not_in_force_yet_takes_referrals_and_screens_later(desk, clock):
    good(publish(desk, TOMORROW))
    referral = ready(desk, "hot_meals")
    assert refused(decide(desk, referral, answers=ANSWERS)) == "no_criteria_in_force"
    clock.advance(days=1)
    assert good(decide(desk, referral, answers=ANSWERS))["outcome"] == "eligible"
