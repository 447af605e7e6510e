"""Cases of a person are found by any of her records, and unlinking leaves everything as before (IN-8, CA-1, CO-5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from chassis.testing import make_actor
from services.cases.tests.family import FATHER, MENTOR, YOUTH_WORKER, Family, a_stranger, good


@pytest.fixture
def family(call, receive, clock):
    return Family(call=call, receive=receive).opened_by(MENTOR)


@pytest.fixture
def told(receive):
    """`told("linked", 1, {…})` tells the clusters of a revision, as intake does."""

    def heard(what: str, revision: int, *clusters: set[UUID]) -> None:
        data = {
            "link_id": uuid4(),
            "revision": revision,
            "clusters": [{"main_person_id": min(each), "person_ids": sorted(each)} for each in clusters],
        }
        receive(f"intake.person.{what}.v1", subject=data["link_id"], data=data)

    return heard


@pytest.fixture
def cases_of(call):
    def found(person, *, by=MENTOR):
        return [
            each["id"] for each in good(call("list_cases", {"person_id": str(person)}, actor=by))["items"]
        ]

    return found


def test_the_cases_of_a_linked_record_are_found_by_whoever_sees_them(family, told, cases_of):
    other = uuid4()
    assert cases_of(other) == []
    told("linked", 1, {family.girl, other})
    assert cases_of(other) == cases_of(family.girl) == [family.id]
    assert cases_of(other, by=a_stranger()) == []


def test_after_unlinking_everything_is_as_before_in_whatever_order_it_was_told_and_how_often(
    family, told, cases_of
):
    for order in permutations(range(3)):
        other, third = uuid4(), uuid4()
        base = 10 * (1 + sum(place * each for place, each in enumerate(order)))
        steps = [
            ("linked", base + 1, {family.girl, other}),
            ("linked", base + 2, {family.girl, other, third}),
            ("unlinked", base + 3, {family.girl}, {other, third}),
        ]
        for step in [*order, *order]:
            told(*steps[step])
        assert (cases_of(family.girl), cases_of(other), cases_of(third)) == ([family.id], [], [])


def test_a_restriction_hides_the_cases_of_every_linked_record_until_they_part(
    family, told, cases_of, receive
):
    other = uuid4()
    told("linked", 1, {family.girl, other})
    receive(
        "consent.restriction.placed.v1",
        subject=other,
        data={"person_id": other, "restriction_id": uuid4()},
    )
    assert cases_of(other) == cases_of(family.girl) == []
    told("unlinked", 2, {family.girl}, {other})
    assert cases_of(family.girl) == [family.id]


def test_who_is_hidden_from_one_record_is_kept_off_the_team_by_all(family, told, call):
    father, again = uuid4(), uuid4()
    hiding = {
        "case_id": family.id,
        "person_id": str(family.somebody()),
        "relation": "sister",
        "hidden_from": [str(father)],
    }
    good(call("add_member", hiding, actor=MENTOR))
    family.signs_in("father", person=again)
    told("linked", 1, {father, again})
    answer = family.asks_to_join(FATHER, brought_by=MENTOR, standing="relative")
    assert (answer.status, answer.body["code"]) == (409, "hidden_from_this_person")
    told("unlinked", 2, {father}, {again})
    assert family.asks_to_join(FATHER, brought_by=MENTOR, standing="relative").status == 200


def test_a_link_takes_whom_it_shows_to_be_hidden_off_the_team(family, told, call, outbox):
    father, again = uuid4(), uuid4()
    hiding = {
        "case_id": family.id,
        "person_id": str(family.somebody()),
        "relation": "sister",
        "hidden_from": [str(father)],
    }
    good(call("add_member", hiding, actor=MENTOR))
    family.signs_in("father", person=again)
    family.joined_by(FATHER, brought_by=MENTOR, standing="relative")
    family.joined_by(YOUTH_WORKER, brought_by=MENTOR)
    told("linked", 1, {father, again})
    (left,) = outbox("cases.team_member.left.v1")
    assert (left.data["worker"], left.data["reason"]) == ("father", "hidden_from")
    assert call("read_case", {"case_id": family.id}, actor=FATHER).status == 403


def test_a_link_takes_who_stands_for_the_hidden_from_off_the_team(family, told, call):
    father, again = family.somebody(), uuid4()
    member = {"case_id": family.id, "person_id": str(father), "relation": "father"}
    good(call("add_member", member, actor=MENTOR))
    advocate = {
        "case_id": family.id,
        "worker": FATHER.subject,
        "standing": "advocate",
        "role": "advocate",
        "for_member": str(father),
    }
    good(call("add_team_member", advocate, actor=MENTOR))
    sister = {
        **member,
        "person_id": str(family.somebody()),
        "relation": "sister",
        "hidden_from": [str(again)],
    }
    good(call("add_member", sister, actor=MENTOR))
    assert call("read_case", {"case_id": family.id}, actor=FATHER).status == 200
    told("linked", 1, {father, again})
    assert call("read_case", {"case_id": family.id}, actor=FATHER).status == 403


def test_a_link_told_while_the_hidden_from_joins_keeps_them_off_the_team(call, receive, clock, told):
    for number in range(6):
        family = Family(call=call, receive=receive).opened_by(MENTOR)
        father, again = uuid4(), uuid4()
        hiding = {"person_id": str(family.somebody()), "relation": "sister", "hidden_from": [str(father)]}
        good(call("add_member", {"case_id": family.id, **hiding}, actor=MENTOR))
        family.signs_in(f"father-{number}", person=again)
        joining = make_actor(subject=f"father-{number}", organisation=None, roles=["client"])
        with ThreadPoolExecutor(max_workers=2) as both:
            linked = both.submit(told, "linked", 1, {father, again})
            joined = both.submit(family.asks_to_join, joining, brought_by=MENTOR, standing="relative")
        linked.result()
        assert joined.result().status in (200, 409)
        team = family.as_seen_by(MENTOR)["team"]
        assert [each["worker"] for each in team if each["left_at"] is None] == ["mentor"]
