"""An assessment that exists supports a referral while the person consents: nobody tells it all again (IN-12)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest

from chassis import moment
from services.intake.tests.front_desk import DESK, OTHER_TEAM, SAME_TEAM, TEAM_LEAD, good, refused
from services.intake.tests.screening_desk import begin, decide, decisions, draft, found, ready, save

ANSWERS = {"home_in_province": "true", "monthly_income": "900", "assets": "0", "children": "0"}


@dataclass
class Assessed:
    """A girl whom the mentor has assessed, and who is referred to income assistance."""

    desk: object
    girl: dict
    referral: dict
    assessment_id: str

    def consents(self, *, to="worker:desk", categories=("income",), purposes=("intake",), **said):
        consent_id = uuid4()
        self.desk.consent(
            self.girl,
            to=to,
            consent_id=consent_id,
            categories=list(categories),
            purposes=list(purposes),
            **said,
        )
        return consent_id

    def withdraws(self, consent_id):
        data = {"consent_id": consent_id, "person_id": self.girl["id"], "at": moment.now().isoformat()}
        self.desk.receive("consent.consent.withdrawn.v1", subject=consent_id, data=data)

    def support(self, *, by=DESK):
        return good(self.desk.call("list_assessments", {"referral_id": self.referral["id"]}, actor=by))

    def attach(self, assessment_id=None, *, by=DESK):
        body = {"referral_id": self.referral["id"], "assessment_id": assessment_id or self.assessment_id}
        return self.desk.call("attach_assessment", body, actor=by)

    def detach(self, *, by=DESK):
        body = {"referral_id": self.referral["id"], "assessment_id": self.assessment_id}
        return self.desk.call("detach_assessment", body, actor=by)


def tell(desk, girl, **told):
    assessment_id = str(uuid4())
    data = {
        "assessment_id": assessment_id,
        "case_id": uuid4(),
        "person_id": girl["id"],
        "form": "common_assessment",
        "form_version": 1,
        "author": "mentor",
        "organisation": "school",
        "answered": ["housing.strengths", "income.source"],
        **told,
    }
    desk.receive("cases.assessment.recorded.v1", subject=data["case_id"], data=data)
    return assessment_id


@pytest.fixture
def assessed(desk, consent_is_current):
    consent_is_current()
    desk.agency("school", name="The school")
    desk.practitioner("mentor", "school")
    girl = desk.girl()
    referral = ready(desk, "income_assistance", person_id=girl["id"])
    return Assessed(desk, girl, referral, tell(desk, girl))


def test_nobody_learns_of_it_or_attaches_it_without_the_person_s_consent(assessed):
    assert assessed.support() == {"referral_id": assessed.referral["id"], "attached": [], "available": []}
    assert refused(assessed.attach()) == "consent_missing"


def test_consent_shows_which_questions_it_may_tell_and_whom_to_ask(assessed):
    assessed.consents(categories=["income"])
    (shown,) = assessed.support()["available"]
    assert (shown["assessment_id"], shown["form"], shown["form_version"]) == (
        assessed.assessment_id,
        "common_assessment",
        1,
    )
    assert (shown["practitioner"]["phone"], shown["agency"]["phone"]) == ("250 555 0101", "250 555 0100")
    informs = {
        each["question"]: (each["fact"], each["category"], each["answered"]) for each in shown["informs"]
    }
    assert informs == {
        "income.source": ("monthly_income", "income", True),
        "income.needs": ("monthly_income", "income", None),
    }, "housing is not consented to, and what was not answered then may have been since"


def test_attached_it_stands_on_the_sheet_and_the_decision_names_it(assessed):
    assessed.consents(categories=["income", "housing"])
    attached = good(assessed.attach())
    assert [each["assessment_id"] for each in attached["attached"]] == [assessed.assessment_id]
    assert attached["available"] == []
    good(begin(assessed.desk, assessed.referral))
    answers = [
        {"fact": "monthly_income", "value": "900", "informed_by": assessed.assessment_id},
        {"fact": "home_in_province", "value": "true", "informed_by": assessed.assessment_id},
    ]
    after = good(save(assessed.desk, assessed.referral, {"assets": "0", "children": "0"}))
    assert [each["assessment_id"] for each in after["assessments"]] == [assessed.assessment_id]
    body = {"referral_id": assessed.referral["id"], "answers": answers}
    good(assessed.desk.call("save_screening_draft", body, actor=DESK, if_match="*"))
    finding = {
        "criterion": "lives_in_province",
        "finding": "met",
        "reason": "So it says.",
        "informed_by": assessed.assessment_id,
    }
    decision = good(decide(assessed.desk, assessed.referral, from_draft=True, findings=[finding]))
    assert decision["outcome"] == "eligible"
    assert found(decision, "lives_in_province")["informed_by"] == assessed.assessment_id
    by_fact = {each["fact"]: each["informed_by"] for each in decision["answers"]}
    assert by_fact["monthly_income"] == assessed.assessment_id and by_fact["assets"] is None


def test_withdrawal_conceals_it_everywhere_at_once(assessed):
    desk = assessed.desk
    consent_id = assessed.consents(categories=["income"])
    good(assessed.attach())
    good(begin(desk, assessed.referral))
    answers = [{"fact": "monthly_income", "value": "900", "informed_by": assessed.assessment_id}]
    good(decide(desk, assessed.referral, answers=answers))
    assert decisions(desk, assessed.referral)[0]["answers"][0]["informed_by"] == assessed.assessment_id

    assessed.withdraws(consent_id)
    assert assessed.support()["attached"] == []
    assert good(draft(desk, assessed.referral))["assessments"] == []
    assert decisions(desk, assessed.referral)[0]["answers"][0]["informed_by"] is None
    late = decide(desk, assessed.referral, answers=answers)
    assert late.body["errors"][0]["pointer"] == "/answers/0/informed_by"
    assert refused(assessed.attach()) == "consent_missing"
    assert assessed.detach().status == 404

    assessed.consents(categories=["income"])
    assert len(assessed.support()["attached"]) == 1, "it was never detached"


def test_refusal_of_a_category_conceals_what_stands_under_it(assessed):
    assessed.consents(categories=["income", "housing"])
    good(assessed.attach())
    data = {
        "consent_id": uuid4(),
        "person_id": assessed.girl["id"],
        "recipient": "worker:desk",
        "categories": ["income"],
        "purposes": ["intake"],
        "valid_from": moment.now().isoformat(),
        "valid_until": None,
    }
    assessed.desk.receive("consent.consent.refused.v1", subject=data["consent_id"], data=data)
    (shown,) = assessed.support()["attached"]
    assert {each["category"] for each in shown["informs"]} == {"housing"}


def test_a_colleague_on_the_same_referral_who_was_not_consented_to_sees_nothing_of_it(assessed):
    assessed.consents(categories=["income"])
    good(assessed.attach())
    for colleague in (SAME_TEAM, TEAM_LEAD):
        assert assessed.support(by=colleague)["attached"] == []
    assessed.consents(to="organisation:intake-office", categories=["income"], purposes=["intake"])
    assert len(assessed.support(by=SAME_TEAM)["attached"]) == 1
    strange = {"referral_id": assessed.referral["id"]}
    assert refused(assessed.desk.call("list_assessments", strange, actor=OTHER_TEAM)) == "access_denied"


@pytest.mark.parametrize(
    "said",
    [
        {"purposes": ["care"]},
        {"categories": ["consent"]},
        {"valid_until": "2026-03-04T00:00:00+00:00"},
        {"to": "worker:somebody-else"},
    ],
)
def test_a_consent_to_something_else_opens_nothing(assessed, said):
    assessed.consents(**said)
    assert assessed.support()["available"] == []


def test_while_the_state_of_consents_is_unknown_nothing_is_shown_and_the_reason_is_told(
    assessed, clock, consent_is_current
):
    desk, referral = assessed.desk, assessed.referral
    assessed.consents()
    good(assessed.attach())
    good(begin(desk, referral))
    asked = {"referral_id": referral["id"]}
    informed = [{"fact": "monthly_income", "value": "900", "informed_by": assessed.assessment_id}]
    clock.advance(seconds=11)
    for answer in (
        desk.call("list_assessments", asked, actor=DESK),
        assessed.attach(),
        assessed.detach(),
        decide(desk, referral, answers=informed),
    ):
        assert (answer.status, answer.body["code"]) == (403, "consent_not_current")
    told = [{"fact": "monthly_income", "value": "900"}]
    save = {"referral_id": referral["id"], "answers": told}
    good(desk.call("save_screening_draft", save, actor=DESK, if_match="*"))

    consent_is_current()
    assert [each["assessment_id"] for each in assessed.support()["attached"]] == [assessed.assessment_id]
    good(decide(desk, referral, answers=informed))


def test_who_was_not_consented_to_is_told_the_same_whether_consent_is_heard_or_not(assessed, clock):
    clock.advance(seconds=11)
    assert assessed.support() == {"referral_id": assessed.referral["id"], "attached": [], "available": []}
    assert refused(assessed.attach()) == "consent_missing"


def test_an_assessment_of_somebody_else_or_of_nobody_is_not_attached(assessed):
    assessed.consents()
    other = tell(assessed.desk, assessed.desk.person())
    for assessment_id in (other, str(uuid4())):
        assert assessed.attach(assessment_id).status == 404


def test_it_is_attached_once_and_detached_with_the_trace_kept(assessed, database):
    assessed.consents()
    good(assessed.attach())
    assert refused(assessed.attach()) == "conflict"
    after = good(assessed.detach())
    assert (after["attached"], len(after["available"])) == ([], 1)
    assert assessed.detach().status == 404
    good(assessed.attach())
    with database.owner.connect() as connection:
        rows = connection.exec_driver_sql("SELECT detached_by FROM attachments ORDER BY id").scalars().all()
    assert rows == ["desk", None]


def test_an_assessment_is_no_source_for_what_it_does_not_tell(assessed):
    assessed.consents(categories=["income"])
    good(assessed.attach())
    for fact, value in (("assets", "0"), ("home_in_province", "true")):
        answers = [{"fact": fact, "value": value, "informed_by": assessed.assessment_id}]
        answer = decide(assessed.desk, assessed.referral, answers=answers)
        assert answer.body["errors"][0]["pointer"] == "/answers/0/informed_by"


def test_one_that_is_not_attached_is_no_source(assessed):
    assessed.consents(categories=["income"])
    answers = [{"fact": "monthly_income", "value": "1", "informed_by": assessed.assessment_id}]
    assert decide(assessed.desk, assessed.referral, answers=answers).status == 422


def test_an_older_sender_that_does_not_tell_which_questions_were_answered_is_understood(assessed):
    assessed.consents()
    data = {
        "assessment_id": str(uuid4()),
        "case_id": uuid4(),
        "person_id": assessed.girl["id"],
        "form": "common_assessment",
        "form_version": 1,
        "author": "mentor",
        "organisation": "school",
    }
    assessed.desk.receive("cases.assessment.recorded.v1", subject=data["case_id"], data=data)
    shown = {each["assessment_id"]: each for each in assessed.support()["available"]}
    assert {each["answered"] for each in shown[data["assessment_id"]]["informs"]} == {None}


def test_a_restricted_girl_s_assessment_is_shown_to_nobody_by_a_normal_consent(assessed):
    assessed.consents()
    good(assessed.attach())
    assessed.desk.restrict(assessed.girl)
    answer = assessed.desk.call("list_assessments", {"referral_id": assessed.referral["id"]}, actor=DESK)
    assert answer.status == 404 or (good(answer)["attached"], good(answer)["available"]) == ([], [])


def test_the_referral_that_ended_takes_no_more_support(assessed):
    assessed.consents()
    good(decide(assessed.desk, assessed.referral, answers=ANSWERS))
    good(assessed.desk.served(assessed.referral))
    assert refused(assessed.attach()) == "referral_closed"
