"""What the service does by itself on the strength of a consent waits while nobody knows whether it stands (CO-8, IN-9).

The rest goes on, nothing is lost, and what was withdrawn meanwhile is not done.
"""

from __future__ import annotations

from uuid import uuid4

import pytest

from chassis import moment
from chassis.testing import make_actor
from intake.uploads.deciding import settle_decided
from services.intake.tests.front_desk import DESK, MENTOR, good, refused
from services.intake.tests.upload_desk import Sender, about, counts, csv_of, named

BORN = {"year": 1990, "month": 1, "day": 2}
WAITS = ("applying", "consent_not_current")


@pytest.fixture
def feed(desk, in_lane):
    desk.agency("youth-service")
    return Sender(desk=desk, in_lane=in_lane)


@pytest.fixture
def silence(clock, consent_is_current):
    """The consent service was heard once; calling this, it is silent for longer than the limit."""
    consent_is_current()
    return lambda: clock.advance(seconds=11)


def an_adult(desk, family="Ito"):
    return desk.person(given="Mei", family=family, born=BORN)


def consents(desk, person, *, to="worker:mentor"):
    consent_id = uuid4()
    desk.consent(
        person, to=to, consent_id=consent_id, categories=["directory"], purposes=["care", "coordination"]
    )
    return consent_id


def withdraws(desk, person, consent_id):
    told = {"consent_id": consent_id, "person_id": person["id"], "at": moment.now().isoformat()}
    desk.receive("consent.consent.withdrawn.v1", subject=consent_id, data=told)


def how_far(feed, upload):
    upload = feed.read(upload)
    return (upload["state"], upload["because"])


def listed(desk, person, *, by=MENTOR):
    return [each["role"] for each in desk.entry(person, by=by)["involvements"]]


def settled(in_lane):
    with in_lane() as work:
        return settle_decided(work)


# -- files


def test_a_row_about_an_adult_waits_says_why_and_is_applied_once_consent_is_heard(
    desk, feed, silence, consent_is_current
):
    adult = an_adult(desk)
    consents(desk, adult)
    silence()
    upload = feed.received(csv_of(about(adult, role="counsellor")))
    feed.work(batches=10)
    assert how_far(feed, upload) == WAITS
    assert feed.results(upload) == []

    consent_is_current()
    feed.work()
    assert (how_far(feed, upload), feed.outcomes(upload)) == (("done", None), ["applied"])
    assert listed(desk, adult) == ["counsellor"]


def test_what_was_withdrawn_meanwhile_is_not_applied(desk, feed, silence, consent_is_current):
    adult = an_adult(desk)
    consent_id = consents(desk, adult)
    silence()
    upload = feed.received(csv_of(about(adult)))
    feed.work(batches=10)
    withdraws(desk, adult, consent_id)
    consent_is_current()
    feed.work()
    assert feed.outcomes(upload) == ["unmatched"]
    assert listed(desk, adult, by=DESK) == []


def test_rows_about_children_go_on_up_to_the_first_that_may_hang_on_a_consent(
    desk, feed, silence, consent_is_current
):
    girl, adult = desk.girl(), an_adult(desk)
    consents(desk, adult)
    silence()
    children = [about(girl, reference=f"r-{n}", role=f"role-{n}") for n in range(12)]
    upload = feed.received(csv_of(*children, about(adult, reference="a"), about(girl, reference="last")))
    feed.work(batches=20)
    assert how_far(feed, upload) == WAITS
    assert feed.outcomes(upload) == ["applied"] * 12
    assert len(listed(desk, girl)) == 12

    consent_is_current()
    feed.work()
    assert feed.outcomes(upload) == ["applied"] * 14


def test_a_file_about_children_is_worked_through_while_another_waits(desk, feed, in_lane, silence):
    girl, adult = desk.girl(), an_adult(desk)
    other = Sender(desk, in_lane, make_actor(subject="others", organisation="x", roles=["system_feed"]))
    desk.accredit("youth-service", system=other.actor)
    consents(desk, adult)
    silence()
    waiting = feed.received(csv_of(about(adult)))
    upload = other.received(csv_of(about(girl, role="youth_worker")))
    feed.work(batches=20)
    assert how_far(feed, waiting) == WAITS
    assert (how_far(other, upload), listed(desk, girl)) == (("done", None), ["youth_worker"])


@pytest.mark.parametrize("who", ["who consented", "who did not", "who is restricted", "whom nobody recorded"])
def test_the_sender_does_not_learn_from_the_waiting_whether_somebody_consented(desk, feed, silence, who):
    adult = an_adult(desk) if who != "whom nobody recorded" else None
    if who == "who consented":
        consents(desk, adult)
    if who == "who is restricted":
        desk.restrict(adult)
    silence()
    upload = feed.received(csv_of(named("Mei", "Ito", "1990-01-02")))
    feed.work(batches=10)
    assert how_far(feed, upload) == WAITS


def test_an_upload_that_waits_may_be_cancelled(desk, feed, silence, consent_is_current):
    adult = an_adult(desk)
    consents(desk, adult)
    silence()
    upload = feed.received(csv_of(about(adult)))
    feed.work(batches=10)
    good(feed.call("cancel_upload", {"upload_id": upload["id"]}))
    consent_is_current()
    feed.work(batches=3)
    assert how_far(feed, upload) == ("cancelled", "by_the_sender")
    assert listed(desk, adult) == []


def test_a_single_call_is_told_the_reason_and_may_come_again(desk, feed, silence, consent_is_current):
    adult, another = an_adult(desk), an_adult(desk, "Sato")
    consents(desk, adult)
    silence()
    told = desk.involve(adult)
    assert (told.status, told.body["code"]) == (403, "consent_not_current")
    assert refused(desk.involve(another)) == "not_listed"
    consent_is_current()
    good(desk.involve(adult))


# -- rows whose person a worker has chosen


@pytest.fixture
def chosen(desk, feed):
    """Let the desk choose a person for a row that names nobody for certain."""

    def choose(person, *, reference="r-1"):
        row = named("Somebody", "Else", "2001-02-03", reference=reference, role="counsellor")
        assert counts(feed.sent(csv_of(row))) == {"unmatched": 1}
        (held,) = good(desk.call("list_held_rows", {}, actor=DESK))["items"]
        body = {"held_row_id": held["id"], "person_id": person["id"]}
        return lambda: desk.call("decide_held_row", body, actor=DESK), row

    return choose


def test_a_chosen_adult_is_listed_once_consent_is_heard_and_a_chosen_child_at_once(
    desk, chosen, in_lane, silence, consent_is_current
):
    girl, adult = desk.girl(), an_adult(desk)
    consents(desk, adult)
    for person, reference in ((girl, "child"), (adult, "adult")):
        decide, _ = chosen(person, reference=reference)
        good(decide())
    silence()
    settled(in_lane)
    assert listed(desk, girl) == ["counsellor"]
    consent_is_current()
    assert listed(desk, adult) == []
    settled(in_lane)
    assert listed(desk, adult) == ["counsellor"]


def test_who_withdrew_after_being_chosen_is_not_listed(desk, chosen, in_lane, silence, consent_is_current):
    adult = an_adult(desk)
    consent_id = consents(desk, adult)
    decide, _ = chosen(adult)
    good(decide())
    silence()
    settled(in_lane)
    withdraws(desk, adult, consent_id)
    consent_is_current()
    settled(in_lane)
    assert listed(desk, adult, by=DESK) == []


def test_whoever_chooses_an_adult_is_told_that_consent_is_not_known(
    desk, chosen, silence, consent_is_current
):
    adult = an_adult(desk)
    consents(desk, adult)
    decide, _ = chosen(adult)
    silence()
    assert refused(decide()) == "consent_not_current"
    consent_is_current()
    good(decide())


def test_a_choice_made_before_does_not_outlast_the_consent(desk, feed, chosen, in_lane, consent_is_current):
    consent_is_current()
    adult = an_adult(desk)
    consent_id = consents(desk, adult)
    decide, row = chosen(adult)
    good(decide())
    settled(in_lane)
    withdraws(desk, adult, consent_id)
    assert counts(feed.sent(csv_of({**row, "role": "lawyer"}))) == {"unmatched": 1}
    assert listed(desk, adult, by=DESK) == ["counsellor"]


def test_a_choice_made_before_waits_too(desk, feed, chosen, in_lane, silence, consent_is_current):
    adult = an_adult(desk)
    consents(desk, adult)
    decide, row = chosen(adult)
    good(decide())
    settled(in_lane)
    silence()
    upload = feed.received(csv_of({**row, "role": "lawyer"}))
    feed.work(batches=10)
    assert how_far(feed, upload) == WAITS
    consent_is_current()
    feed.work()
    assert (feed.outcomes(upload), listed(desk, adult)) == (["applied"], ["lawyer"])
