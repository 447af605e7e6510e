"""The trail of decisions and actions of a case and of a person, for those entitled and nobody else (AU-3)."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit.trails.words import title_of
from services.audit.tests.builders import CASE, GIRL, SISTER, an_access

pytestmark = pytest.mark.postgres

OTHER_CASE = UUID("01931f0e-7c1a-7000-8000-0000000000cb")


class Events:
    """What cases tells of one case, kept so that it can be told in any order."""

    def __init__(self, receive: Any) -> None:
        self.receive = receive

    def opened(self, *persons: UUID) -> None:
        told = {"person_ids": list(persons), "program": "child_protection", "organisation": "school"}
        self._tell("case.opened", told)

    def closed(self) -> None:
        self._tell("case.closed", {"person_ids": [GIRL], "reason": "goals_met"})

    def joined(self, worker: str, membership: UUID, standing: str | None = "staff") -> None:
        told = {"membership_id": membership, "person_ids": [GIRL], "worker": worker, "organisation": "school"}
        told |= {"role": "mentor", "added_by": worker}
        self._tell("team_member.joined", {**told, **({"standing": standing} if standing else {})})

    def left(self, worker: str, membership: UUID) -> None:
        told = {"membership_id": membership, "person_ids": [GIRL], "worker": worker, "reason": "moved_on"}
        self._tell("team_member.left", told)

    def kept_out(self, worker: str, membership: UUID) -> None:
        self._tell("team_member.kept_out", {"membership_id": membership, "worker": worker})

    def leads(self, worker: str, previous: str | None = None) -> None:
        told = {"person_ids": [GIRL], "worker": worker, "organisation": "school", "previous": previous}
        self._tell("case.lead_changed", told)

    def _tell(self, what: str, data: dict[str, Any]) -> None:
        self.receive(f"cases.{what}.v1", subject=CASE, data={"case_id": CASE, **data})


@pytest.fixture
def cases(receive: Any, clock: Any) -> Events:
    return Events(receive)


@pytest.fixture
def trail(call: Any, an_actor: Any) -> Any:
    """`trail("mentor")` is the answer to a practitioner who asks for the trail of the case."""

    def asked(by: str, *, role: str = "practitioner", person: UUID | None = None, **more: Any) -> Any:
        organisation = None if role == "client" else "school"
        actor = an_actor(subject=by, roles=[role], organisation=organisation)
        if person is not None:
            return call("person_trail", {"person_id": str(person), **more}, actor=actor)
        return call("case_trail", {"case_id": str(CASE), **more}, actor=actor)

    return asked


def a_step(door: str = "close_case", **more: Any) -> dict[str, Any]:
    return an_access(**{"door": door, "action": "write", "case": CASE, **more})


def doors(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["door"] for each in answer.body["items"]]


def test_the_team_reads_what_was_decided_in_words_with_its_place_in_the_log(
    told: Any, sealed: Any, trail: Any, cases: Events
) -> None:
    cases.opened(GIRL)
    cases.joined("mentor", uuid4())
    told(a_step("draw_up_plan", by="lead"), an_access(case=CASE), a_step("change_lead", by="lead"))
    sealed()

    answer = trail("mentor")
    assert doors(answer) == ["change_lead", "draw_up_plan"]
    step = answer.body["items"][1]
    assert step["title"] == title_of(service="cases", door="draw_up_plan") != "Draw up plan"
    assert (step["worker"], step["organisation"], step["purpose"]) == ("lead", "school", "care")
    assert (step["position"], step["sealed"], step["basis"]) == (0, True, ["team"])
    assert step["proof"] == "/api/v1/audit/proofs/inclusion?position=0"
    assert doors(trail("mentor", which="accesses")) == ["change_lead", "read_assessment", "draw_up_plan"]


def test_a_reply_told_again_is_no_decision_and_is_told_in_words_of_its_own(
    told: Any, trail: Any, cases: Events
) -> None:
    cases.opened(GIRL)
    cases.joined("mentor", uuid4())
    told(a_step("change_lead", by="lead"), a_step("change_lead", by="lead", action="read", told_again=True))

    assert doors(trail("mentor")) == ["change_lead"]
    again, done = trail("mentor", which="accesses").body["items"]
    assert (again["action"], again["title"]) == ("read", f"{done['title']}: the earlier reply, shown again")


@pytest.mark.parametrize("linked_record", [False, True])
def test_staff_who_belong_to_the_family_are_told_of_their_own_side_alone(
    told: Any, trail: Any, cases: Events, receive: Any, linked: Any, linked_record: bool
) -> None:
    father, again, mother = uuid4(), uuid4(), uuid4()
    cases.opened(GIRL, father, mother)
    for worker in ("mentor", "tutor", "shelter-worker"):
        cases.joined(worker, uuid4())
    own = again if linked_record else father
    data = {"person_id": own, "account": "tutor", "relation": "self"}
    receive("intake.person.account_linked.v1", subject=own, data=data)
    if linked_record:
        linked(1, {father, again})
    told(
        a_step("draw_up_plan", to=(GIRL, father, mother)),
        a_step("add_goal", by="shelter-worker", to=(mother,)),
        a_step("record_contact", by="tutor", to=(father,)),
    )
    assert doors(trail("mentor")) == ["record_contact", "add_goal", "draw_up_plan"]
    assert doors(trail("tutor")) == ["record_contact", "draw_up_plan"]


def test_nobody_else_reads_it_whether_there_is_such_a_case_or_not(
    told: Any, trail: Any, cases: Events, call: Any, an_actor: Any
) -> None:
    cases.opened(GIRL)
    cases.joined("mentor", uuid4())
    told(a_step())
    stranger = an_actor(subject="stranger", roles=["practitioner"], organisation="school")
    real, unknown = (call("case_trail", {"case_id": str(case)}, actor=stranger) for case in (CASE, uuid4()))
    assert real.status == unknown.status == 403
    assert real.body["code"] == unknown.body["code"]
    assert trail("stranger", role="client").status == 403


@pytest.mark.parametrize("standing", ["provider", "relative", "advocate", "client", None])
def test_only_staff_of_the_team_read_it(told: Any, trail: Any, cases: Events, standing: str | None) -> None:
    cases.joined("aunt", uuid4(), standing)
    assert trail("aunt").status == 403


def test_a_membership_that_ended_opens_nothing_in_whatever_order_it_was_told(
    trail: Any, receive: Any, clock: Any
) -> None:
    membership = uuid4()
    steps = ("joined", "left", "joined")
    for order in set(permutations(steps)):
        cases = Events(receive)
        for step in order:
            getattr(cases, step)("mentor", membership)
        assert trail("mentor").status == 403, order
    Events(receive).joined("mentor", uuid4())
    assert trail("mentor").status == 200


def test_a_lead_is_entitled_before_the_membership_is_told_and_no_more_after_being_kept_out(
    trail: Any, cases: Events
) -> None:
    membership = uuid4()
    cases.leads("lead")
    assert trail("lead").status == 200
    cases.joined("lead", membership)
    assert trail("lead").status == 200
    cases.kept_out("lead", membership)
    assert trail("lead").status == 403
    cases.closed()
    assert trail("lead").status == 403


def test_after_closing_the_last_lead_reads_on_for_a_year_and_the_team_does_not(
    trail: Any, cases: Events, clock: Any
) -> None:
    lead, mentor = uuid4(), uuid4()
    cases.opened(GIRL)
    cases.joined("lead", lead)
    cases.joined("mentor", mentor)
    cases.leads("lead")
    clock.advance(days=1)
    cases.left("lead", lead)
    cases.left("mentor", mentor)
    cases.closed()
    assert (trail("lead").status, trail("mentor").status) == (200, 403)
    clock.advance(days=364)
    assert trail("lead").status == 200
    clock.advance(days=2)
    assert trail("lead").status == 403


def test_a_closing_that_is_told_again_after_the_case_opened_anew_closes_nothing(
    trail: Any, cases: Events, receive: Any, clock: Any
) -> None:
    cases.closed()
    clock.advance(hours=1)
    cases.opened(GIRL)
    clock.advance(hours=1)
    cases.joined("mentor", uuid4())
    clock.advance(hours=-2)
    cases.closed()
    clock.advance(hours=3)
    assert trail("mentor").status == 200


def test_the_team_is_told_nothing_of_others_who_reached_for_the_case(
    told: Any, trail: Any, cases: Events
) -> None:
    cases.opened(GIRL)
    cases.joined("mentor", uuid4())
    consent = [{"grant": str(uuid4()), "basis": "consent"}]
    emergency = [{"grant": str(uuid4()), "basis": "emergency"}]
    told(
        an_access(by="clinic-nurse", organisation="sexual-health", basis=consent, case=CASE),
        an_access(by="night-nurse", basis=emergency, purpose="emergency", case=CASE),
        an_access(by="stranger", refused="access_denied", case=CASE),
        an_access(by="mentor", refused="access_denied", case=CASE),
        an_access(by="lead", restricted=True, case=CASE),
        a_step("place_hold", service="audit", by="privacy", role="privacy_officer", purpose="oversight"),
        an_access(by="mentor", case=OTHER_CASE),
        a_step("sign_off_assessment", by="boss", basis=[{"grant": str(uuid4()), "basis": "supervision"}]),
        an_access(by="mentor", case=CASE),
    )
    answer = trail("mentor", which="accesses")
    assert [each["worker"] for each in answer.body["items"]] == ["mentor", "boss"]
    assert "clinic" not in answer.reply.body.decode()
    everything = trail("privacy", role="privacy_officer", which="accesses")
    assert len(everything.body["items"]) == 8


def test_an_entry_about_several_cases_names_none_of_them_and_nobody(
    told: Any, trail: Any, cases: Events
) -> None:
    cases.opened(GIRL)
    cases.joined("mentor", uuid4())
    both = [{"kind": "case", "id": str(CASE)}, {"kind": "case", "id": str(OTHER_CASE)}]
    told(an_access(door="list_cases", action="search", to=(GIRL, SISTER), records=both))
    answer = trail("mentor", which="accesses")
    assert doors(answer) == ["list_cases"]
    (step,) = answer.body["items"]
    assert (step["records"], step["categories"]) == ([], [])
    assert not any(str(each) in answer.reply.body.decode() for each in (OTHER_CASE, SISTER, GIRL))


def test_what_concerns_a_restricted_person_alone_is_not_told_to_the_team(
    told: Any, trail: Any, cases: Events, receive: Any, clock: Any
) -> None:
    cases.opened(GIRL, SISTER)
    cases.joined("mentor", uuid4())
    told(
        a_step("record_contact", to=(SISTER,)),
        a_step("record_contact", to=(GIRL,)),
        a_step("add_member", to=(GIRL, SISTER)),
        a_step("change_lead", to=(GIRL, SISTER)),
    )
    assert len(trail("mentor").body["items"]) == 4
    restriction = {"person_id": SISTER, "restriction_id": uuid4()}
    receive("consent.restriction.placed.v1", subject=SISTER, data=restriction)
    assert doors(trail("mentor")) == ["change_lead", "record_contact"]
    assert len(trail("privacy", role="privacy_officer").body["items"]) == 4
    clock.advance(minutes=1)
    receive("consent.restriction.lifted.v1", subject=SISTER, data=restriction)
    assert len(trail("mentor").body["items"]) == 4


@pytest.fixture
def signs_in(receive: Any, clock: Any) -> Any:
    def linked(account: str, person: UUID, relation: str = "self") -> None:
        data = {"person_id": person, "account": account, "relation": relation}
        receive("intake.person.account_linked.v1", subject=person, data=data)

    return linked


def test_a_person_reads_what_was_decided_about_her_and_no_word_about_anybody_else(
    told: Any, trail: Any, signs_in: Any
) -> None:
    signs_in("girl", GIRL)
    told(
        a_step("record_consent", service="consent", case=None),
        a_step("change_lead", to=(GIRL, SISTER)),
        a_step("record_contact", to=(SISTER,)),
        an_access(),
    )
    answer = trail("girl", role="client", person=GIRL)
    assert doors(answer) == ["change_lead", "record_consent"]
    assert answer.body["person_ids"] == [str(GIRL)]
    assert str(SISTER) not in answer.reply.body.decode()
    assert answer.body["items"][0]["records"] == []
    assert trail("girl", role="client", person=SISTER).status == 403
    assert trail("mother", role="client", person=GIRL).status == 403


def test_a_person_reads_of_her_case_what_concerns_herself(
    told: Any, trail: Any, signs_in: Any, cases: Events
) -> None:
    signs_in("girl", GIRL)
    cases.opened(GIRL, SISTER)
    told(a_step("record_contact", to=(SISTER,)), a_step("change_lead", to=(GIRL, SISTER)))
    assert doors(trail("girl", role="client")) == ["change_lead"]


def test_those_who_oversee_read_every_trail(told: Any, trail: Any) -> None:
    told(a_step())
    for role in ("privacy_officer", "auditor"):
        assert doors(trail("overseer", role=role)) == ["close_case"]
        assert doors(trail("overseer", role=role, person=GIRL)) == ["close_case"]


def test_reading_a_trail_is_one_entry_that_names_the_family_when_the_team_reads(
    told: Any, trail: Any, cases: Events, outbox: Any
) -> None:
    cases.opened(GIRL, SISTER)
    cases.joined("mentor", uuid4())
    trail("mentor")
    trail("privacy", role="privacy_officer")
    trail("stranger")
    team, officer, refused = outbox.entries()
    assert (team["outcome"], set(team["persons"])) == ("permitted", {str(GIRL), str(SISTER)})
    assert [each["basis"] for each in team["basis"]] == ["team"]
    assert team["records"] == officer["records"] == refused["records"] == [{"kind": "case", "id": str(CASE)}]
    assert (officer["persons"], refused["outcome"]) == ([], "denied")


def test_a_trail_comes_in_pages_within_a_time_and_of_one_service(
    told: Any, trail: Any, cases: Events, clock: Any
) -> None:
    cases.joined("mentor", uuid4())
    told(*(a_step(at=clock.now + timedelta(hours=hour)) for hour in range(4)))
    told(a_step("issue_authorisation", service="portal", by="mentor"))
    first = trail("mentor", limit=2).body
    second = trail("mentor", limit=2, cursor=first["next_cursor"]).body
    assert [each["position"] for each in first["items"] + second["items"]] == [4, 3, 2, 1]
    assert doors(trail("mentor", service="portal")) == ["issue_authorisation"]
    since, until = (clock.now + timedelta(hours=hour) for hour in (1, 3))
    within = trail("mentor", since=since.isoformat(), until=until.isoformat())
    assert [each["position"] for each in within.body["items"]] == [2, 1]
