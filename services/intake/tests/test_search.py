"""Finding people by name, in any script, without meeting those whom one must not (IN-7, CO-5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from intake.people.words import key_of, words_of
from services.intake.tests.front_desk import DESK, MENTOR, OTHER_TEAM, good, refused
from services.intake.tests.people_desk import HEALTH_NUMBER, amend, refusals, tell


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
    assert set(found) == {"id", "version", "called", "sorted_as", "names", "born", "withheld"}


def test_row_level_security_does_not_keep_the_search_from_its_index(desk, work_as):
    with work_as(DESK) as work:
        work.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            work.session.scalars(
                text("EXPLAIN SELECT person_id FROM search_words WHERE word >= 'mar' AND word < 'mas'")
            )
        )
    assert "Index Cond: ((word >= 'mar'" in plan


def test_nor_where_two_words_stand_together(desk, work_as):
    asked = "word >= 'mar' AND word < 'mas' AND beside >= 'li' AND beside < 'lj'"
    looked = f"SELECT person_id FROM search_pairs WHERE {asked} ORDER BY word, beside, person_id LIMIT 5"
    with work_as(DESK) as work:
        work.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = list(work.session.scalars(text(f"EXPLAIN {looked}")))
    (condition,) = [line for line in plan if "Index Cond: ((word >=" in line]
    assert "beside < 'lj'" in condition
    assert not any("Sort" in line for line in plan)


def test_who_has_just_the_word_comes_before_who_has_a_longer_one(desk):
    longer, just, long = (desk.person(given=given, family=None)["id"] for given in ("Annabel", "Ann", "Anna"))
    assert [found["id"] for found in desk.search("ann")] == [just, long, longer]


def test_who_has_several_words_that_fit_comes_once_on_whatever_page(desk):
    recorded = [desk.person(given="Ann Anna Anne", family=f"Annis {place}")["id"] for place in range(3)]
    for asked in ("ann", "ann an", "anna ann"):
        seen, cursor = [], None
        while True:
            page = good(desk.call("search_people", {"name": asked, "limit": 1, "cursor": cursor}, actor=DESK))
            seen += [found["id"] for found in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert sorted(seen) == sorted(recorded)


def test_three_words_are_all_asked_for(desk):
    person = desk.person(given="Ana Maria", family="Lima")
    desk.person(given="Ana Maria", family="Costa")
    assert [found["id"] for found in desk.search("lim ana mar")] == [person["id"]]
    assert desk.search("lima ana xenia") == []


def test_of_a_name_of_many_words_each_is_found_alone_and_the_first_ones_together(desk):
    words = [f"word{place:02}x" for place in range(40)]
    person = desk.person(given=" ".join(words[:20]), family=" ".join(words[20:]))
    for word in words:
        assert [found["id"] for found in desk.search(word)] == [person["id"]]
    assert [found["id"] for found in desk.search(f"{words[15]} {words[0]}")] == [person["id"]]


def test_a_year_of_birth_that_is_put_right_is_searched_by_from_then_on(desk):
    person = desk.person(given="Ana", family="Lima", born={"year": 1990})
    amend(desk, person, born={"year": 1991})
    assert desk.search("ana", born_year=1990) == desk.search("ana lima", born_year=1990) == []
    assert [found["id"] for found in desk.search("ana", born_year=1991)] == [person["id"]]
    assert [found["id"] for found in desk.search("lima ana", born_year=1991)] == [person["id"]]


def test_a_cursor_of_somebody_whom_the_question_does_not_fit_is_refused(desk):
    desk.person(given="Ana", family="A")
    desk.person(given="Ana", family="B")
    page = good(desk.call("search_people", {"name": "ana", "limit": 1}, actor=DESK))
    answer = desk.call("search_people", {"name": "bo", "cursor": page["next_cursor"]}, actor=DESK)
    assert refusals(answer) == [("query/cursor", "cursor")]


@given(st.text(max_size=300))
def test_words_are_the_same_however_often_they_are_taken(name):
    words = words_of(name)
    assert words_of(" ".join(words)) == words


@given(st.lists(st.text(min_size=1, max_size=20), max_size=5), st.randoms())
def test_the_key_of_a_name_does_not_depend_on_the_order_of_its_parts(parts, chance):
    shuffled = list(parts)
    chance.shuffle(shuffled)
    assert key_of(" ".join(parts)) == key_of(" ".join(shuffled))


# -- by what else is known


def found_by(desk, by=DESK, **asked):
    return [person["id"] for person in good(desk.call("search_people", asked, actor=by))["items"]]


def test_a_phone_finds_whose_it_is_however_it_is_typed_now_or_in_the_past(desk):
    point = {"kind": "phone", "value": "(250) 555-0199", "safe_to_contact": True}
    person = desk.person(contact_points=[point])
    desk.person(contact_points=[{**point, "value": "250 555 0198"}])
    assert found_by(desk, phone="+1 250 555 0199") == [person["id"]]
    amend(desk, person, contact_points=[])
    assert found_by(desk, phone="2505550199") == [person["id"]]


def test_nobody_is_found_by_a_phone_that_the_searcher_may_not_see(desk):
    desk.person(contact_points=[{"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}])
    assert found_by(desk, by=OTHER_TEAM, phone="250 555 0199") == []


def test_a_mail_address_finds_whose_it_is(desk):
    point = {"kind": "email", "value": "Red@Example.org", "safe_to_contact": True}
    person = desk.person(contact_points=[point])
    assert found_by(desk, email="red@example.ORG") == [person["id"]]


def test_an_identifier_finds_whose_it_is_under_its_scheme(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    assert found_by(desk, identifier="9012-372-173") == [person["id"]]
    assert found_by(desk, identifier="9012372173", scheme="bc_phn") == [person["id"]]
    assert found_by(desk, identifier="9012372173", scheme="sin") == []


def test_nobody_is_found_by_an_identifier_recorded_in_error(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    wrong = {"identifier_id": person["identifiers"][0]["id"], "because": "recorded_in_error"}
    good(tell(desk, "end_identifier", person, **wrong))
    assert found_by(desk, identifier="9012372173") == []


def test_a_date_of_birth_finds_whom_it_fits_and_narrows_a_name(desk):
    whole = desk.person(given="Ana", born={"year": 1990, "month": 5, "day": 6})
    year = desk.person(given="Bo", born={"year": 1990})
    desk.person(given="Ana", born={"year": 1990, "month": 5, "day": 7})
    assert found_by(desk, born_on="1990-05-06") == [year["id"], whole["id"]]
    assert found_by(desk, born_on="1990-05-06", name="ana") == [whole["id"]]


def test_a_restricted_person_is_found_by_nothing_at_all(desk):
    person = desk.person(
        identifiers=[HEALTH_NUMBER],
        born={"year": 1990},
        contact_points=[{"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}],
    )
    desk.restrict(person)
    for asked in ({"identifier": "9012372173"}, {"phone": "250 555 0199"}, {"born_on": "1990-01-01"}):
        assert found_by(desk, **asked) == []


def test_a_question_that_cannot_be_is_refused_with_its_field(desk):
    for asked, pointer in [
        ({}, "/name"),
        ({"born_year": 1990}, "/name"),
        ({"scheme": "sin", "name": "ana"}, "/scheme"),
        ({"identifier": "1", "scheme": "nonsense"}, "/scheme"),
        ({"phone": "none"}, "/phone"),
        ({"email": "none"}, "/email"),
        ({"born_on": "1990-02-30"}, "/born_on"),
        ({"name": "x" * 301}, "/name"),
    ]:
        answer = desk.call("search_people", asked, actor=DESK)
        assert pointer in [at for at, _ in refusals(answer)]
