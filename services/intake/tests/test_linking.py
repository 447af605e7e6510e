"""Records of one person are linked, told apart and unlinked; nothing is merged and nothing is lost (IN-8)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import text

from services.intake.tests.front_desk import (
    DESK,
    GIRL,
    MENTOR,
    OTHER_TEAM,
    SOCIAL_WORKER,
    good,
    refused,
)
from services.intake.tests.linking_desk import BECAUSE, NOT_BECAUSE

# -- linking


def test_linked_records_are_of_one_person_and_stay_as_they_were(linking, desk):
    one, other = linking.persons(2)
    before = [good(desk.read_person(each)) for each in (one, other)]
    linking.linked(other, one)
    assert linking.cluster(one) == linking.cluster(other) == {one, other}
    after = [good(desk.read_person(each)) for each in (one, other)]
    assert [each.pop("linked_with") for each in after] == [[other], [one]]
    assert [each.pop("linked_with") for each in before] == [[], []]
    assert after == before


def test_who_linked_when_and_why_is_kept_also_after_it_was_taken_back(linking, clock):
    one, other = linking.persons(2)
    link = linking.linked(one, other)
    clock.advance(days=1)
    good(linking.unlink(link, by=OTHER_TEAM, because="Two girls of one name."))
    (kept,) = linking.links(one)["judgements"]
    assert (kept["kind"], kept["made_by"], kept["because"], kept["made_at"][:10]) == (
        "same",
        "desk",
        BECAUSE,
        "2026-03-04",
    )
    assert (
        kept["stands"],
        kept["taken_back_by"],
        kept["taken_back_at"][:10],
        kept["taken_back_because"],
    ) == (
        False,
        "desk-3",
        "2026-03-05",
        "Two girls of one name.",
    )


def test_the_record_that_was_made_first_is_the_main_one_however_they_were_linked(linking):
    first, second, third = linking.persons(3)
    linking.linked(third, second)
    assert linking.links(third)["main_person_id"] == second
    linking.linked(second, first)
    assert {linking.links(each)["main_person_id"] for each in (first, second, third)} == {first}


def test_a_record_that_was_never_linked_is_its_own_main_record(linking):
    (one,) = linking.persons(1)
    assert linking.links(one) == {
        "person_id": one,
        "main_person_id": one,
        "person_ids": [one],
        "judgements": [],
    }


def test_records_linked_already_are_not_linked_again_directly_or_around(linking):
    one, two, three = linking.persons(3)
    linking.linked(one, two)
    linking.linked(two, three)
    assert [refused(linking.link(*pair)) for pair in ((two, one), (one, three))] == ["linked_already"] * 2


def test_a_record_is_not_linked_with_itself(linking):
    (one,) = linking.persons(1)
    assert (linking.link(one, one).status, refused(linking.link(one, one))) == (422, "one_record")
    assert refused(linking.tell_apart(one, one)) == "one_record"


@pytest.mark.parametrize("because", ["", "  ", "\u0000", "x" * 1001, None])
def test_a_judgement_needs_a_reason_that_can_be_read(linking, because):
    one, other = linking.persons(2)
    assert refused(linking.link(one, other, because=because)) == "invalid_input"
    assert linking.cluster(one) == {one}


# -- unlinking


def test_taking_the_first_of_two_links_back_leaves_the_second(linking):
    one, two, three = linking.persons(3)
    first = linking.linked(one, two)
    linking.linked(two, three)
    good(linking.unlink(first))
    assert linking.clusters([one, two, three]) == [{one}, {two, three}]


def test_unlinking_restores_what_was_there_before_the_link(linking):
    one, two, three, four = linking.persons(4)
    linking.linked(one, two)
    linking.linked(three, four)
    before = linking.clusters([one, two, three, four])
    good(linking.unlink(linking.linked(four, one)))
    assert linking.clusters([one, two, three, four]) == before
    linking.linked(two, three)
    assert linking.clusters([one, two, three, four]) == [{one, two, three, four}]


def test_a_link_is_taken_back_once(linking):
    one, other = linking.persons(2)
    link = linking.linked(one, other)
    good(linking.unlink(link))
    assert refused(linking.unlink(link)) == "taken_back_already"
    assert refused(linking.unlink(str(uuid4()))) == "not_found"


# -- not the same


def test_records_that_were_told_apart_are_not_linked_until_that_is_taken_back(linking):
    one, other = linking.persons(2)
    judgement = linking.told_apart(one, other)
    assert refused(linking.link(other, one)) == "told_apart"
    good(linking.take_back(judgement))
    linking.linked(other, one)
    assert [each["kind"] for each in linking.links(one)["judgements"]] == ["same", "not_the_same"]


def test_clusters_that_hold_a_pair_told_apart_are_not_joined(linking):
    one, two, three, four = linking.persons(4)
    linking.linked(one, two)
    linking.linked(three, four)
    linking.told_apart(two, four)
    assert refused(linking.link(one, three)) == "told_apart"
    assert linking.clusters([one, two, three, four]) == [{one, two}, {three, four}]


def test_linked_records_are_not_told_apart_while_they_are_linked(linking):
    one, two, three = linking.persons(3)
    linking.linked(one, two)
    link = linking.linked(two, three)
    assert refused(linking.tell_apart(one, three)) == "linked_already"
    good(linking.unlink(link))
    linking.told_apart(one, three)
    assert refused(linking.tell_apart(three, one)) == "told_apart_already"


def test_a_distinction_is_taken_back_by_its_own_door_only(linking):
    one, two, three = linking.persons(3)
    judgement, link = linking.told_apart(one, two), linking.linked(two, three)
    assert refused(linking.unlink(judgement)) == "not_found"
    assert refused(linking.take_back(link)) == "not_found"
    assert linking.links(one)["judgements"][0]["because"] == NOT_BECAUSE


# -- who may


def test_a_social_worker_links_only_records_that_they_may_see(linking, desk):
    hers = [desk.person(by=SOCIAL_WORKER)["id"] for _ in range(2)]
    (other,) = linking.persons(1)
    linking.linked(*hers, by=SOCIAL_WORKER)
    assert refused(linking.link(hers[0], other, by=SOCIAL_WORKER)) == "access_denied"
    assert refused(linking.link(other, hers[0], by=SOCIAL_WORKER)) == "access_denied"
    assert linking.cluster(hers[0], by=SOCIAL_WORKER) == set(hers)


@pytest.mark.parametrize("actor", [MENTOR, GIRL])
def test_nobody_else_judges(linking, actor):
    one, other = linking.persons(2)
    assert refused(linking.link(one, other, by=actor)) == "permission_missing"
    assert refused(linking.tell_apart(one, other, by=actor)) == "permission_missing"


def test_linking_opens_no_record_to_who_could_not_see_it(linking, desk):
    hers = desk.person(by=SOCIAL_WORKER)["id"]
    (other,) = linking.persons(1)
    link = linking.linked(hers, other)
    assert refused(desk.read_person(other, by=SOCIAL_WORKER)) == "access_denied"
    assert good(desk.read_person(hers, by=SOCIAL_WORKER))["linked_with"] == []
    seen = linking.links(hers, by=SOCIAL_WORKER)
    assert (seen["person_ids"], seen["judgements"]) == ([hers], [])
    assert refused(linking.unlink(link, by=SOCIAL_WORKER)) == "access_denied"


def test_the_main_record_is_not_told_of_to_who_may_not_see_it(linking, desk):
    (older,) = linking.persons(1)
    hers = desk.person(by=SOCIAL_WORKER)["id"]
    linking.linked(hers, older)
    assert linking.links(hers, by=SOCIAL_WORKER)["main_person_id"] is None
    assert linking.links(hers)["main_person_id"] == older


def test_a_judgement_is_under_row_level_security(linking, work_as, desk):
    hers = desk.person(by=SOCIAL_WORKER)["id"]
    (other,) = linking.persons(1)
    linking.linked(hers, other)
    counted = []
    for actor in (DESK, SOCIAL_WORKER, MENTOR):
        with work_as(actor) as work:
            counted.append(work.session.scalar(text("SELECT count(*) FROM judgements")))
    assert counted == [1, 0, 0]


def test_a_hidden_member_still_keeps_clusters_apart(linking, desk):
    one, two = (desk.person(by=SOCIAL_WORKER)["id"] for _ in range(2))
    (hidden,) = linking.persons(1)
    linking.linked(one, hidden)
    linking.told_apart(hidden, two)
    assert refused(linking.link(one, two, by=SOCIAL_WORKER)) == "told_apart"


# -- restricted records


def test_a_restricted_record_is_neither_linked_nor_told_of(linking, desk):
    one, other = linking.persons(2)
    desk.restrict({"id": other})
    assert refused(linking.link(one, other)) == "not_found"
    assert refused(linking.tell_apart(one, other)) == "not_found"


def test_a_restriction_counts_for_every_linked_record_while_it_is_linked(linking, desk):
    one, two, three = linking.persons(3)
    linking.linked(one, two)
    link = linking.linked(two, three)
    desk.restrict({"id": three})
    for each in (one, two, three):
        assert refused(desk.read_person(each)) == "not_found"
        assert refused(linking.unlink(link)) == "not_found"
    desk.lift({"id": three})
    assert linking.clusters([one, two, three]) == [{one, two, three}]
    good(linking.unlink(link))
    desk.restrict({"id": three})
    assert linking.clusters([one, two]) == [{one, two}]


def test_a_restriction_stays_while_another_linked_record_has_its_own(linking, desk):
    one, two = linking.persons(2)
    linking.linked(one, two)
    desk.restrict({"id": one})
    desk.restrict({"id": two})
    desk.lift({"id": one})
    assert refused(desk.read_person(one)) == "not_found"
    desk.lift({"id": two})
    good(desk.read_person(one))


def test_who_asks_about_an_open_record_learns_nothing_of_a_judgement_on_a_restricted_one(linking, desk):
    one, two = linking.persons(2)
    linking.told_apart(one, two)
    desk.restrict({"id": two})
    assert linking.links(one)["judgements"] == []
    assert linking.links(one)["person_ids"] == [one]


# -- what is told to others


def test_the_events_tell_whole_clusters_and_a_growing_revision(linking, outbox):
    one, two, three = linking.persons(3)
    first = linking.linked(one, two)
    linking.linked(two, three)
    good(linking.unlink(first))
    linked, again = outbox("intake.person.linked.v1")
    (unlinked,) = outbox("intake.person.unlinked.v1")
    assert [each.subject for each in (linked, unlinked)] == [first, first]
    assert again.data["clusters"] == [{"main_person_id": one, "person_ids": [one, two, three]}]
    assert unlinked.data["clusters"] == [
        {"main_person_id": one, "person_ids": [one]},
        {"main_person_id": two, "person_ids": [two, three]},
    ]
    assert linked.data["revision"] < again.data["revision"] < unlinked.data["revision"]


def test_every_judgement_is_in_the_audit_log_with_both_records(linking, outbox):
    one, other = linking.persons(2)
    link = linking.linked(one, other)
    entry = outbox.entries()[-1]
    assert (entry["door"], entry["outcome"], set(entry["persons"])) == (
        "link_people",
        "permitted",
        {one, other},
    )
    assert {"kind": "judgement", "id": link} in entry["records"]
    linking.link(one, other)
    assert (outbox.entries()[-1]["outcome"], outbox.entries()[-1]["reason"]) == ("denied", "linked_already")
