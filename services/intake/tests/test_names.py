"""The names that people go by, in any script and through time (IN-7)."""

from __future__ import annotations

from services.intake.tests.front_desk import DESK, good, refused
from services.intake.tests.people_desk import amend, history, legal, read, refusals, tell

TODAY = "2026-03-04"


def names_of(person):
    return [
        (name["given"], name["family"], name["used_from"], name["used_until"]) for name in person["names"]
    ]


def recorded(desk, *names):
    return desk.call("record_person", {"names": list(names)}, actor=DESK)


def test_a_name_sent_with_its_id_is_put_right_and_the_slip_is_no_name_of_the_person(desk):
    person = desk.person(given="Ana", family="Liam")
    corrected = amend(desk, person, names=[legal("Ana", "Lima", id=person["names"][0]["id"])])
    assert names_of(corrected) == [("Ana", "Lima", None, None)]
    assert desk.search("liam") == []
    assert [change["before"]["family"] for change in history(desk, person) if change["before"]] == ["Liam"]


def test_a_name_put_right_by_its_own_door_needs_the_version_that_was_read(desk):
    person = desk.person(given="Ana", family="Liam")
    name = person["names"][0]["id"]
    said = {"name_id": name, **legal("Ana", "Lima")}
    assert refused(tell(desk, "put_name_right", person, **said)) == "version_required"
    assert refused(tell(desk, "put_name_right", person, if_match='"7"', **said)) == "stale_version"
    assert names_of(good(tell(desk, "put_name_right", person, if_match='"1"', **said))) == [
        ("Ana", "Lima", None, None)
    ]


def test_a_name_taken_back_into_use_stands_a_second_time_and_the_time_before_is_kept(desk):
    person = desk.person(given="Ana", family="Lima")
    married = amend(desk, person, names=[legal("Ana", "Costa")])
    back = amend(desk, married, names=[legal("Ana", "Lima")])
    assert names_of(back) == [
        ("Ana", "Lima", None, TODAY),
        ("Ana", "Costa", None, TODAY),
        ("Ana", "Lima", TODAY, None),
    ]


def test_sending_back_what_was_read_changes_nothing(desk):
    person = amend(desk, desk.person(given="Ana", family="Lima"), names=[legal("Ana", "Costa")])
    told = [
        {key: name[key] for key in ("kind", "given", "family", "used_from", "used_until")}
        for name in person["names"]
    ]
    assert names_of(amend(desk, person, names=told)) == names_of(person)
    assert names_of(amend(desk, person, names=person["names"])) == names_of(person)


def test_a_name_is_added_and_left_by_its_own_door_and_still_found(desk):
    person = desk.person(given="Ana", family="Lima")
    added = good(tell(desk, "add_name", person, kind="alias", given="Red"))
    alias = added["names"][1]["id"]
    left = good(tell(desk, "leave_name", person, name_id=alias))
    assert left["names"][1]["used_until"] == TODAY
    assert [found["id"] for found in desk.search("red")] == [person["id"]]


def test_a_name_recorded_in_error_is_taken_off_and_the_history_keeps_it(desk):
    person = desk.person(given="Ana", family="Lima")
    added = good(tell(desk, "add_name", person, kind="alias", given="Somebody"))
    wrong = {"name_id": added["names"][1]["id"], "because": "recorded_in_error"}
    assert names_of(good(tell(desk, "leave_name", person, **wrong))) == [("Ana", "Lima", None, None)]
    assert desk.search("somebody") == []
    assert history(desk, person)[-1]["before"]["given"] == "Somebody"


def test_the_only_name_cannot_be_taken_off(desk):
    person = desk.person()
    wrong = {"name_id": person["names"][0]["id"], "because": "recorded_in_error"}
    assert refused(tell(desk, "leave_name", person, **wrong)) == "only_name"


def test_a_name_of_another_record_is_not_reached_through_this_one(desk):
    person, other = desk.person(), desk.person(given="Somebody", family="Else")
    foreign = other["names"][0]["id"]
    assert refused(tell(desk, "leave_name", person, name_id=foreign)) == "not_found"
    answer = tell(desk, "amend_person", person, if_match="*", names=[legal("A", "B", id=foreign)])
    assert refusals(answer) == [("/names/0/id", "known")]


def test_the_same_name_is_not_added_twice(desk):
    person = desk.person(given="Ana", family="Lima")
    assert refused(tell(desk, "add_name", person, **legal("Ana", "Lima"))) == "known_already"


def test_a_single_word_in_any_script_is_a_name(desk):
    for name in [
        "Ṣàngó",
        "王小明",
        "محمد",
        "שָׂרָה",
        "ᐃᓄᒃ",
        "🦊🌈",
        "👩\N{ZERO WIDTH JOINER}👧",
        "\u0294u\u0294ú\u0294",
    ]:
        person = good(recorded(desk, legal(name)))
        assert person["names"][0]["given"] == read(desk, person)["names"][0]["given"]
        assert [found["id"] for found in desk.search(name)] == [person["id"]]


def test_letters_and_marks_apart_are_the_same_name_as_letters_with_marks(desk):
    person = good(recorded(desk, legal("Zoe\N{COMBINING DIAERESIS}")))
    assert person["names"][0]["given"] == "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"


def test_signs_that_turn_or_hide_other_signs_do_not_get_into_a_name(desk):
    for unseen in [
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{LEFT-TO-RIGHT MARK}",
        "\N{RIGHT-TO-LEFT ISOLATE}",
        "\N{ZERO WIDTH SPACE}",
        "\N{ZERO WIDTH NO-BREAK SPACE}",
        "\N{SOFT HYPHEN}",
        "\N{WORD JOINER}",
    ]:
        person = good(recorded(desk, legal(f"An{unseen}a{unseen}", f"{unseen}Lima")))
        assert names_of(person) == [("Ana", "Lima", None, None)]


def test_a_name_of_nothing_but_unseen_signs_is_refused(desk):
    answer = recorded(desk, legal("\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH JOINER}"))
    assert refusals(answer) == [("/names/0/given", "length")]


def test_a_control_character_is_refused_with_its_field_and_not_repeated(desk):
    for control in ["\x00", "\x07", "\x1b", "\x7f", "\x85"]:
        answer = recorded(desk, legal(f"Ana{control}Secret"))
        assert answer.status in (400, 422)
        assert "Secret" not in str(answer.body)


def test_300_characters_are_a_name_and_301_are_refused_with_the_field(desk):
    person = good(recorded(desk, legal("\N{LATIN SMALL LETTER E WITH ACUTE}" * 300)))
    assert len(person["names"][0]["given"]) == 300
    answer = recorded(desk, legal("Ana"), legal("x" * 301))
    assert refusals(answer) == [("/names/1/given", "length")]


def test_a_name_does_not_end_before_it_begins(desk):
    answer = recorded(desk, legal("Ana", used_from="2020-01-02", used_until="2020-01-01"))
    assert [pointer for pointer, _ in refusals(answer)] == ["/names/0/used_until"]


def test_everybody_has_a_name_to_be_called_by_and_one_for_a_list(desk):
    for name, called, sorted_as in [
        (legal("Ana", "Lima"), "Ana Lima", "Lima, Ana"),
        (legal("Ana"), "Ana", "Ana"),
        (legal(None, "王"), "王", "王"),
        (legal("🦊"), "🦊", "🦊"),
    ]:
        person = good(recorded(desk, name))
        assert (person["called"], person["sorted_as"]) == (called, sorted_as)
        found = {each["id"]: each["sorted_as"] for each in desk.search(called)}
        assert found[person["id"]] == sorted_as


def test_how_somebody_wants_to_be_called_is_how_they_are_called(desk):
    person = desk.person(given="Anna", family="Lima")
    called = good(tell(desk, "add_name", person, kind="preferred", given="Red"))
    assert called["called"] == "Red"
    left = good(tell(desk, "leave_name", person, name_id=called["names"][1]["id"]))
    assert left["called"] == "Anna Lima"
