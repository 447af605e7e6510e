"""A case is of persons whom intake has recorded; somebody hidden from the caller is like somebody who is not (CO-5)."""

from __future__ import annotations

from importlib import import_module
from uuid import UUID, uuid4

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.people.roll_call import ask_for_everybody
from chassis.migrations import migrate
from services.cases.tests.family import GIRL, MENTOR, good

WANTED = "cases.roll_call.wanted.v1"


@pytest.fixture
def restricted(receive):
    """A person on record whom normal roles do not reach."""

    def placed(person):
        data = {"person_id": person, "restriction_id": uuid4()}
        receive("consent.restriction.placed.v1", subject=person, data=data)
        return person

    return placed


@pytest.fixture
def roll_call(in_lane, outbox, database, receive):
    """A database that does not know who was recorded before, and how it asks."""

    class RollCall:
        def is_wanted(self):
            with database.lane.begin() as session:
                session.execute(
                    text("INSERT INTO roll_calls_wanted (id, since) VALUES (gen_random_uuid(), now())")
                )

        def asked(self):
            before = len(outbox(WANTED))
            with in_lane() as work:
                count = ask_for_everybody(work)
            fresh = outbox(WANTED)[before:]
            assert len(fresh) == count
            return [UUID(each.data["roll_call_id"]) for each in fresh]

        def told(self, asked, persons, *, after=None, last=False):
            data = {"roll_call_id": asked, "after": after, "person_ids": persons, "last": last}
            receive("intake.person.listed.v1", subject=asked, data=data)

    return RollCall()


def naming(person):
    return {"person_id": str(person), "relation": "sister"}


def opening(*persons):
    return {"program": "youth_service", "role": "worker", "members": [naming(each) for each in persons]}


def test_a_case_is_not_opened_for_somebody_whom_nobody_recorded_and_nothing_is_told(family, call, outbox):
    answer = call("open_case", opening(family.girl, uuid4()), actor=MENTOR)
    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert {each.key for each in outbox()} == {"cases.access.recorded.v1"}
    assert good(call("list_cases", {}, actor=MENTOR))["items"] == []


def test_a_restricted_person_is_named_with_the_same_answer_as_nobody(family, call, restricted):
    family.opened_by(MENTOR)
    hidden = restricted(family.somebody())
    for door, asked in (
        ("open_case", opening),
        ("open_case", lambda person: opening(family.girl, person)),
        ("add_member", lambda person: {"case_id": family.id, **naming(person)}),
    ):
        of_hidden, of_nobody = (call(door, asked(each), actor=MENTOR) for each in (hidden, uuid4()))
        assert of_hidden.status == of_nobody.status == 404
        assert of_hidden.body == of_nobody.body


def test_a_restricted_member_is_named_again_with_the_same_answer_as_nobody(family, call, restricted):
    family.opened_by(MENTOR)
    restricted(family.mother)
    of_hidden, of_nobody = (
        call("add_member", {"case_id": family.id, **naming(each)}, actor=MENTOR)
        for each in (family.mother, uuid4())
    )
    assert (of_hidden.status, of_hidden.body) == (of_nobody.status, of_nobody.body)


def test_the_attempt_at_a_restricted_person_stands_in_the_log_as_one_and_that_at_nobody_does_not(
    family, call, outbox, restricted
):
    hidden = restricted(family.somebody())
    call("open_case", opening(family.girl, hidden), actor=MENTOR)
    entry = outbox.entries()[-1]
    assert (entry["outcome"], entry["restricted"]) == ("denied", True)
    assert str(hidden) in entry["persons"]
    call("open_case", opening(family.girl, uuid4()), actor=MENTOR)
    assert not outbox.entries()[-1]["restricted"]


def test_a_restriction_spreads_over_the_records_of_a_person_here_too(family, call, receive, restricted):
    one, other = family.somebody(), family.somebody()
    clusters = [{"main_person_id": one, "person_ids": [one, other]}]
    data = {"link_id": uuid4(), "revision": 1, "clusters": clusters}
    receive("intake.person.linked.v1", subject=uuid4(), data=data)
    assert call("open_case", opening(other), actor=MENTOR).status == 200
    restricted(one)
    assert call("open_case", opening(other), actor=MENTOR).status == 404


def test_whoever_has_a_sign_in_linked_is_on_record_though_that_they_were_recorded_comes_later(family, call):
    early = uuid4()
    family.signs_in("early", person=early)
    family.recorded(early)
    assert call("open_case", opening(early), actor=MENTOR).status == 200


def test_until_everybody_was_told_an_identifier_is_taken_as_given(family, call, roll_call):
    before_us, nobody = uuid4(), uuid4()
    roll_call.is_wanted()
    assert call("open_case", opening(before_us), actor=MENTOR).status == 200
    (asked,) = roll_call.asked()
    roll_call.told(asked, [before_us])
    assert call("open_case", opening(nobody), actor=MENTOR).status == 200
    roll_call.told(asked, [], after=before_us, last=True)
    assert call("open_case", opening(before_us), actor=MENTOR).status == 200
    assert call("open_case", opening(nobody), actor=MENTOR).status == 404


def test_it_asks_once_an_hour_and_the_end_of_an_earlier_roll_call_ends_nothing(
    family, call, roll_call, clock
):
    assert roll_call.asked() == []
    roll_call.is_wanted()
    (first,) = roll_call.asked()
    assert roll_call.asked() == []
    clock.advance(hours=1)
    (second,) = roll_call.asked()
    assert second != first
    for answered, status in ((first, 200), (second, 404)):
        roll_call.told(answered, [], last=True)
        assert call("open_case", opening(uuid4()), actor=MENTOR).status == status
    clock.advance(hours=2)
    assert roll_call.asked() == []


def test_a_roll_call_of_which_a_part_was_left_out_ends_nothing_and_is_asked_anew(family, call, roll_call):
    """A replica of the release before took the first part, and understood nothing of it (OP-4)."""
    first, second, third, fourth = sorted(uuid4() for _ in range(4))
    roll_call.is_wanted()
    (asked,) = roll_call.asked()
    roll_call.told(asked, [third, fourth], after=second, last=True)
    assert call("open_case", opening(first), actor=MENTOR).status == 200
    (anew,) = roll_call.asked()
    roll_call.told(anew, [first, second])
    assert roll_call.asked() == []
    roll_call.told(anew, [third, fourth], after=second, last=True)
    assert call("open_case", opening(first), actor=MENTOR).status == 200
    assert call("open_case", opening(uuid4()), actor=MENTOR).status == 404


def test_a_roll_call_of_which_a_middle_part_was_left_out_is_asked_anew(family, call, roll_call):
    first, second, third = sorted(uuid4() for _ in range(3))
    roll_call.is_wanted()
    (asked,) = roll_call.asked()
    roll_call.told(asked, [first])
    roll_call.told(asked, [third], after=second, last=True)
    assert call("open_case", opening(second), actor=MENTOR).status == 200
    assert roll_call.asked() != []


def test_a_caller_s_role_neither_adds_to_who_is_on_record_nor_has_identifiers_taken_as_given(
    family, database
):
    for written in (
        "INSERT INTO recorded_persons (person_id, known_since) VALUES (gen_random_uuid(), now())",
        "INSERT INTO roll_calls_wanted (id, since) VALUES (gen_random_uuid(), now())",
        "DELETE FROM recorded_persons",
        "DELETE FROM roll_calls_wanted",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), database.door.begin() as session:
            session.execute(text(written))


@pytest.mark.parametrize(("followed_before", "asks"), [(False, 0), (True, 1)])
def test_only_a_database_that_was_in_use_before_asks_for_everybody(database, followed_before, asks):
    """A new one follows from the first person on, so it refuses whom it does not know from its first moment."""
    step = import_module("cases.migrations.versions.0012_who_is_on_record")
    with database.owner.begin() as connection:
        if followed_before:
            connection.execute(text("INSERT INTO heartbeats (source, sent_at) VALUES ('consent', now())"))
        with Operations.context(MigrationContext.configure(connection)):
            step.downgrade()
            step.upgrade()
    migrate("cases", owner_url=database.owner_url)  # privileges of the tables that are new
    with database.lane() as session:
        assert session.scalar(text("SELECT count(*) FROM roll_calls_wanted")) == asks


def test_who_is_kept_from_knowing_a_case_learns_nothing_of_who_is_on_record_by_it(family, call):
    family.opened_by(MENTOR)
    known, nobody = (
        call("add_member", {"case_id": family.id, **naming(each)}, actor=GIRL)
        for each in (family.somebody(), uuid4())
    )
    assert known.status == nobody.status == 403
