"""A concealed practitioner is reached through a mediator, and nobody learns whether there is one (IN-9)."""

from __future__ import annotations

import pytest

from chassis.clocks import breach_overdue
from chassis.testing import make_actor
from intake.mediation.actions import find_whom_it_concerns, forget_closed
from intake.mediation.model import MediationContact
from services.intake.tests.front_desk import DESK, FEED, MENTOR, YOUTH_WORKER, good, refused

MEDIATOR = make_actor(subject="mediator", organisation="borough", roles=["directory_mediator"])


@pytest.fixture
def clinic(desk):
    desk.agency("clinic", sector="mental_health", concealed_as="health")
    desk.practitioner("therapist", "clinic")


@pytest.fixture
def girl(desk, clinic):
    """A girl whom a therapist helps, which is nobody's business."""
    girl = desk.girl()
    good(desk.involve(girl, organisation="clinic", worker="therapist"))
    return girl


@pytest.fixture
def other(desk):
    """A girl like her, whom nobody helps."""
    return desk.person(given="Mei", family="Ito", born={"year": 2010, "month": 6, "day": 1})


def ask(desk, person, *, by=MENTOR, message="Please call me about school."):
    body = {"person_id": person["id"], "message": message, "reach_me_by": "250 555 0102"}
    return desk.call("ask_for_mediation", body, actor=by)


def found(in_lane):
    with in_lane() as work:
        return find_whom_it_concerns(work)


def queue(desk):
    return good(desk.call("list_mediations", {}, actor=MEDIATOR))["items"]


def read(desk, request):
    return good(desk.call("read_mediation", {"request_id": request["id"]}, actor=MEDIATOR))


def answered(desk, request, answer):
    (contact,) = read(desk, request)["contacts"]
    body = {"request_id": request["id"], "contact_id": contact["id"], "answer": answer}
    return desk.call("record_mediation_answer", body, actor=MEDIATOR)


def closed(desk, request):
    return desk.call("close_mediation", {"request_id": request["id"]}, actor=MEDIATOR)


def own(desk, *, by=MENTOR):
    return good(desk.call("list_own_mediation_requests", {}, actor=by))["items"]


def without_ids(view):
    return {name: value for name, value in view.items() if name not in ("id", "person_id")}


def test_the_asker_sees_the_same_whether_somebody_is_concealed_or_not(
    desk, girl, other, in_lane, clock, outbox
):
    hers, others = good(ask(desk, girl)), good(ask(desk, other))
    assert without_ids(hers) == without_ids(others)
    assert found(in_lane) == 1
    for request in queue(desk):
        if read(desk, request)["contacts"]:
            good(answered(desk, request, "declines"))
        good(closed(desk, request))
    after = own(desk)
    assert without_ids(after[0]) == without_ids(after[1]) == without_ids(hers)
    assert refused(ask(desk, girl)) == refused(ask(desk, other)) == "asked_already"
    clock.advance(days=7)
    assert ask(desk, girl).status == ask(desk, other).status == 200


def test_what_is_on_record_of_asking_is_the_same(desk, girl, other, outbox):
    good(ask(desk, girl))
    good(ask(desk, other))
    hers, others = [each for each in outbox.entries() if each["door"] == "ask_for_mediation"]
    kinds = [sorted(record["kind"] for record in entry["records"]) for entry in (hers, others)]
    assert kinds[0] == kinds[1]
    assert hers["categories"] == others["categories"]
    assert hers["withheld"] == others["withheld"] == []


def test_nobody_but_the_mediators_sees_whom_a_request_concerns(desk, girl, in_lane, work_as):
    request = good(ask(desk, girl))
    found(in_lane)
    with work_as(MENTOR) as work:
        assert work.session.query(MediationContact).all() == []
    for actor in (MENTOR, DESK, FEED):
        for door in ("list_mediations", "read_mediation"):
            body = {"request_id": request["id"]} if door == "read_mediation" else {}
            assert refused(desk.call(door, body, actor=actor)) == "permission_missing"
    assert own(desk, by=YOUTH_WORKER) == []
    assert desk.entry(girl)["involvements"] == []


def test_a_mediator_sees_the_concealed_involvement_and_the_message_and_nothing_else_of_the_person(
    desk, girl, in_lane
):
    request = good(ask(desk, girl))
    assert read(desk, request)["contacts"] == []
    found(in_lane)
    seen = read(desk, request)
    assert (seen["message"], seen["asked_by"]) == ("Please call me about school.", "mentor")
    assert seen["person"]["name"] == "Hana Ito"
    (contact,) = seen["contacts"]
    assert contact["involvement"]["practitioner"]["worker"] == "therapist"
    assert (
        refused(desk.call("read_person", {"person_id": girl["id"]}, actor=MEDIATOR)) == "permission_missing"
    )


def test_a_mediator_sees_no_concealed_involvement_that_nobody_asked_about(desk, girl, work_as):
    from intake.directory.model import Involvement

    with work_as(MEDIATOR) as work:
        assert work.session.query(Involvement).all() == []


def test_who_agrees_is_put_in_touch(desk, girl, in_lane):
    request = good(ask(desk, girl))
    found(in_lane)
    good(answered(desk, request, "put_in_touch"))
    good(answered(desk, request, "put_in_touch"))
    (mine,) = own(desk)
    (introduced,) = mine["introductions"]
    assert introduced["practitioner"]["phone"] == "250 555 0101"
    assert introduced["agency"]["organisation"] == "clinic"
    assert desk.entry(girl)["involvements"] == []


@pytest.mark.parametrize("answer", ["will_call", "declines", "not_reached"])
def test_who_does_not_agree_stays_unknown(desk, girl, in_lane, answer):
    request = good(ask(desk, girl))
    found(in_lane)
    good(answered(desk, request, answer))
    good(closed(desk, request))
    assert own(desk)[0]["introductions"] == []


def test_a_request_is_closed_when_everybody_was_asked_and_the_mediators_see_no_more(
    desk, girl, in_lane, work_as
):
    from intake.directory.model import Involvement

    request = good(ask(desk, girl))
    found(in_lane)
    assert refused(closed(desk, request)) == "not_everyone_answered"
    good(answered(desk, request, "declines"))
    good(closed(desk, request))
    assert refused(closed(desk, request)) == "request_closed"
    assert queue(desk) == []
    with work_as(MEDIATOR) as work:
        assert work.session.query(Involvement).all() == []


def test_a_concealed_involvement_that_begins_later_is_found_once(desk, other, clinic, in_lane):
    good(ask(desk, other))
    assert found(in_lane) == 0
    good(desk.involve(other, organisation="clinic", reference="later"))
    assert [found(in_lane), found(in_lane)] == [1, 0]


def test_an_open_service_is_not_the_mediators_business(desk, other, in_lane):
    desk.agency("youth-service")
    good(desk.involve(other))
    good(ask(desk, other))
    assert found(in_lane) == 0


def test_what_helps_a_linked_record_is_found(desk, girl, in_lane):
    twin = desk.girl()
    body = {"person_id": girl["id"], "other_person_id": twin["id"], "because": "Same school card."}
    good(desk.call("link_people", body, actor=DESK))
    good(ask(desk, twin))
    assert found(in_lane) == 1


def test_mediators_have_two_working_days(desk, girl, in_lane, clock, outbox):
    request = good(ask(desk, girl))
    clock.move_to(clock.now.replace(day=7))
    with in_lane() as work:
        assert breach_overdue(work) == 1
    (breach,) = outbox("intake.clock.breached.v1")
    assert (breach.data["kind"], breach.data["subject_id"]) == ("mediation", request["id"])


def test_asking_about_somebody_whom_one_may_not_find_tells_what_searching_tells(desk, girl):
    desk.restrict(girl)
    assert refused(ask(desk, girl)) == "not_found"
    adult = desk.person(given="Mei", family="Ito", born={"year": 1980, "month": 1, "day": 1})
    assert refused(ask(desk, adult)) == "access_denied"


def test_one_worker_does_not_ask_about_everybody(desk):
    girls = [desk.girl() for _ in range(21)]
    answers = [ask(desk, girl) for girl in girls]
    assert [answer.status for answer in answers[:20]] == [200] * 20
    assert refused(answers[20]) == "too_many_open_requests"


def test_a_request_is_forgotten_a_year_after_it_was_closed(desk, girl, in_lane, clock):
    request = good(ask(desk, girl))
    found(in_lane)
    good(answered(desk, request, "put_in_touch"))
    good(closed(desk, request))
    for days, gone in ((364, 0), (1, 1)):
        clock.advance(days=days)
        with in_lane() as work:
            assert forget_closed(work) == gone
    assert own(desk) == []
