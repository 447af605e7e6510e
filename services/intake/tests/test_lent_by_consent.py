"""What a consent to somebody on a team lends to the others: no more than it says, no longer than it stands (CO-8)."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from chassis import moment
from intake.directory.model import Joining
from intake.people.vouching import open_to_teams
from services.intake.tests.front_desk import DESK, MENTOR, SOCIAL_WORKER, YOUTH_WORKER, Case, refused

PHONE = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}


@pytest.fixture
def girl(desk):
    """A girl whom the front desk has recorded."""
    return desk.girl(contact_points=[PHONE])


@pytest.fixture
def case(desk, girl):
    """A case that the mentor opened for her, with the youth worker on its team."""
    case = Case.opened(desk, girl)
    case.mentor = case.joined("mentor", "school")
    case.youth_worker = case.joined("youth-worker", "youth-service")
    return case


@pytest.fixture
def seen(desk, consent_is_current):
    """Which of identity and contact a worker sees for a purpose, while consent is heard."""

    def asked(worker, person, *, purpose="care", heard=True):
        if heard:
            consent_is_current()
        answer = desk.call("read_person", {"person_id": person["id"]}, actor=worker, purpose=purpose)
        if answer.status != 200:
            return refused(answer)
        parts = {"identity": "names", "contact": "contact_points"}
        return {part for part, field in parts.items() if field in answer.body}

    return asked


class Said:
    """A consent of the girl, and how it is taken back."""

    def __init__(
        self, desk, receive, person, *, to="worker:mentor", categories=("identity", "contact"), **said
    ):
        self.id, self.person, self.receive, self.to = uuid4(), person["id"], receive, to
        self.words = {
            "consent_id": self.id,
            "person_id": self.person,
            "recipient": to,
            "categories": list(categories),
            "purposes": ["care"],
            "valid_from": moment.now().isoformat(),
            "valid_until": None,
            "recorded_at": moment.now().isoformat(),
            **said,
        }
        receive("consent.consent.given.v1", subject=self.id, data=self.words)

    def withdrawn(self):
        told = {"consent_id": self.id, "person_id": self.person, "at": moment.now().isoformat()}
        self.receive("consent.consent.withdrawn.v1", subject=self.id, data=told)

    def expired(self):
        told = {"consent_id": self.id, "person_id": self.person, "at": moment.now().isoformat()}
        self.receive("consent.consent.expired.v1", subject=self.id, data=told)

    def narrowed(self):
        self.withdrawn()
        left = {**self.words, "categories": ["identity"]}
        self.receive("consent.consent.given.v1", subject=self.id, data=left)

    def refused(self, categories=("identity", "contact")):
        later = (moment.now() + timedelta(seconds=1)).isoformat()
        told = {**self.words, "consent_id": uuid4(), "categories": list(categories), "recorded_at": later}
        self.receive("consent.consent.refused.v1", subject=told["consent_id"], data=told)

    def taken_back_from_everybody(self, categories=()):
        later = (moment.now() + timedelta(seconds=1)).isoformat()
        told = {
            "withdrawal_id": uuid4(),
            "person_ids": [self.person],
            "recipient": None,
            "categories": list(categories),
            "at": later,
        }
        self.receive("consent.withdrawal.declared.v1", subject=self.person, data=told)


@pytest.fixture
def says(desk, receive):
    """The girl lets the mentor see who she is and how to reach her, for care, unless said otherwise."""
    return lambda person, **said: Said(desk, receive, person, **said)


# -- no more than it says


def test_a_colleague_sees_what_the_consent_names_and_for_the_purpose_that_it_names(girl, case, says, seen):
    says(girl, categories=["identity", "health"])
    assert seen(YOUTH_WORKER, girl) == {"identity"}
    assert seen(YOUTH_WORKER, girl, purpose="coordination") == "access_denied"


def test_a_consent_that_names_neither_identity_nor_contact_lends_nothing(girl, case, says, seen):
    says(girl, categories=["health", "housing"])
    assert seen(YOUTH_WORKER, girl) == "access_denied"


def test_two_consents_lend_together_what_each_lends(girl, case, says, seen):
    says(girl, categories=["identity"])
    second = says(girl, categories=["contact"])
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}
    second.withdrawn()
    assert seen(YOUTH_WORKER, girl) == {"identity"}


def test_the_recipient_is_lent_nothing_by_the_own_team(girl, case, says, seen):
    said = says(girl)
    assert seen(MENTOR, girl) == {"identity", "contact"}
    said.withdrawn()
    assert seen(MENTOR, girl) == "access_denied"


def test_what_is_lent_is_lent_to_nobody_in_another_case(desk, girl, case, says, seen):
    says(girl)
    assert seen(YOUTH_WORKER, girl)
    other = Case.opened(desk, girl, organisation="youth-service")
    other.joined("youth-worker", "youth-service")
    other.joined("social-worker", "social-care")
    assert seen(SOCIAL_WORKER, girl) == "access_denied"


# -- no longer than it stands


@pytest.mark.parametrize("way", ["withdrawn", "expired", "refused", "taken_back_from_everybody"])
def test_with_the_consent_what_it_lent_is_over(girl, case, says, seen, way):
    said = says(girl)
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}
    getattr(said, way)()
    assert seen(YOUTH_WORKER, girl) == "access_denied"
    assert seen(MENTOR, girl) == "access_denied"


def test_what_a_leaver_s_consent_lent_ends_with_that_consent_too(girl, case, says, seen):
    said = says(girl)
    case.left(case.mentor, "mentor")
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}
    said.withdrawn()
    assert seen(YOUTH_WORKER, girl) == "access_denied"


def test_a_category_that_is_taken_back_is_lent_no_more(girl, case, says, seen):
    says(girl).narrowed()
    assert seen(YOUTH_WORKER, girl) == {"identity"}


@pytest.mark.parametrize("way", ["refused", "taken_back_from_everybody"])
def test_a_category_that_is_refused_is_lent_no_more(girl, case, says, seen, way):
    getattr(says(girl), way)(["contact"])
    assert seen(YOUTH_WORKER, girl) == {"identity"}


# -- not to whom she refuses


@pytest.fixture
def names(girl, receive):
    """What the girl says of somebody by name, so many seconds from now."""

    def said(what, to="worker:youth-worker", *, categories=("contact",), after=1):
        at, reference = (moment.now() + timedelta(seconds=after)).isoformat(), uuid4()
        told = {"recipient": to, "categories": list(categories)}
        if what == "withdrawal.declared":
            told |= {"withdrawal_id": reference, "person_ids": [girl["id"]], "at": at}
        else:
            told |= {"consent_id": reference, "person_id": girl["id"], "purposes": ["care"]}
            told |= {"valid_from": moment.now().isoformat(), "valid_until": None, "recorded_at": at}
        receive(f"consent.{what}.v1", subject=reference, data=told)
        return reference

    return said


@pytest.mark.parametrize("to", ["worker:youth-worker", "organisation:youth-service"])
@pytest.mark.parametrize("what", ["consent.refused", "withdrawal.declared"])
@pytest.mark.parametrize("before", [True, False])
def test_who_is_refused_by_name_is_lent_nothing(girl, case, says, seen, names, in_lane, to, what, before):
    if before:
        names(what, to, after=-1)
    says(girl)
    if not before:
        names(what, to)
    with in_lane() as work:
        open_to_teams(work)
    assert seen(YOUTH_WORKER, girl) == {"identity"}
    assert seen(MENTOR, girl) == {"identity", "contact"}


def test_who_is_refused_everything_sees_nothing_and_another_is_lent_all(girl, case, says, seen, names):
    case.joined("social-worker", "social-care")
    says(girl)
    names("consent.refused", categories=["identity", "contact"])
    assert seen(YOUTH_WORKER, girl) == "access_denied"
    assert seen(SOCIAL_WORKER, girl) == {"identity", "contact"}


@pytest.mark.parametrize("in_order", [True, False])
def test_whom_she_refused_and_lets_see_later_is_lent_again(girl, case, says, seen, names, receive, in_order):
    says(girl)
    words = [("consent.refused", 1), ("consent.given", 2)]
    given = [names(what, after=after) for what, after in (words if in_order else reversed(words))]
    consent = given[1] if in_order else given[0]
    told = {"consent_id": consent, "person_id": girl["id"], "at": moment.now().isoformat()}
    receive("consent.consent.expired.v1", subject=consent, data=told)
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}


def test_a_consent_lends_from_its_first_moment_to_its_last_without_any_event(girl, case, says, seen, clock):
    begins, ends = moment.now() + timedelta(hours=1), moment.now() + timedelta(hours=2)
    says(girl, valid_from=begins.isoformat(), valid_until=ends.isoformat())
    assert seen(YOUTH_WORKER, girl) == "access_denied"
    clock.advance(hours=1)
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}
    clock.advance(hours=1)
    assert seen(YOUTH_WORKER, girl) == "access_denied"


def test_while_consent_is_not_heard_what_it_lent_is_refused_and_own_work_goes_on(desk, says, seen, clock):
    girl, other = desk.girl(contact_points=[PHONE]), desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER)
    for person, opener in ((girl, "mentor"), (other, "social-worker")):
        case = Case.opened(desk, person)
        case.joined(opener, "school")
        case.joined("youth-worker", "youth-service")
    says(girl)
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}
    clock.advance(minutes=1)
    assert seen(YOUTH_WORKER, girl, heard=False) == "consent_not_current"
    assert seen(YOUTH_WORKER, other, heard=False) == {"identity", "contact"}


def test_a_withdrawal_takes_nothing_of_what_own_work_opened(desk, says, seen):
    girl = desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER)
    case = Case.opened(desk, girl)
    case.joined("social-worker", "social-care")
    case.joined("youth-worker", "youth-service")
    said = says(girl, to="worker:social-worker")
    said.taken_back_from_everybody()
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}


def test_own_work_that_comes_later_takes_the_place_of_what_was_lent(desk, girl, case, says, seen, in_lane):
    said = says(girl)
    desk.referral(person_id=girl["id"], by=DESK)
    case.joined("desk", "intake-office")
    case.joined("aunt", "school", standing="relative", added_by="desk")
    with in_lane() as work:
        open_to_teams(work)
        assert (
            work.grants.live(record=("person", girl["id"]), grantee="worker:youth-worker", basis="consent")
            == []
        )
    said.withdrawn()
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}


# -- and what an older release gave for good


def test_what_an_older_release_gave_for_good_is_taken_back_unless_own_work_explains_it(
    desk, girl, case, says, seen, in_lane, database
):
    known = desk.girl(contact_points=[PHONE], by=SOCIAL_WORKER)
    theirs = Case.opened(desk, known)
    left = theirs.joined("social-worker", "social-care")
    theirs.joined("youth-worker", "youth-service")
    theirs.left(left, "social-worker")
    said = says(girl)
    with in_lane() as work:
        joining = work.session.scalars(
            select(Joining).where(Joining.membership_id == case.youth_worker)
        ).one()
        joining.opened_at = work.now
        work.grants.give(
            grantee="worker:youth-worker",
            record=("person", joining.person_id),
            categories=["identity", "contact"],
            basis="team",
            reference=joining.membership_id,
        )
    with database.owner.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        import_module("intake.migrations.versions.0023_lent_by_consent").upgrade()
    with in_lane() as work:
        open_to_teams(work)
    assert seen(YOUTH_WORKER, girl) == {"identity", "contact"}
    assert seen(YOUTH_WORKER, known) == {"identity", "contact"}
    said.withdrawn()
    assert seen(YOUTH_WORKER, girl) == "access_denied"
    assert seen(YOUTH_WORKER, known) == {"identity", "contact"}
