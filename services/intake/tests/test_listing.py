"""Every child is listed until the 18th birthday, and adults who consented, until they do no more (IN-9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis import moment
from intake.directory.forgetting import forget_long_ended
from intake.directory.listing import keep_listings
from intake.directory.model import Listing
from intake.people.birth import Born
from services.intake.tests.front_desk import DESK, GIRL, MENTOR, YOUTH_WORKER, good, refused


@pytest.fixture(autouse=True)
def agency(desk):
    desk.agency("youth-service")


def born(day: str) -> dict[str, int]:
    year, month, of_month = (int(part) for part in day.split("-"))
    return {"year": year, "month": month, "day": of_month}


def consents(desk, person, *, to="worker:mentor", **said):
    consent_id = uuid4()
    data = {
        "consent_id": str(consent_id),
        "person_id": person["id"],
        "recipient": to,
        "categories": ["directory"],
        "purposes": ["care", "coordination"],
        "valid_from": moment.now().isoformat(),
        "valid_until": None,
        **said,
    }
    desk.receive("consent.consent.given.v1", subject=consent_id, data=data)
    return data


def kept(in_lane):
    with in_lane() as work:
        return keep_listings(work)


def closed_on(in_lane, person):
    with in_lane() as work:
        return work.session.get(Listing, person["id"]).closed_on


def reads(desk, person, *, by=MENTOR):
    return desk.call("read_directory", {"person_id": person["id"]}, actor=by)


def test_a_child_is_found_until_the_day_before_the_eighteenth_birthday(desk, clock):
    desk.person(given="Hana", family="Ito", born=born("2008-03-05"))
    assert len(desk.look_up("Hana Ito", "2008-03-05")) == 1
    clock.advance(days=1)
    assert desk.look_up("Hana Ito", "2008-03-05") == []


def test_at_eighteen_the_listing_closes_also_to_who_knows_the_identifier(desk, clock):
    person = desk.person(born=born("2008-03-05"))
    good(reads(desk, person))
    clock.advance(days=1)
    assert refused(reads(desk, person)) == "access_denied"


def test_who_consents_stays_listed_for_whom_they_chose_until_the_consent_ends(
    desk, clock, consent_is_current
):
    person = desk.person(given="Hana", family="Ito", born=born("2008-03-05"))
    consent = consents(desk, person)
    clock.advance(days=30)
    consent_is_current()
    assert len(desk.look_up("Hana Ito", "2008-03-05")) == 1
    assert desk.look_up("Hana Ito", "2008-03-05", by=YOUTH_WORKER) == []
    ended = {"consent_id": consent["consent_id"], "person_id": person["id"], "at": moment.now().isoformat()}
    desk.receive("consent.consent.withdrawn.v1", subject=consent["consent_id"], data=ended)
    assert desk.look_up("Hana Ito", "2008-03-05") == []


def test_consent_to_something_else_lists_nobody(desk, consent_is_current):
    person = desk.person(born=born("1990-01-01"))
    consents(desk, person, categories=["family", "identity"])
    consent_is_current()
    assert refused(reads(desk, person)) == "access_denied"


def test_a_consent_that_may_be_out_of_date_lists_no_adult(desk, clock, consent_is_current):
    person = desk.person(born=born("1990-01-01"))
    consents(desk, person)
    consent_is_current()
    good(reads(desk, person))
    clock.advance(seconds=11)
    assert refused(reads(desk, person)) == "consent_not_current"
    assert refused(reads(desk, person, by=YOUTH_WORKER)) == "access_denied"
    consent_is_current()
    good(reads(desk, person))


def test_an_adult_reads_their_own_entry_and_the_desk_that_recorded_them_does(desk):
    person = desk.person(born=born("1990-01-01"))
    good(
        desk.call(
            "link_account", {"person_id": person["id"], "account": "girl", "relation": "self"}, actor=DESK
        )
    )
    good(reads(desk, person, by=GIRL))
    good(reads(desk, person, by=DESK))


def test_nothing_is_told_of_an_adult_while_nobody_knows_whether_the_consent_stands(
    desk, clock, consent_is_current
):
    person = desk.person(born=born("1990-01-01"))
    consents(desk, person)
    consent_is_current()
    good(desk.involve(person))
    clock.advance(seconds=11)
    assert refused(desk.involve(person)) == "consent_not_current"


def test_nothing_is_told_of_an_adult_who_did_not_consent(desk, consent_is_current):
    person = desk.person(born=born("1990-01-01"))
    assert refused(desk.involve(person)) == "not_listed"
    consents(desk, person)
    consent_is_current()
    good(desk.involve(person))


def test_the_clock_notes_when_a_listing_closes_and_when_it_opens_again(desk, clock, in_lane):
    person = desk.person(born=born("2008-03-05"))
    assert (kept(in_lane), closed_on(in_lane, person)) == (0, None)
    clock.advance(days=1)
    assert (kept(in_lane), kept(in_lane)) == (1, 0)
    assert closed_on(in_lane, person) == date(2026, 3, 5)
    consents(desk, person)
    assert (kept(in_lane), closed_on(in_lane, person)) == (1, None)


def test_what_outside_systems_told_goes_a_year_after_the_listing_closed(desk, clock, in_lane):
    person = desk.person(born=born("2008-03-05"))
    good(desk.involve(person))
    clock.advance(days=1)
    kept(in_lane)
    for day, gone in ((datetime(2027, 3, 4, 20, tzinfo=UTC), 0), (datetime(2027, 3, 5, 20, tzinfo=UTC), 1)):
        clock.move_to(day)
        with in_lane() as work:
            assert forget_long_ended(work) == gone


def test_a_birth_that_turns_out_later_opens_the_listing_again(desk, in_lane):
    person = desk.person(born=born("1990-01-01"))
    kept(in_lane)
    body = {"person_id": person["id"], "born": born("2010-01-01")}
    good(desk.call("amend_person", body, actor=DESK, if_match='"1"'))
    assert closed_on(in_lane, person) is None
    good(reads(desk, person))


@pytest.mark.parametrize(
    ("known", "last_day"),
    [
        ({"year": 2008}, date(2026, 12, 30)),
        ({"year": 2008, "month": 3}, date(2026, 3, 30)),
        ({"year": 2008, "month": 2, "day": 29}, date(2026, 2, 28)),
        ({"year": 2006, "month": 3, "day": 5, "approximate": True}, date(2026, 3, 4)),
    ],
)
def test_as_long_as_somebody_may_be_a_child_they_are_listed_as_one(desk, clock, known, last_day):
    person = desk.person(born=known)
    clock.move_to(datetime(last_day.year, last_day.month, last_day.day, 20, tzinfo=UTC))
    good(reads(desk, person))
    clock.advance(days=1)
    assert refused(reads(desk, person)) == "access_denied"


@given(
    day=st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)),
    known=st.sampled_from(("day", "month", "year")),
)
@example(day=date(2008, 2, 29), known="day")
@example(day=date(2008, 12, 31), known="year")
def test_no_child_falls_out_of_the_listing_a_day_early(day, known):
    told = Born(day.year, day.month if known != "year" else None, day.day if known == "day" else None)
    _, adult_from = told.turns(18)
    eve = adult_from - timedelta(days=1)
    turned = eve.year - day.year - ((eve.month, eve.day) < (day.month, day.day))
    assert turned <= 17 or known != "day"
    assert (adult_from.year, adult_from.month, adult_from.day) >= (day.year + 18, day.month, day.day)


def test_records_linked_as_one_person_show_their_entries_together(desk):
    one, other = (desk.person(born=born("2012-01-01")) for _ in range(2))
    good(desk.involve(one, reference="1", role="mentor"))
    good(desk.involve(other, reference="2", role="coach", since="2025-05-01"))
    link = {"person_id": one["id"], "other_person_id": other["id"], "because": "Same card."}
    judged = good(desk.call("link_people", link, actor=DESK))
    for person in (one, other):
        assert [each["role"] for each in good(reads(desk, person))["involvements"]] == ["mentor", "coach"]
    found = desk.look_up("Ana Lima", "2012-01-01")
    assert [len(each["involvements"]) for each in found] == [2, 2]
    good(desk.call("unlink_people", {"link_id": judged["id"], "because": "Cousins."}, actor=DESK))
    assert [each["role"] for each in good(reads(desk, one))["involvements"]] == ["mentor"]


def test_a_link_shows_nothing_of_a_record_that_its_person_did_not_consent_to(desk, consent_is_current):
    one, other = (desk.person(born=born("1990-01-01")) for _ in range(2))
    consent_is_current()
    for person, reference in ((one, "1"), (other, "2")):
        consents(desk, person, to="worker:mentor" if person is one else "worker:youth-worker")
        good(desk.involve(person, reference=reference, role=f"role-{reference}"))
    link = {"person_id": one["id"], "other_person_id": other["id"], "because": "Same card."}
    good(desk.call("link_people", link, actor=DESK))
    assert [each["role"] for each in good(reads(desk, one))["involvements"]] == ["role-1"]


def test_who_fishes_is_stopped_and_who_asks_again_is_not(desk, clock, monkeypatch):
    monkeypatch.setattr("intake.directory.queries.MOST_QUESTIONS", 3)
    for day in ("2010-01-01", "2010-01-02", "2010-01-01", "2010-01-03", "2010-01-02"):
        desk.look_up("Hana Ito", day)
    body = {"name": "Hana Ito", "born_on": "2010-01-04"}
    assert refused(desk.call("search_directory", body, actor=MENTOR)) == "too_many_requests"
    desk.look_up("Hana Ito", "2010-01-01")
    desk.look_up("Hana Ito", "2010-01-04", by=YOUTH_WORKER)
    clock.advance(hours=1, seconds=1)
    desk.look_up("Hana Ito", "2010-01-04")
