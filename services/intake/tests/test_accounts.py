"""Which sign-in is whose: linked, found, taken back, linked again (AU-6, CO-9, IN-7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from services.intake.tests.front_desk import DESK, GIRL, MENTOR, OTHER_TEAM, SAME_TEAM, good, refused


@pytest.fixture
def person(desk):
    return desk.girl()


def link(desk, person, *, account="girl", relation="self", by=DESK):
    body = {"person_id": person["id"], "account": account, "relation": relation}
    return desk.call("link_account", body, actor=by)


def unlink(desk, person, linked, *, because="recorded_in_error", by=DESK, **more):
    body = {"person_id": person["id"], "link_id": linked["id"], "because": because}
    return desk.call("unlink_account", body, actor=by, **more)


def accounts(desk, person, *, by=DESK):
    return good(desk.call("list_accounts", {"person_id": person["id"]}, actor=by))["items"]


def test_a_link_that_was_taken_back_opens_nothing_from_that_moment(desk, person):
    linked = good(link(desk, person))
    assert desk.read_person(person["id"], by=GIRL).status == 200
    good(unlink(desk, person, linked))
    assert refused(desk.read_person(person["id"], by=GIRL)) == "access_denied"
    assert refused(desk.call("read_history", {"person_id": person["id"]}, actor=GIRL)) == "access_denied"


def test_the_other_services_are_told_which_link_ended_and_since_when_it_stood(desk, person, outbox, clock):
    linked = good(link(desk, person, account="mother", relation="carer"))
    (made,) = outbox("intake.person.account_linked.v1")
    good(unlink(desk, person, linked, because="changed"))
    (ended,) = outbox("intake.person.account_unlinked.v1")
    assert ended.subject == made.subject == person["id"]
    who = {"link_id": linked["id"], "person_id": person["id"], "account": "mother", "relation": "carer"}
    assert made.data == who
    assert {name: ended.data[name] for name in who} == who
    assert ended.data["because"] == "changed"
    assert ended.data["linked_at"] <= ended.data["at"]


def test_of_several_sign_ins_the_wrong_one_is_found_and_the_others_stay(desk, person):
    hers, wrong = good(link(desk, person)), good(link(desk, person, account="gril"))
    found = {each["account"]: each["id"] for each in accounts(desk, person)}
    assert found == {"girl": hers["id"], "gril": wrong["id"]}
    good(unlink(desk, person, wrong))
    assert desk.read_person(person["id"], by=GIRL).status == 200


def test_what_ended_stays_on_record_with_when_by_whom_and_why(desk, person):
    linked = good(link(desk, person))
    good(unlink(desk, person, linked, by=SAME_TEAM))
    good(link(desk, person))
    again, before = accounts(desk, person)
    assert (again["account"], again["ended_at"], again["ended_because"]) == ("girl", None, None)
    assert (before["id"], before["linked_at"]) == (linked["id"], linked["linked_at"])
    assert (before["ended_by"], before["ended_because"]) == ("desk-2", "recorded_in_error")
    assert before["ended_at"] is not None


def test_a_sign_in_is_linked_again_to_the_same_person_or_to_another(desk, person):
    other = desk.person()
    good(unlink(desk, person, good(link(desk, person))))
    good(link(desk, other))
    assert desk.read_person(other["id"], by=GIRL).status == 200
    assert refused(desk.read_person(person["id"], by=GIRL)) == "access_denied"
    good(link(desk, person))
    assert desk.read_person(person["id"], by=GIRL).status == 200


def test_a_link_ends_once_and_a_repeated_request_says_the_same(desk, person):
    linked = good(link(desk, person))
    ended = good(unlink(desk, person, linked, idempotency_key="k-1"))
    assert good(unlink(desk, person, linked, idempotency_key="k-1")) == ended
    assert refused(unlink(desk, person, linked)) == "account_unlinked_already"


def test_who_may_not_link_ends_no_link_and_sees_none(desk, person):
    linked = good(link(desk, person))
    for actor in (MENTOR, GIRL):
        assert refused(unlink(desk, person, linked, by=actor)) == "permission_missing"
        asked = desk.call("list_accounts", {"person_id": person["id"]}, actor=actor)
        assert refused(asked) == "permission_missing"
    assert refused(link(desk, person, account="another", by=OTHER_TEAM)) == "access_denied"
    assert refused(unlink(desk, person, linked, by=OTHER_TEAM)) == "access_denied"


def test_nobody_ends_a_link_that_is_not_of_the_person_or_not_there_or_of_somebody_hidden(desk, person):
    linked, other = good(link(desk, person)), desk.person()
    assert refused(unlink(desk, other, linked)) == "not_found"
    assert refused(unlink(desk, person, {"id": str(uuid4())})) == "not_found"
    desk.restrict(person)
    assert refused(unlink(desk, person, linked)) == "not_found"
    assert refused(desk.call("list_accounts", {"person_id": person["id"]}, actor=DESK)) == "not_found"


@pytest.mark.parametrize("step", [link, unlink])
def test_of_two_at_once_one_is_told_that_it_is_done(desk, person, step):
    linked = good(link(desk, person)) if step is unlink else None
    again = (lambda: unlink(desk, person, linked)) if step is unlink else (lambda: link(desk, person))
    with ThreadPoolExecutor(max_workers=2) as workers:
        statuses = sorted(each.result().status for each in [workers.submit(again) for _ in range(2)])
    assert statuses == [200, 409]


def test_the_log_names_who_ended_it_and_the_person(desk, person, outbox):
    good(unlink(desk, person, good(link(desk, person))))
    entry = outbox.entries()[-1]
    assert (entry["door"], entry["action"]) == ("unlink_account", "write")
    assert entry["actor"]["subject"] == "desk"
    assert person["id"] in entry["persons"]
