"""What a worker leads is told in full whenever it changes (CA-3, IN-6)."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.caseload.actions import tell_what_was_never_told
from cases.events import caseload_of
from services.cases.tests.family import MENTOR, SUPERVISOR, YOUTH_WORKER, Family, good

KEY = "cases.caseload.changed.v1"


@pytest.fixture
def another_family(call, receive, clock):
    return lambda: Family(call=call, receive=receive)


def led(told: Any) -> dict[str, list[str]]:
    return {each["program"]: each["case_ids"] for each in told.data["programs"]}


def test_opening_a_case_tells_the_caseload_of_the_one_who_leads_it(family, outbox):
    family.opened_by(MENTOR)
    (told,) = outbox(KEY)
    assert told.subject == str(caseload_of("mentor"))
    assert (told.data["worker"], told.data["organisation"]) == ("mentor", "school")
    assert (told.data["led_cases"], told.data["weight"]) == (1, 1.0)
    assert led(told) == {"youth_service": [family.id]}


def test_each_change_tells_the_whole_count_so_that_the_last_one_is_enough(another_family, outbox, clock):
    families = []
    for program in ("youth_service", "bus_pass", "youth_service"):
        families.append(another_family().opened_by(MENTOR, program=program))
        clock.advance(minutes=1)
    last = outbox(KEY)[-1]
    assert last.data["led_cases"] == 3
    assert led(last) == {
        "bus_pass": [families[1].id],
        "youth_service": [families[0].id, families[2].id],
    }
    assert [each.version for each in outbox(KEY)] == [1, 2, 3]


def test_passing_the_lead_on_tells_both_caseloads(family, call, outbox):
    family.opened_by(MENTOR)
    membership = family.joined_by(YOUTH_WORKER, brought_by=MENTOR)
    body = {"case_id": family.id, "membership_id": membership["id"], "asked_by": "team"}
    good(call("change_lead", body, actor=MENTOR, if_match=family.etag(MENTOR)))
    told = {each.data["worker"]: each.data["led_cases"] for each in outbox(KEY)[1:]}
    assert told == {"mentor": 0, "youth-worker": 1}


def test_whoever_passes_a_lead_on_need_not_see_the_other_cases_to_have_them_counted(
    another_family, call, outbox
):
    """The supervisor is on the team of one case; the worker who gets it leads two more."""
    for _ in range(2):
        another_family().opened_by(YOUTH_WORKER)
    family = another_family().opened_by(MENTOR)
    membership = family.joined_by(YOUTH_WORKER, brought_by=MENTOR)
    family.joined_by(SUPERVISOR, brought_by=MENTOR)
    body = {"case_id": family.id, "membership_id": membership["id"], "asked_by": "supervisor"}
    good(call("change_lead", body, actor=SUPERVISOR, if_match=family.etag(SUPERVISOR)))
    told = [each.data for each in outbox(KEY) if each.data["worker"] == "youth-worker"]
    assert told[-1]["led_cases"] == 3


def test_closing_a_case_takes_it_out_of_the_caseload(family, call, outbox):
    family.opened_by(MENTOR)
    good(call("close_case", {"case_id": family.id, "reason": "goals_met"}, actor=MENTOR))
    last = outbox(KEY)[-1]
    assert (last.data["led_cases"], last.data["programs"], last.data["organisation"]) == (0, [], "school")


def test_who_leaves_a_team_without_leading_changes_no_caseload(family, call, outbox):
    family.opened_by(MENTOR)
    membership = family.joined_by(YOUTH_WORKER, brought_by=MENTOR)
    body = {"case_id": family.id, "membership_id": membership["id"], "reason": "other"}
    good(call("end_team_membership", body, actor=MENTOR))
    assert len(outbox(KEY)) == 1


def test_two_cases_opened_at_the_same_moment_are_both_in_the_last_count(another_family, outbox):
    families = [another_family() for _ in range(6)]
    threads = [threading.Thread(target=family.opened_by, args=(MENTOR,)) for family in families]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = outbox(KEY)
    last = max(told, key=lambda each: each.version or 0)
    assert (len(told), last.data["led_cases"]) == (6, 6)


def test_cases_from_before_there_was_a_count_are_told_once(family, another_family, in_lane, outbox, database):
    family.opened_by(MENTOR)
    closed = another_family().opened_by(MENTOR)
    with database.superuser.connect() as sql:
        sql.execute(text("DELETE FROM led_cases WHERE id = :id"), {"id": family.id})
        sql.execute(
            text("UPDATE cases SET closed_at = opened_at, reason_for_closing = 'other' WHERE id = :id"),
            {"id": closed.id},
        )
        sql.execute(text("UPDATE lead_terms SET ended_at = began_at WHERE case_id = :id"), {"id": closed.id})
    before = len(outbox(KEY))
    with in_lane() as work:
        assert tell_what_was_never_told(work) == 1
    (told,) = outbox(KEY)[before:]
    assert led(told) == {"youth_service": [family.id]}
    with in_lane() as work:
        assert tell_what_was_never_told(work) == 0


def test_the_subject_of_a_worker_s_caseload_never_changes():
    """Whoever follows keeps the order of a worker's counts by it, over every release."""
    assert caseload_of("mentor") == UUID("55d4327f-b27f-5cb9-b11b-72ec5e65139b")
    assert caseload_of("mentor") != caseload_of("mentor2")
