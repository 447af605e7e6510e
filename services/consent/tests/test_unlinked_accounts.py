"""A sign-in that never was the person's decides nothing, and what was given at it is closed (CO-1, CO-8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from chassis.testing import make_actor
from services.consent.tests.decisions import GIRL, MENTOR, PRIVACY_OFFICER


def ended_by(consent):
    return [(step["state"], step["by"], step["reason"]) for step in consent["history"]]


def test_it_reads_records_and_withdraws_nothing_any_more(decisions):
    link = decisions.signs_in()
    hers = decisions.decides()
    decisions.unlinked(link)
    for door, body in {
        "read_consent": {"id": hers["id"]},
        "withdraw_consent": {"id": hers["id"]},
        "record_consent": decisions.asked(),
        "declare_withdrawal": {"person_id": decisions.girl, "form": "verbal"},
    }.items():
        answer = decisions.call(door, body, actor=GIRL)
        assert (answer.status, answer.body["code"]) == (403, "access_denied"), door
    assert decisions.call("list_consents", {"person_id": decisions.girl}, actor=GIRL).body["items"] == []


def test_what_it_gave_is_closed_with_its_own_reason_and_what_others_recorded_goes_on(decisions, outbox):
    link = decisions.signs_in()
    at_the_desk = decisions.decides(to="organisation:housing")
    given = decisions.decides(actor=GIRL)
    decisions.unlinked(link)
    closed = decisions.read(given, actor=PRIVACY_OFFICER)
    assert (closed["state"], closed["live_categories"]) == ("withdrawn", [])
    assert ended_by(closed) == [("given", "girl", None), ("withdrawn", "system", "account_unlinked")]
    assert [each.data["consent_id"] for each in outbox("consent.consent.withdrawn.v1")] == [given["id"]]
    assert decisions.read(at_the_desk)["state"] == "given"


def test_what_it_refused_and_took_back_stays_and_all_of_it_is_found_by_the_sign_in(decisions):
    link = decisions.signs_in()
    taken_back = decisions.decides(to="organisation:housing")
    assert decisions.call("withdraw_consent", {"id": taken_back["id"]}, actor=GIRL).status == 200
    refused = decisions.decides(actor=GIRL, to="organisation:school", decision="refused")
    given = decisions.decides(actor=GIRL)
    decisions.unlinked(link)
    found = decisions.call(
        "list_consents", {"person_id": decisions.girl, "recorded_by": "girl"}, actor=PRIVACY_OFFICER
    ).body["items"]
    assert {each["id"]: each["state"] for each in found} == {
        given["id"]: "withdrawn",
        refused["id"]: "refused",
    }
    assert decisions.read(taken_back)["history"][-1]["by"] == "girl"


def test_a_sign_in_that_was_hers_and_changed_takes_no_consent_with_it(decisions):
    link = decisions.signs_in()
    given = decisions.decides(actor=GIRL)
    decisions.unlinked(link, because="changed")
    assert decisions.read(given, actor=PRIVACY_OFFICER)["state"] == "given"
    assert decisions.call("read_consent", {"id": given["id"]}, actor=GIRL).status == 403


def test_what_a_worker_recorded_before_their_sign_in_was_taken_for_hers_stands(decisions, clock):
    at_work = decisions.decides(actor=MENTOR)
    clock.advance(minutes=1)
    link = decisions.signs_in(account="mentor")
    decisions.unlinked(link)
    assert decisions.read(at_work)["state"] == "given"


def test_a_link_that_is_told_of_twice_and_late_closes_nothing_that_was_given_since(decisions, clock):
    link = decisions.signs_in()
    before = decisions.decides(actor=GIRL)
    clock.advance(minutes=1)
    decisions.signs_in()
    clock.advance(minutes=1)
    since = decisions.decides(actor=GIRL, to="organisation:housing")
    for _ in range(2):
        decisions.unlinked(link)
    assert decisions.read(before, actor=GIRL)["state"] == "withdrawn"
    assert decisions.read(since, actor=GIRL)["state"] == "given"


def test_a_consent_that_is_being_given_while_the_link_ends_is_closed_or_never_given(decisions, database):
    for number in range(5):
        girl = make_actor(subject=f"girl-{number}", roles=["client"], organisation=None)
        link = decisions.signs_in(account=girl.subject)
        body = decisions.asked(to=f"organisation:youth-service-{number}")
        with ThreadPoolExecutor(max_workers=2) as workers:
            given = workers.submit(decisions.call, "record_consent", body, actor=girl)
            workers.submit(decisions.unlinked, link).result()
            assert given.result().status in (200, 403)
        with database.owner.connect() as connection:
            open_ones = connection.execute(
                text("SELECT count(*) FROM consents WHERE state = 'given'")
            ).scalar()
        assert open_ones == 0
