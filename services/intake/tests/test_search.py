"""Finding people by name, in any script, without meeting those whom one must not (IN-7, CO-5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from intake.people.words import key_of, words_of
from services.intake.tests.front_desk import DESK, MENTOR, good, refused


@pytest.mark.parametrize(
    ("given", "family", "typed"),
    [
        ("Éloïse", "Ångström", "angstrom eloise"),
        ("Łukasz", "Wójcik", "WOJCIK lukasz"),
        ("Siobhán", "O\N{RIGHT SINGLE QUOTATION MARK}Brien", "obrien"),
        ("Siobhán", "O\N{RIGHT SINGLE QUOTATION MARK}Brien", "o'brien"),
        ("Jean-Luc", "Côté", "luc cote"),
        ("Мария", "Иванова", "иванова"),
        ("小明", "王", "王"),
        ("محمد", "علي", "علي"),
        ("Straße", None, "strasse"),
        ("🦊", None, "🦊"),
    ],
)
def test_accents_case_order_and_script_do_not_matter(desk, given, family, typed):
    person = desk.person(given=given, family=family)
    desk.person(given="Somebody", family="Else")
    assert [found["id"] for found in desk.search(typed)] == [person["id"]]


def test_the_beginning_of_each_word_is_enough(desk):
    person = desk.person(given="Maria", family="Santos")
    assert [found["id"] for found in desk.search("mar san")] == [person["id"]]
    assert desk.search("aria") == []
    assert desk.search("mar xan") == []


def test_a_year_of_birth_narrows_the_search(desk):
    person = desk.person(given="Ana", born={"year": 1990})
    desk.person(given="Ana", born={"year": 1991})
    assert [found["id"] for found in desk.search("ana", born_year=1990)] == [person["id"]]


def test_pages_follow_each_other_without_gap_or_repeat(desk):
    recorded = {desk.person(given="Ana", family=f"Number {place}")["id"] for place in range(5)}
    seen, cursor = [], None
    while True:
        page = good(desk.call("search_people", {"name": "ana", "limit": 2, "cursor": cursor}, actor=DESK))
        seen += [found["id"] for found in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert set(seen) == recorded


def test_a_cursor_that_is_not_ours_is_refused_with_its_field(desk):
    answer = desk.call("search_people", {"name": "ana", "cursor": "!!"}, actor=DESK)
    assert answer.body["errors"][0]["pointer"] == "query/cursor"


def test_a_name_without_a_letter_is_refused_with_its_field(desk):
    answer = desk.call("search_people", {"name": "- . -"}, actor=DESK)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "/name"


def test_a_restricted_person_is_found_by_nobody_and_not_even_their_existence_is_told(desk, outbox):
    person = desk.person(given="Ana")
    desk.restrict(person)
    assert desk.search("ana") == []
    assert refused(desk.read_person(person["id"])) == "not_found"
    assert outbox.entries()[-1]["restricted"] is True


def test_a_search_is_on_record_with_whom_it_showed(desk, outbox):
    person = desk.person(given="Ana")
    desk.search("ana")
    entry = outbox.entries()[-1]
    assert (entry["action"], entry["door"], entry["persons"]) == ("search", "search_people", [person["id"]])


def test_a_practitioner_may_not_search_people_at_all(desk):
    assert refused(desk.call("search_people", {"name": "ana"}, actor=MENTOR)) == "permission_missing"


def test_a_list_of_people_shows_enough_to_recognise_them_and_no_more(desk):
    desk.person(given="Ana", gender="woman", contact_points=[])
    (found,) = desk.search("ana")
    assert set(found) == {"id", "version", "names", "born", "withheld"}


def test_row_level_security_does_not_keep_the_search_from_its_index(desk, work_as):
    with work_as(DESK) as work:
        work.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            work.session.scalars(
                text("EXPLAIN SELECT person_id FROM search_words WHERE word >= 'mar' AND word < 'mas'")
            )
        )
    assert "Index Cond: ((word >= 'mar'" in plan


@given(st.text(max_size=300))
def test_words_are_the_same_however_often_they_are_taken(name):
    words = words_of(name)
    assert words_of(" ".join(words)) == words


@given(st.lists(st.text(min_size=1, max_size=20), max_size=5), st.randoms())
def test_the_key_of_a_name_does_not_depend_on_the_order_of_its_parts(parts, chance):
    shuffled = list(parts)
    chance.shuffle(shuffled)
    assert key_of(" ".join(parts)) == key_of(" ".join(shuffled))
