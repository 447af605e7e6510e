"""Being on a team opens a person's record only when somebody on it knows the person by another way (CO-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from chassis import moment
from chassis.access import Grant
from intake.directory.model import Joining
from intake.people.vouching import open_to_teams
from services.intake.tests.front_desk import (
    DESK,
    MENTOR,
    SOCIAL_WORKER,
    YOUTH_WORKER,
    Case,
    good,
    refused,
)

PHONE = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
WHO_AND_HOW_TO_REACH = ["identity", "contact"]


def lets(desk, person, *, to, categories=WHO_AND_HOW_TO_REACH, purposes=("care",), **said):
    """The person lets somebody see who she is and how to reach her, unless said otherwise."""
    desk.consent(person, to=to, categories=list(categories), purposes=list(purposes), **said)


@pytest.fixture
def girl(desk):
    """A girl whom the front desk has recorded, and two agencies that can be listed."""
    desk.agency("school", sector="education")
    desk.agency("youth-service")
    return desk.girl(contact_points=[PHONE])


@pytest.fixture
def case(desk, girl):
    """A case that the youth worker opened by naming the girl."""
    case = Case.opened(desk, girl, organisation="youth-service")
    case.membership = case.joined("youth-worker", "youth-service", role="youth_worker")
    return case


@pytest.fixture
def reaches(desk, consent_is_current):
    """Whether a worker reads who the person is and how to reach them, while consent is heard."""

    def asked(worker, person):
        consent_is_current()
        answer = desk.read_person(person["id"], by=worker)
        if answer.status == 200:
            return "contact_points" in answer.body
        assert refused(answer) == "access_denied"
        return False

    return asked


@pytest.fixture
def given_through_cases(in_lane):
    """Whom the record was opened to by being on a team, and on which basis, in order."""

    def told(person):
        with in_lane() as work:
            places = {
                reference
                for place in work.session.scalars(select(Joining))
                for reference in (place.id, place.membership_id)
            }
            grants = work.grants.live(record=("person", person["id"]))
            return [(grant.grantee, grant.basis) for grant in grants if grant.reference in places]

    return told


# -- nobody vouches


def test_naming_somebody_in_a_case_opens_nothing_and_is_listed(desk, girl, case, reaches):
    assert not reaches(YOUTH_WORKER, girl)
    assert [each["role"] for each in desk.entry(girl)["involvements"]] == ["case_holder", "youth_worker"]


def test_workers_who_do_not_know_the_person_do_not_vouch_for_each_other(girl, case, reaches):
    case.joined("mentor", "school")
    assert not reaches(MENTOR, girl)
    assert not reaches(YOUTH_WORKER, girl)


def test_knowing_the_girl_opens_nobody_who_is_named_beside_her(desk, girl, case, reaches):
    lets(desk, girl, to="worker:youth-worker")
    stranger = desk.person(given="Mei", family="Sato")
    case.grew_by(stranger)
    assert reaches(YOUTH_WORKER, girl)
    assert not reaches(YOUTH_WORKER, stranger)
    beside_her = Case.opened(desk, girl, stranger, organisation="youth-service")
    beside_her.joined("youth-worker", "youth-service")
    assert not reaches(YOUTH_WORKER, stranger)


def test_an_organisation_that_only_the_case_tells_of_does_not_vouch(desk, girl, reaches):
    lets(desk, girl, to="organisation:school")
    Case.opened(desk, girl).joined("youth-worker", "school")
    assert not reaches(YOUTH_WORKER, girl)


@pytest.mark.parametrize("standing", ["client", "staff"])
def test_the_girl_s_own_sign_in_on_the_team_vouches_for_nobody(desk, girl, case, reaches, standing):
    good(
        desk.call(
            "link_account", {"person_id": girl["id"], "account": "girl", "relation": "self"}, actor=DESK
        )
    )
    case.joined("girl", "school", standing=standing)
    assert not reaches(YOUTH_WORKER, girl)


def test_a_practitioner_cannot_refer_a_person_whom_they_do_not_know(desk, girl, case, reaches):
    body = {
        "program": "child_and_family_services",
        "source": "professional",
        "reason": "She misses lessons.",
        "person_id": girl["id"],
    }
    assert refused(desk.call("receive_referral", body, actor=YOUTH_WORKER)) == "access_denied"
    assert not reaches(YOUTH_WORKER, girl)


def test_a_consent_that_has_ended_or_not_begun_vouches_for_nobody(desk, girl, case, clock, reaches):
    later = (moment.now() + timedelta(days=1)).isoformat()
    lets(desk, girl, to="worker:youth-worker", valid_from=later)
    assert not reaches(YOUTH_WORKER, girl)
    clock.advance(days=-2)
    lets(desk, girl, to="worker:youth-worker", valid_until=(moment.now() + timedelta(days=1)).isoformat())
    clock.advance(days=2)
    case.joined("mentor", "school")
    assert not reaches(MENTOR, girl)


def test_a_stranger_who_puts_somebody_on_the_team_who_knows_the_girl_sees_nothing_by_it(
    desk, girl, case, reaches, in_lane
):
    lets(desk, girl, to="worker:mentor")
    membership = case.joined("mentor", "school", added_by="youth-worker")
    case.led_by("mentor", "school", previous="youth-worker")
    with in_lane() as work:
        open_to_teams(work)
    assert reaches(MENTOR, girl)
    assert not reaches(YOUTH_WORKER, girl)
    case.left(membership, "mentor")
    case.joined("mentor", "school", added_by="youth-worker")
    assert not reaches(YOUTH_WORKER, girl)


def test_a_stranger_who_names_one_more_person_whom_a_colleague_knows_sees_nothing_by_it(
    desk, girl, case, reaches
):
    mother = desk.person(given="Mei", family="Ito", contact_points=[PHONE])
    lets(desk, girl, to="worker:mentor")
    lets(desk, mother, to="worker:mentor")
    case.joined("mentor", "school")
    case.joined("aunt", "school", standing="relative", added_by="mentor")
    assert reaches(YOUTH_WORKER, girl)
    case.grew_by(mother, added_by="youth-worker")
    assert not reaches(YOUTH_WORKER, mother)
    assert reaches(MENTOR, mother)


def test_an_event_that_does_not_tell_who_acted_vouches_for_nobody(desk, girl, case, reaches, receive):
    lets(desk, girl, to="worker:mentor")
    told = {
        "case_id": str(case.id),
        "membership_id": str(uuid4()),
        "person_ids": [girl["id"]],
        "worker": "mentor",
        "organisation": "school",
        "role": "mentor",
        "standing": "staff",
    }
    receive("cases.team_member.joined.v1", subject=case.id, data=told)
    assert reaches(MENTOR, girl)
    assert not reaches(YOUTH_WORKER, girl)


# -- somebody vouches


def test_whoever_opened_the_case_and_knows_the_girl_vouches_for_whom_they_bring(desk, girl, reaches):
    lets(desk, girl, to="worker:mentor")
    case = Case.opened(desk, girl)
    case.joined("mentor", "school")
    case.joined("youth-worker", "youth-service", added_by="mentor")
    assert reaches(YOUTH_WORKER, girl)


def test_a_colleague_who_knows_the_girl_vouches_by_bringing_somebody_or_by_assessing_her(desk, girl, reaches):
    lets(desk, girl, to="worker:mentor")
    for act in ("brings", "assesses"):
        case = Case.opened(desk, girl, organisation="youth-service")
        opened = case.joined("youth-worker", "youth-service")
        case.joined("mentor", "school")
        assert not reaches(YOUTH_WORKER, girl)
        if act == "brings":
            case.joined("aunt", "school", standing="relative", added_by="mentor")
        else:
            case.assessed(girl, author="mentor", organisation="school", form="needs")
        assert reaches(YOUTH_WORKER, girl)
        case.left(opened, "youth-worker")


def test_whoever_names_a_person_whom_they_know_vouches_for_that_person_only(desk, girl, case, reaches):
    mother = desk.person(given="Mei", family="Ito", contact_points=[PHONE])
    for each in (girl, mother):
        lets(desk, each, to="worker:mentor")
    case.joined("mentor", "school")
    case.grew_by(mother, added_by="mentor")
    assert reaches(YOUTH_WORKER, mother)
    assert not reaches(YOUTH_WORKER, girl)


def test_who_recorded_the_person_knows_them_on_the_team_and_so_do_their_colleagues_there(desk, reaches):
    girl = desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER)
    case = Case.opened(desk, girl, organisation="social-care")
    case.joined("social-worker", "social-care")
    case.joined("mentor", "school")
    assert reaches(SOCIAL_WORKER, girl)
    assert reaches(MENTOR, girl)


def test_a_referral_that_a_worker_received_vouches_for_the_worker(desk, reaches):
    girl = desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER)
    desk.referral(person_id=girl["id"], by=DESK)
    case = Case.opened(desk, girl)
    case.joined("mentor", "school")
    case.joined("desk", "intake-office")
    assert not reaches(MENTOR, girl)
    case.joined("youth-worker", "youth-service", added_by="desk")
    assert reaches(MENTOR, girl)


def test_a_consent_to_the_organisation_where_the_worker_is_registered_vouches(desk, girl, case, reaches):
    desk.practitioner("youth-worker", "youth-service")
    lets(desk, girl, to="organisation:youth-service")
    assert reaches(YOUTH_WORKER, girl)


def test_being_known_to_the_person_through_one_case_vouches_in_another(desk, girl, case, reaches):
    lets(desk, girl, to="worker:youth-worker")
    other = Case.opened(desk, girl)
    other.joined("youth-worker", "youth-service")
    other.joined("mentor", "school")
    assert reaches(MENTOR, girl)


# -- somebody vouches later


def test_a_consent_that_arrives_later_opens_what_was_withheld_to_the_whole_team_once(
    desk, girl, case, reaches, given_through_cases
):
    case.joined("mentor", "school")
    assert given_through_cases(girl) == []
    lets(desk, girl, to="worker:youth-worker")
    assert reaches(MENTOR, girl)
    assert given_through_cases(girl) == [("worker:mentor", "consent")]
    case.joined("aunt", "school", standing="relative", added_by="youth-worker")
    assert given_through_cases(girl) == [("worker:mentor", "consent")]


def test_a_member_who_knows_the_person_and_joins_later_vouches_for_those_who_wait(
    desk, girl, case, given_through_cases
):
    lets(desk, girl, to="worker:mentor")
    case.joined("mentor", "school")
    assert given_through_cases(girl) == []
    case.joined("social-worker", "social-care", added_by="mentor")
    assert set(given_through_cases(girl)) == {
        ("worker:youth-worker", "consent"),
        ("worker:social-worker", "consent"),
    }


def test_who_left_before_anybody_vouched_is_given_nothing(desk, girl, case, given_through_cases):
    case.joined("mentor", "school")
    case.joined("aunt", "school", standing="relative", added_by="mentor")
    case.joined("social-worker", "social-care", added_by="mentor")
    case.left(case.membership, "youth-worker")
    lets(desk, girl, to="worker:mentor")
    assert given_through_cases(girl) == [("worker:social-worker", "consent")]


def test_two_processes_that_find_the_same_vouching_at_once_give_one_grant(
    desk, girl, case, in_lane, given_through_cases
):
    case.joined("mentor", "school")
    lets(desk, girl, to="organisation:youth-service")
    desk.practitioner("youth-worker", "youth-service")  # of which no event tells

    def give(_):
        with in_lane() as work:
            return open_to_teams(work)

    with ThreadPoolExecutor(max_workers=4) as processes:
        assert sum(processes.map(give, range(4))) == 2
    assert set(given_through_cases(girl)) == {
        ("worker:youth-worker", "consent"),
        ("worker:mentor", "consent"),
    }


def test_somebody_who_joins_the_family_later_is_opened_when_their_own_consent_arrives(
    desk, girl, case, reaches
):
    mother = desk.person(given="Mei", family="Ito", contact_points=[PHONE])
    case.grew_by(mother)
    assert not reaches(YOUTH_WORKER, mother)
    lets(desk, mother, to="worker:youth-worker")
    assert reaches(YOUTH_WORKER, mother)
    assert not reaches(YOUTH_WORKER, girl)


# -- and it ends


def test_what_own_work_opened_stays_when_the_colleague_who_vouched_leaves(desk, reaches):
    girl = desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER)
    case = Case.opened(desk, girl, organisation="social-care")
    membership = case.joined("social-worker", "social-care")
    case.joined("mentor", "school")
    case.left(membership, "social-worker")
    assert reaches(MENTOR, girl)


def test_what_a_consent_lent_stays_when_the_colleague_who_vouched_leaves(desk, girl, case, reaches):
    lets(desk, girl, to="worker:mentor")
    membership = case.joined("mentor", "school")
    case.joined("aunt", "school", standing="relative", added_by="mentor")
    case.left(membership, "mentor")
    assert reaches(YOUTH_WORKER, girl)


def test_who_knows_the_person_only_through_this_case_vouches_for_nobody_else(desk, girl, case, reaches):
    lets(desk, girl, to="worker:mentor")
    membership = case.joined("mentor", "school")
    case.joined("aunt", "school", standing="relative", added_by="mentor")
    case.left(membership, "mentor")
    case.joined("social-worker", "social-care")
    assert reaches(YOUTH_WORKER, girl)
    assert not reaches(SOCIAL_WORKER, girl)


@pytest.mark.parametrize("known_by", ["own work", "consent"])
def test_what_was_opened_ends_with_the_membership_and_with_the_case(
    desk, reaches, given_through_cases, known_by
):
    girl = desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER if known_by == "own work" else DESK)
    if known_by == "consent":
        lets(desk, girl, to="worker:social-worker")
    case = Case.opened(desk, girl, organisation="social-care")
    case.joined("social-worker", "social-care")
    first, _second = case.joined("mentor", "school"), case.joined("youth-worker", "youth-service")
    assert reaches(MENTOR, girl)
    assert reaches(YOUTH_WORKER, girl)
    case.left(first, "mentor")
    assert not reaches(MENTOR, girl)
    assert reaches(YOUTH_WORKER, girl)
    case.closed()
    assert not reaches(YOUTH_WORKER, girl)
    assert given_through_cases(girl) == []


def test_only_what_own_work_opened_carries_the_membership(desk, in_lane):
    girl = desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER)
    case = Case.opened(desk, girl, organisation="social-care")
    case.joined("social-worker", "social-care")
    membership = case.joined("mentor", "school")
    with in_lane() as work:
        held = work.session.scalars(
            select(Grant.basis).where(Grant.reference == membership, Grant.ended_at.is_(None))
        ).all()
    assert held == ["team"]
