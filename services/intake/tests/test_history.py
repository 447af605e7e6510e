"""Who amended what on a record and when: kept for good, read by field (IN-7, AU-3)."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from chassis.transactions import lane_work
from intake.people.history.keeping import as_it_is
from intake.people.history.model import PersonChange
from intake.people.model import Person
from services.intake.tests.front_desk import GIRL, MENTOR, OTHER_TEAM, SAME_TEAM, good, refused
from services.intake.tests.people_desk import (
    HEALTH_NUMBER,
    HOME,
    PHONE,
    amend,
    history,
    legal,
    read,
    tell,
)


def test_an_amendment_tells_field_by_field_what_was_there_what_is_there_by_whom_and_when(desk):
    person = desk.person(gender="woman")
    amend(desk, person, by=SAME_TEAM, gender="man", pronouns="he/him")
    told = [
        (change["field"], change["before"], change["after"], change["changed_by"])
        for change in history(desk, person)
        if change["changed_by"] == SAME_TEAM.subject and change["field"] != "self_described"
    ]
    assert told == [
        ("gender", "woman", "man", "desk-2"),
        ("pronouns", None, "he/him", "desk-2"),
    ]
    assert {change["changed_at"] for change in history(desk, person)} == {"2026-03-04T17:00:00+00:00"}


def test_it_begins_with_what_was_first_told(desk):
    person = desk.person(contact_points=[PHONE], born={"year": 1990})
    assert [(change["field"], change["before"]) for change in history(desk, person)] == [
        ("born", None),
        ("names", None),
        ("contact_points", None),
    ]


def test_an_amendment_that_changes_nothing_leaves_no_trace_in_it(desk):
    person = desk.person(gender="woman")
    before = history(desk, person)
    amend(desk, person, gender="woman")
    assert history(desk, person) == before


def test_it_shows_each_field_to_who_may_see_its_category_only(desk):
    person = desk.girl(contact_points=[PHONE], gender="girl")
    good(tell(desk, "add_relationship", person, kind="mother", other_name="Her mother"))
    assert {change["field"] for change in history(desk, person)} == {
        "born",
        "gender",
        "self_described",
        "names",
        "contact_points",
        "relationships",
    }
    seen = {change["category"] for change in history(desk, person, by=OTHER_TEAM)}
    assert seen == {"identity"}


def test_who_has_no_grant_reads_none_of_it_and_the_person_reads_all(desk):
    person = desk.girl(contact_points=[PHONE])
    assert refused(tell(desk, "read_history", person, by=MENTOR)) == "permission_missing"
    good(
        desk.call(
            "link_account",
            {"person_id": person["id"], "account": "girl", "relation": "self"},
            actor=SAME_TEAM,
        )
    )
    assert len(history(desk, person, by=GIRL)) == len(history(desk, person))


def test_the_log_says_which_categories_of_it_were_shown(desk, outbox):
    person = desk.person(contact_points=[PHONE])
    history(desk, person)
    entry = outbox.entries()[-1]
    assert (entry["door"], sorted(entry["categories"])) == ("read_history", ["contact", "identity"])


def test_a_restricted_record_shows_no_history(desk):
    person = desk.person()
    desk.restrict(person)
    assert refused(tell(desk, "read_history", person)) == "not_found"


def test_pages_of_it_follow_each_other_without_gap_or_repeat(desk):
    person = desk.person()
    for place in range(5):
        amend(desk, person, pronouns=f"number {place}")
    whole = history(desk, person)
    seen, cursor = [], None
    while True:
        page = good(tell(desk, "read_history", person, limit=2, cursor=cursor))
        seen += page["changes"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert list(reversed(seen)) == whole


def test_not_even_the_service_itself_can_change_or_remove_it(desk, database):
    for statement in ["UPDATE person_changes SET changed_by = 'x'", "DELETE FROM person_changes"]:
        desk.person()
        with pytest.raises(DBAPIError, match="permission denied"), database.lane() as session:
            session.execute(text(statement))


# -- history replays to what is there

STEPS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"gender": st.one_of(st.none(), st.sampled_from(["a", "b"]))}),
        st.fixed_dictionaries({"languages": st.lists(st.sampled_from(["en", "fr", "pa"]), unique=True)}),
        st.fixed_dictionaries(
            {"born": st.one_of(st.none(), st.builds(lambda year: {"year": year}, st.integers(1950, 2000)))}
        ),
        st.fixed_dictionaries({"no_fixed_address": st.booleans()}),
        st.fixed_dictionaries(
            {
                "names": st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, unique=True).map(
                    lambda names: [legal(name) for name in names]
                )
            }
        ),
        st.fixed_dictionaries(
            {
                "contact_points": st.lists(
                    st.sampled_from(["250 555 0100", "250 555 0101"]), unique=True
                ).map(lambda values: [{**PHONE, "value": value} for value in values])
            }
        ),
        st.fixed_dictionaries(
            {
                "addresses": st.lists(st.sampled_from(["1 A St", "2 B St"]), unique=True).map(
                    lambda streets: [{**HOME, "street": street} for street in streets]
                )
            }
        ),
        st.fixed_dictionaries({"self_described": st.just({"gender": {"answer": "prefers_not_to_say"}})}),
    ),
    max_size=8,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_played_again_from_the_first_word_it_comes_to_what_is_there_now(desk, database, steps):
    person = desk.person(given="A", family=None, identifiers=[HEALTH_NUMBER])
    for step in steps:
        amend(desk, person, **step)
    with lane_work(database.lane, service="intake") as work:
        changes = work.session.scalars(
            select(PersonChange).where(PersonChange.person_id == UUID(person["id"])).order_by(PersonChange.id)
        )
        played: dict[object, object] = {}
        for change in changes:
            key = (change.field, change.part_id)
            assert played.pop(key, None) == change.before
            if change.after is not None:
                played[key] = change.after
        assert played == as_it_is(work.session.get(Person, UUID(person["id"])))
    assert read(desk, person)["version"] == 1 + len(steps)
