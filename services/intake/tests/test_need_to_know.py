"""Nobody sees more than their grants open, even where a query forgets to ask (CO-9, rule 5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, inspect, select

from chassis.access import Grant
from chassis.database import Base
from services.intake.tests.front_desk import (
    DESK,
    GIRL,
    MENTOR,
    OTHER_TEAM,
    TEAM_LEAD,
    good,
    refused,
)

SEEN_BY_EVERY_PRACTITIONER = {"listings", "involvements"}


def protected_models():
    models = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__protected__ is not None]
    return sorted(
        (model for model in models if model.__module__.startswith("intake.")), key=lambda each: each.__name__
    )


@pytest.fixture
def everything(desk):
    """A person with something in every table of intake."""
    point = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
    girl = desk.girl(contact_points=[point])
    good(
        desk.call(
            "link_account", {"person_id": girl["id"], "account": "girl", "relation": "self"}, actor=DESK
        )
    )
    referral = desk.referral(person_id=girl["id"])
    desk.reached(referral)
    good(desk.screen(referral))
    desk.agency("youth-service")
    good(desk.involve(girl))
    return girl


@pytest.mark.parametrize("model", protected_models(), ids=lambda model: model.__tablename__)
def test_a_query_without_a_filter_leaks_nothing(everything, model, work_as):
    with work_as(MENTOR) as work:
        leaked = work.session.scalar(select(func.count()).select_from(model))
    assert leaked == 0 or model.__tablename__ in SEEN_BY_EVERY_PRACTITIONER


@pytest.mark.parametrize("model", protected_models(), ids=lambda model: model.__tablename__)
def test_the_predicate_and_the_policy_agree(everything, model, work_as):
    for actor in (DESK, OTHER_TEAM, TEAM_LEAD, MENTOR, GIRL):
        with work_as(actor) as work:
            key = inspect(model).primary_key
            by_policy = set(map(tuple, work.session.execute(select(*key))))
            by_predicate = set(map(tuple, work.session.execute(work.visible(model).with_only_columns(*key))))
        assert by_predicate == by_policy


def test_why_somebody_can_see_a_person_is_told_from_the_grants_that_decide(desk):
    person = desk.person()
    told = good(desk.call("why", {"kind": "person", "id": person["id"]}, actor=DESK))
    assert told["permitted"] is True
    assert {"team", "statute"} <= {grant["basis"] for grant in told["grants"]}
    told = good(desk.call("why", {"kind": "person", "id": person["id"]}, actor=MENTOR))
    assert told["permitted"] is False


def test_each_referral_opens_the_person_to_its_own_keepers_once(desk, in_lane):
    person = desk.person()
    desk.referral(person_id=person["id"], by=OTHER_TEAM)
    desk.referral(person_id=person["id"], by=OTHER_TEAM)
    with in_lane() as work:
        grants = work.session.scalars(select(Grant).where(Grant.record_id == person["id"])).all()
    followed = [(grant.grantee, grant.reference) for grant in grants]
    assert len(followed) == len(set(followed))
    assert {grantee for grantee, _ in followed} == {
        "team:front-desk",
        "team:north",
        "worker:desk",
        "worker:desk-3",
    }


def test_a_practitioner_may_not_state_the_purpose_of_intake(desk):
    person = desk.girl()
    answer = desk.call("read_person", {"person_id": person["id"]}, actor=MENTOR, purpose="intake")
    assert refused(answer) in {"malformed", "permission_missing", "access_denied"}


def test_two_systems_that_send_one_reference_at_once_end_in_one_entry(desk, call):
    desk.agency("youth-service")
    girl = desk.girl()
    with ThreadPoolExecutor(max_workers=4) as senders:
        answers = list(senders.map(lambda _: desk.involve(girl), range(4)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert 200 in {answer.status for answer in answers}
    assert len(desk.entry(girl)["involvements"]) == 1


def test_two_amendments_of_one_version_at_once_leave_one_of_them(desk):
    person = desk.person()

    def amend(gender):
        body = {"person_id": person["id"], "gender": gender}
        return desk.call("amend_person", body, actor=DESK, if_match='"1"')

    with ThreadPoolExecutor(max_workers=4) as workers:
        answers = list(workers.map(amend, ["a", "b", "c", "d"]))
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]
