"""Assessments are made, read, amended and signed off under the person's consent (CA-4, CO-1, CO-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.assessments.actions import consent_given
from cases.assessments.form import CONTENT_CATEGORIES, published
from cases.assessments.model import Answer
from chassis.events import Received
from chassis.inbox import advance
from services.cases.tests.family import (
    ANSWERS,
    CONTENT,
    FATHER,
    GIRL,
    HOUSING_OFFICER,
    MENTOR,
    SUPERVISOR,
    YOUTH_WORKER,
    good,
)

pytestmark = pytest.mark.usefixtures("hears_from_consent")


@pytest.fixture
def hears_from_consent(clock, consent_is_current):
    consent_is_current()


@pytest.fixture
def assessed(family):
    """The mentor has assessed the girl, who consented to it; the youth worker opened the case."""
    family.opened_by(YOUTH_WORKER).joined_by(MENTOR, brought_by=YOUTH_WORKER)
    consent_id = family.consents(to="worker:mentor", categories=CONTENT)
    assessment = good(family.assessed_by(MENTOR, consent_id=consent_id, supervisor="supervisor"))
    return family, assessment, consent_id


def _read(call, assessment, *, actor):
    return call("read_assessment", {"assessment_id": assessment["id"]}, actor=actor)


def _questions(body):
    return {answer["question"] for answer in body["answers"]}


def test_an_assessment_needs_the_person_s_consent(family, outbox):
    family.opened_by(MENTOR)
    answer = family.assessed_by(MENTOR, consent_id=uuid4())
    assert (answer.status, answer.body["code"]) == (409, "consent_missing")
    assert outbox.entries()[-1]["reason"] == "consent_missing"


def test_a_consent_to_somebody_else_permits_nothing(family):
    family.opened_by(MENTOR)
    consent_id = family.consents(to="worker:youth-worker", categories=CONTENT)
    assert family.assessed_by(MENTOR, consent_id=consent_id).body["code"] == "consent_missing"


def test_a_consent_to_care_is_no_consent_to_an_assessment(family):
    family.opened_by(MENTOR)
    consent_id = family.consents(to="worker:mentor", categories=CONTENT, purposes=["care"])
    assert family.assessed_by(MENTOR, consent_id=consent_id).body["code"] == "consent_missing"


def test_a_consent_to_the_organisation_is_enough(family):
    family.opened_by(MENTOR)
    consent_id = family.consents(to="organisation:school", categories=CONTENT)
    assert family.assessed_by(MENTOR, consent_id=consent_id).status == 200


def test_an_answer_that_the_consent_does_not_cover_is_pointed_to(family):
    family.opened_by(MENTOR)
    consent_id = family.consents(to="worker:mentor", categories=["caring", "housing"])
    answer = family.assessed_by(MENTOR, consent_id=consent_id)
    assert answer.body["code"] == "consent_missing"
    assert [each["pointer"] for each in answer.body["errors"]] == ["/answers/3"]


def test_no_assessment_while_the_state_of_consents_is_unknown(family, clock, consent_is_current):
    family.opened_by(MENTOR)
    consent_id = family.consents(to="worker:mentor", categories=CONTENT)
    clock.advance(seconds=11)
    refused = family.assessed_by(MENTOR, consent_id=consent_id)
    assert (refused.status, refused.body["code"]) == (403, "consent_not_current")
    assert family.assessed_by(MENTOR, consent_id=uuid4()).body["code"] == "consent_missing"
    consent_is_current()
    good(family.assessed_by(MENTOR, consent_id=consent_id))


def test_an_assessment_is_told_by_its_existence_alone(assessed, outbox):
    family, assessment, _ = assessed
    assert outbox("cases.assessment.recorded.v1")[0].data == {
        "assessment_id": assessment["id"],
        "case_id": family.id,
        "person_id": str(family.girl),
        "form": "common_assessment",
        "form_version": 1,
        "author": "mentor",
        "organisation": "school",
        "answered": sorted(each["question"] for each in ANSWERS),
    }


def test_the_team_learns_that_an_assessment_exists_and_whom_to_ask(assessed):
    family, assessment, _ = assessed
    on_file = family.as_seen_by(YOUTH_WORKER)["assessments"]
    assert [(each["assessment_id"], each["author"]) for each in on_file] == [(assessment["id"], "mentor")]


def test_a_team_member_reads_the_assessment_only_once_the_person_consents(assessed, call, outbox):
    family, assessment, _ = assessed
    refused = _read(call, assessment, actor=YOUTH_WORKER)
    assert (refused.status, refused.body["code"]) == (403, "access_denied")
    entry = outbox.entries()[-1]
    assert (entry["outcome"], entry["records"], entry["persons"]) == (
        "denied",
        [{"kind": "assessment", "id": assessment["id"]}],
        [str(family.girl)],
    )
    told = good(call("why", {"kind": "assessment", "id": assessment["id"]}, actor=YOUTH_WORKER))
    assert told["permitted"] is False

    family.consents(to="worker:youth-worker", categories=CONTENT)
    body = good(_read(call, assessment, actor=YOUTH_WORKER))
    assert _questions(body) == {each["question"] for each in ANSWERS}
    assert body["withheld"] == []
    assert outbox.entries()[-1]["basis"][0]["basis"] == "consent"


def test_the_housing_officer_sees_the_housing_part_and_the_names_of_the_rest(assessed, call, outbox):
    family, assessment, _ = assessed
    family.consents(to="worker:housing-officer", categories=["housing"])
    body = good(_read(call, assessment, actor=HOUSING_OFFICER))
    assert _questions(body) == {"housing.rent", "housing.needs"}
    assert body["withheld"] == ["caring", "health"]
    entry = outbox.entries()[-1]
    assert (entry["categories"], entry["withheld"]) == (["housing"], ["caring", "health"])


def test_the_database_itself_keeps_the_other_answers_from_the_housing_officer(assessed, work_as):
    family, _, _ = assessed
    family.consents(to="worker:housing-officer", categories=["housing"])
    with work_as(HOUSING_OFFICER) as work:
        unfiltered = work.session.scalars(text("SELECT DISTINCT category FROM answers")).all()
        assert unfiltered == ["housing"]
    with work_as(YOUTH_WORKER) as work:
        assert work.session.scalars(text("SELECT count(*) FROM answers")).one() == 0
        assert work.session.scalars(text("SELECT count(*) FROM assessments")).one() == 0


def test_a_consent_for_another_purpose_opens_nothing(assessed, call):
    family, assessment, _ = assessed
    family.consents(to="worker:youth-worker", categories=CONTENT, purposes=["coordination"])
    assert _read(call, assessment, actor=YOUTH_WORKER).status == 403
    body = {"assessment_id": assessment["id"]}
    assert call("read_assessment", body, actor=YOUTH_WORKER, purpose="coordination").status == 200


def test_withdrawal_ends_what_author_reader_and_supervisor_reach(assessed, call):
    family, assessment, consent_id = assessed
    to_read = family.consents(to="worker:youth-worker", categories=CONTENT)
    assert _read(call, assessment, actor=MENTOR).status == 200
    assert _read(call, assessment, actor=SUPERVISOR).status == 200
    family.withdraws(to_read)
    assert _read(call, assessment, actor=YOUTH_WORKER).status == 403
    assert _read(call, assessment, actor=MENTOR).status == 200
    family.withdraws(consent_id)
    assert _read(call, assessment, actor=MENTOR).status == 403
    assert _read(call, assessment, actor=SUPERVISOR).status == 403


def test_after_a_part_is_withdrawn_author_and_supervisor_keep_what_stays(assessed, call):
    family, assessment, consent_id = assessed
    family.withdraws(consent_id)
    family.consents(to="worker:mentor", categories=["caring", "housing"], consent_id=consent_id)
    for reader in (MENTOR, SUPERVISOR):
        read = _read(call, assessment, actor=reader)
        assert {each["category"] for each in good(read)["answers"]} == {"caring", "housing"}
        assert read.body["withheld"] == ["health"]
    body = {"assessment_id": assessment["id"], "answers": [ANSWERS[1]]}
    assert call("amend_assessment", body, actor=MENTOR, if_match="*").status == 200
    beyond = {"assessment_id": assessment["id"], "answers": [ANSWERS[3]]}
    assert call("amend_assessment", beyond, actor=MENTOR, if_match="*").body["code"] == "consent_missing"


def test_what_is_said_anew_of_a_consent_whose_time_is_over_opens_nothing_and_is_understood(
    family, call, clock, consent_is_current
):
    family.opened_by(MENTOR)
    until = datetime(2026, 4, 1, tzinfo=UTC)
    consent_id = family.consents(to="worker:mentor", categories=CONTENT, valid_until=until)
    assessment = good(family.assessed_by(MENTOR, consent_id=consent_id, supervisor="supervisor"))
    clock.move_to(until + timedelta(seconds=1))
    consent_is_current()

    family.consents(to="worker:mentor", categories=["caring"], consent_id=consent_id, valid_until=until)

    for reader in (MENTOR, SUPERVISOR):
        assert _read(call, assessment, actor=reader).status == 403


def test_a_word_that_was_overtaken_opens_no_assessment(assessed, call, in_lane, clock):
    family, assessment, consent_id = assessed
    family.withdraws(consent_id)
    older = Received(
        id=uuid4(),
        key="consent.consent.given.v1",
        source="consent",
        subject=str(consent_id),
        version=3,
        time=clock.now,
        data={
            "consent_id": str(consent_id),
            "person_id": str(family.girl),
            "recipient": "worker:mentor",
            "categories": CONTENT,
            "purposes": ["care", "assessment"],
            "valid_from": "2026-03-01T00:00:00+00:00",
            "valid_until": None,
        },
    )
    with in_lane() as work:
        advance(work.session, {("consent", str(consent_id)): 4})
        consent_given(work, event=older)

    for reader in (MENTOR, SUPERVISOR):
        assert _read(call, assessment, actor=reader).status == 403


@pytest.mark.parametrize("said", ["refused", "taken back"])
def test_a_part_refused_or_taken_back_is_closed_in_assessments_with_that_word(assessed, call, clock, said):
    family, assessment, _ = assessed
    at = clock.advance(seconds=1)
    girl = str(family.girl)
    if said == "refused":
        told = {
            "consent_id": str(uuid4()),
            "person_id": girl,
            "recipient": "worker:mentor",
            "categories": ["health"],
            "purposes": ["care"],
            "valid_from": at,
            "valid_until": None,
            "recorded_at": at,
        }
        family.receive("consent.consent.refused.v1", subject=told["consent_id"], data=told)
    else:
        told = {
            "withdrawal_id": str(uuid4()),
            "person_ids": [girl],
            "recipient": None,
            "categories": ["health"],
            "at": at,
        }
        family.receive("consent.withdrawal.declared.v1", subject=told["withdrawal_id"], data=told)

    for reader in (MENTOR, SUPERVISOR):
        read = _read(call, assessment, actor=reader)
        assert read.body["withheld"] == ["health"]
        assert "health" not in {each["category"] for each in good(read)["answers"]}


def test_a_consent_ends_by_its_date(family, call, clock, consent_is_current):
    family.opened_by(MENTOR)
    until = datetime(2026, 4, 1, tzinfo=UTC)
    consent_id = family.consents(to="worker:mentor", categories=CONTENT, valid_until=until)
    assessment = good(family.assessed_by(MENTOR, consent_id=consent_id))
    clock.move_to(until)
    consent_is_current()
    assert _read(call, assessment, actor=MENTOR).status == 403


def test_nothing_that_rests_on_consent_is_shown_while_its_state_is_unknown(assessed, call, clock):
    _, assessment, _ = assessed
    clock.advance(seconds=11)
    for reader in (MENTOR, SUPERVISOR):
        refused = _read(call, assessment, actor=reader)
        assert (refused.status, refused.body["code"]) == (403, "consent_not_current")


def test_the_girl_reads_her_own_assessment_and_her_parent_by_sign_in_alone_does_not(assessed, call):
    family, assessment, _ = assessed
    family.signs_in("girl", person=family.girl)
    family.signs_in("father", person=family.girl, relation="parent")
    body = good(_read(call, assessment, actor=GIRL))
    assert _questions(body) == {each["question"] for each in ANSWERS}
    assert _read(call, assessment, actor=FATHER).status == 403


def test_an_amendment_replaces_answers_and_names_the_version_that_was_read(assessed, call):
    _, assessment, _ = assessed
    read = _read(call, assessment, actor=MENTOR)
    amended = [
        {"question": "housing.rent", "choice": "eviction_notice"},
        {"question": "education.needs", "text": "Later deadlines."},
    ]
    body = {"assessment_id": assessment["id"], "answers": amended}
    assert call("amend_assessment", body, actor=MENTOR).status == 428
    after = good(call("amend_assessment", body, actor=MENTOR, if_match=read.etag))
    answers = {each["question"]: each for each in after["answers"]}
    assert answers["housing.rent"]["choice"] == "eviction_notice"
    assert answers["housing.rent"]["text"] is None
    assert "education.needs" in answers and "housing.needs" in answers
    assert after["version"] == assessment["version"] + 1
    assert call("amend_assessment", body, actor=MENTOR, if_match=read.etag).status == 412


def test_a_reader_amends_nothing(assessed, call):
    family, assessment, _ = assessed
    family.consents(to="worker:youth-worker", categories=CONTENT)
    etag = _read(call, assessment, actor=YOUTH_WORKER).etag
    body = {"assessment_id": assessment["id"], "answers": ANSWERS[:1]}
    assert call("amend_assessment", body, actor=YOUTH_WORKER, if_match=etag).status == 403


def test_the_supervisor_signs_off_and_no_answer_changes_after_that(assessed, call):
    _, assessment, _ = assessed
    asked = {"assessment_id": assessment["id"]}
    etag = _read(call, assessment, actor=SUPERVISOR).etag
    assert call("sign_off_assessment", asked, actor=MENTOR, if_match=etag).status == 403
    signed = good(call("sign_off_assessment", asked, actor=SUPERVISOR, if_match=etag))
    assert (signed["status"], signed["signed_off_by"]) == ("signed_off", "supervisor")
    etag = _read(call, assessment, actor=MENTOR).etag
    again = call("amend_assessment", {**asked, "answers": ANSWERS[:1]}, actor=MENTOR, if_match=etag)
    assert (again.status, again.body["code"]) == (409, "assessment_signed_off")


def test_answers_that_do_not_fit_the_form_are_each_pointed_to(family):
    family.opened_by(MENTOR)
    consent_id = family.consents(to="worker:mentor", categories=CONTENT)
    wrong = [
        {"question": "no.such.question", "text": "x"},
        {"question": "housing.rent", "choice": "free"},
        {"question": "housing.needs", "choice": "none"},
        {"question": "housing.rent", "choice": "paid"},
        {"question": "income.needs"},
    ]
    answer = family.assessed_by(MENTOR, consent_id=consent_id, answers=wrong)
    assert answer.status == 422
    assert [(each["pointer"], each["rule"]) for each in answer.body["errors"]] == [
        ("/answers/0/question", "choice"),
        ("/answers/1/choice", "choice"),
        ("/answers/2/choice", "no_choices"),
        ("/answers/3/question", "unique"),
        ("/answers/4/text", "required"),
    ]


@pytest.mark.parametrize("said", [{"form": "no_such_form"}, {"form_version": 99}])
def test_a_form_that_does_not_exist_is_pointed_to(family, said):
    family.opened_by(MENTOR)
    answer = family.assessed_by(MENTOR, consent_id=uuid4(), **said)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/form")


def test_only_a_member_of_the_case_is_assessed_in_it(family):
    family.opened_by(MENTOR)
    answer = family.assessed_by(MENTOR, consent_id=uuid4(), person_id=str(uuid4()))
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/person_id")


def test_a_restricted_person_s_assessment_is_not_there_for_its_author(assessed, call, receive, outbox):
    family, assessment, _ = assessed
    told = {"person_id": family.girl, "restriction_id": uuid4()}
    receive("consent.restriction.placed.v1", subject=family.girl, data=told)
    assert _read(call, assessment, actor=MENTOR).status == 404
    assert outbox.entries()[-1]["restricted"] is True
    receive("consent.restriction.lifted.v1", subject=family.girl, data=told)
    assert _read(call, assessment, actor=MENTOR).status == 200


def test_a_form_says_for_each_question_which_category_it_falls_under(call, family):
    form = good(call("read_form", {"form": "common_assessment"}, actor=MENTOR))
    categories = {each["category"] for section in form["sections"] for each in section["questions"]}
    assert (form["form_version"], categories) == (1, set(CONTENT))
    assert call("read_form", {"form": "common_assessment", "form_version": 7}, actor=MENTOR).status == 404


def test_every_category_that_a_form_asks_about_is_one_that_the_policies_know():
    asked = {
        category for each in published().values() for form in each.values() for category in form.categories
    }
    assert asked <= set(CONTENT_CATEGORIES)
    assert Answer.__protected__.category_column == "category"
