"""A person says that an entry is wrong, and who told of it answers (IN-9)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from intake.disputes.actions import forget_answered, settle
from services.intake.tests.front_desk import CUSTODIAN, DESK, FEED, GIRL, SOCIAL_WORKER, Case, good, refused


@pytest.fixture
def girl(desk):
    desk.agency("youth-service")
    girl = desk.girl()
    good(desk.involve(girl))
    good(
        desk.call(
            "link_account", {"person_id": girl["id"], "account": "girl", "relation": "self"}, actor=DESK
        )
    )
    return girl


def entry_of(desk, girl):
    return desk.entry(girl, by=GIRL)["involvements"][0]


def disputed(desk, girl, *, by=GIRL, **told):
    body = {
        "person_id": girl["id"],
        "involvement_id": entry_of(desk, girl)["id"],
        "says": "He left in May.",
        **told,
    }
    return desk.call("raise_dispute", body, actor=by)


def waiting(desk, *, by=FEED):
    return good(desk.call("list_waiting_disputes", {}, actor=by))["items"]


def answer(desk, dispute, *, by=FEED, answer="stands", says="We have looked it up."):
    return desk.call(
        "answer_dispute", {"dispute_id": dispute["id"], "answer": answer, "says": says}, actor=by
    )


def settled(in_lane):
    with in_lane() as work:
        return settle(work)


def test_a_disputed_entry_is_marked_for_every_reader_until_it_is_answered(desk, girl, in_lane):
    dispute = good(disputed(desk, girl))
    settled(in_lane)
    assert desk.entry(girl)["involvements"][0]["disputed"] is True
    assert "left in May" not in str(desk.entry(girl))
    good(answer(desk, dispute))
    settled(in_lane)
    assert desk.entry(girl)["involvements"][0]["disputed"] is False


def test_the_source_is_asked_and_the_girl_reads_the_answer(desk, girl):
    dispute = good(disputed(desk, girl))
    (asked,) = waiting(desk)
    assert (asked["id"], asked["reference"], asked["says"]) == (dispute["id"], "case-1", "He left in May.")
    good(answer(desk, dispute))
    assert waiting(desk) == []
    (mine,) = good(desk.call("list_raised_disputes", {"person_id": girl["id"]}, actor=GIRL))["items"]
    assert (mine["answer"], mine["answer_says"]) == ("stands", "We have looked it up.")


def test_nobody_else_reads_or_answers_it(desk, girl):
    dispute = good(disputed(desk, girl))
    assert waiting(desk, by=SOCIAL_WORKER) == waiting(desk, by=DESK) == []
    assert refused(answer(desk, dispute, by=DESK)) == "not_the_source"
    assert refused(answer(desk, dispute, by=SOCIAL_WORKER)) == "access_denied"


def test_corrected_means_that_the_entry_was_told_anew(desk, girl, clock):
    dispute = good(disputed(desk, girl))
    assert refused(answer(desk, dispute, answer="corrected")) == "not_corrected"
    clock.advance(minutes=1)
    good(desk.involve(girl, until="2026-02-01"))
    good(answer(desk, dispute, answer="corrected"))
    assert refused(answer(desk, dispute)) == "answered_already"


def test_an_entry_that_its_source_takes_back_is_gone(desk, girl, in_lane):
    dispute = good(disputed(desk, girl))
    good(answer(desk, dispute, answer="removed"))
    settled(in_lane)
    assert desk.entry(girl)["involvements"] == []
    (mine,) = good(desk.call("list_raised_disputes", {"person_id": girl["id"]}, actor=GIRL))["items"]
    assert mine["involvement_id"] is None


def test_the_front_desk_answers_for_our_own_cases(desk, girl, in_lane):
    desk.agency("school")
    Case.opened(desk, girl)
    entry = next(each for each in desk.entry(girl, by=GIRL)["involvements"] if each["role"] == "case_holder")
    dispute = good(disputed(desk, girl, involvement_id=entry["id"]))
    assert [each["id"] for each in waiting(desk, by=DESK)] == [dispute["id"]]
    good(answer(desk, dispute, by=DESK, answer="corrected"))


def test_the_front_desk_answers_for_a_system_that_may_speak_no_more(desk, girl):
    dispute = good(disputed(desk, girl))
    good(desk.call("revoke_accreditation", {"system": FEED.subject}, actor=CUSTODIAN))
    assert [each["id"] for each in waiting(desk, by=DESK)] == [dispute["id"]]
    good(answer(desk, dispute, by=DESK, answer="removed"))


def test_the_same_entry_is_disputed_once_at_a_time(desk, girl):
    good(disputed(desk, girl))
    assert refused(disputed(desk, girl)) == "disputed_already"


def test_only_what_one_sees_can_be_disputed(desk, girl):
    assert refused(disputed(desk, girl, involvement_id=str(uuid4()))) == "not_found"
    desk.agency("clinic", concealed_as="health")
    good(desk.involve(girl, organisation="clinic", reference="secret"))
    hidden = next(
        each
        for each in desk.entry(girl, by=GIRL)["involvements"]
        if each["agency"]["organisation"] == "clinic"
    )
    assert refused(disputed(desk, girl, by=SOCIAL_WORKER, involvement_id=hidden["id"])) == "not_found"
    assert good(disputed(desk, girl, involvement_id=hidden["id"]))["reference"] == "secret"


def test_a_dispute_is_forgotten_a_year_after_its_answer(desk, girl, in_lane, clock):
    good(answer(desk, good(disputed(desk, girl))))
    for days, gone in ((364, 0), (1, 1)):
        clock.advance(days=days)
        with in_lane() as work:
            assert forget_answered(work) == gone
