"""A token that verifies says that somebody signed in; whether that still counts is asked at every door (CO-9, AU-1)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from chassis import sign_ins
from chassis.errors import SignInEnded, SignInRemoved
from chassis.events import Event, Received
from chassis.ids import new_id
from chassis.sign_ins import LapsedSignIn
from chassis.testing import Answer, Clock, Sent, ServiceDatabase, make_actor
from chassis.testing_openid import Provider
from chassis.tokens import session_code
from chassis.work import Work

pytestmark = pytest.mark.postgres

Called = Callable[..., Answer]
InLane = Callable[[], AbstractContextManager[Work]]

MENTOR = make_actor(subject="mentor")
OFFICER = make_actor(subject="officer")


def told(kind: str, **data: Any) -> Received:
    happened = Event(key=f"consent.sign_in.{kind}.v1", subject="-", data=data)
    return Received(
        id=happened.id,
        key=happened.key,
        source="consent",
        subject="-",
        version=None,
        time=happened.time,
        data=data,
    )


@dataclass
class Authority:
    """What the consent service tells, arriving in the lane of the service under test."""

    in_lane: InLane
    clock: Clock

    def removes(self, worker: str) -> None:
        with self.in_lane() as work:
            sign_ins.removed(work, event=told("removed", worker=worker, at=self.clock.now.isoformat()))

    def ends(self, worker: str | None, *, session: str | None = None, until: datetime | None = None) -> None:
        data = {"worker": worker, "session": session, "issued_until": (until or self.clock.now).isoformat()}
        with self.in_lane() as work:
            sign_ins.ended(work, event=told("ended", **data))

    def restores(self, worker: str) -> None:
        until = sign_ins.before_the_second(self.clock.now).isoformat()
        with self.in_lane() as work:
            sign_ins.restored(work, event=told("restored", worker=worker, issued_until=until))


@pytest.fixture
def authority(in_lane: InLane, clock: Clock) -> Authority:
    return Authority(in_lane, clock)


@pytest.fixture
def sign_in(sign_in_provider: Provider) -> Callable[..., str]:
    """A token as the provider issues it now."""

    def signed_in(subject: str = "mentor", **claims: Any) -> str:
        return sign_in_provider.token(sub=subject, jti=uuid4().hex, **claims)

    return signed_in


def a_body() -> dict[str, Any]:
    return {"person_id": str(new_id()), "complaint": "fever", "remark": "calm"}


def refused(answer: Answer, code: str) -> bool:
    return (answer.status, answer.body["code"]) == (401, code)


# What stops counting


def test_a_removed_sign_in_is_refused_with_tokens_from_before_and_after(
    call: Called, authority: Authority, sign_in: Callable[..., str], clock: Clock
) -> None:
    before = sign_in()
    assert call("list_visits", actor=MENTOR, token=before).status == 200
    authority.removes("mentor")
    clock.advance(seconds=5)
    for token in (before, sign_in()):
        answer = call("list_visits", actor=MENTOR, token=token)
        assert refused(answer, "sign_in_removed")
        assert answer.body["title"] == "This sign-in was removed and counts no more"


def test_another_worker_goes_on(call: Called, authority: Authority) -> None:
    authority.removes("mentor")
    assert call("list_visits", actor=OFFICER).status == 200


def test_an_ended_sign_in_is_refused_until_its_owner_signs_in_anew(
    call: Called, authority: Authority, sign_in: Callable[..., str], clock: Clock
) -> None:
    before = sign_in()
    authority.ends("mentor")
    assert refused(call("list_visits", actor=MENTOR, token=before), "sign_in_ended")
    assert refused(call("list_visits", actor=MENTOR, token=sign_in()), "sign_in_ended"), "the same second"
    clock.advance(seconds=1)
    assert call("list_visits", actor=MENTOR, token=sign_in()).status == 200
    assert refused(call("list_visits", actor=MENTOR, token=before), "sign_in_ended")


def test_the_end_of_a_session_leaves_the_others_of_the_same_worker(
    call: Called, authority: Authority, sign_in: Callable[..., str]
) -> None:
    here, there = sign_in(sid="desk"), sign_in(sid="phone")
    authority.ends("mentor", session=session_code("desk"))
    assert refused(call("list_visits", actor=MENTOR, token=here), "sign_in_ended")
    assert call("list_visits", actor=MENTOR, token=there).status == 200
    assert call("list_visits", actor=MENTOR, token=sign_in()).status == 200


def test_a_session_ends_also_when_nobody_says_whose_it_is(
    call: Called, authority: Authority, sign_in: Callable[..., str]
) -> None:
    authority.ends(None, session=session_code("desk"))
    assert refused(call("list_visits", actor=MENTOR, token=sign_in(sid="desk")), "sign_in_ended")


def test_a_restored_sign_in_counts_again_with_a_new_token_at_once_and_with_no_old_one(
    call: Called, authority: Authority, sign_in: Callable[..., str], clock: Clock
) -> None:
    before = sign_in()
    authority.removes("mentor")
    clock.advance(seconds=60)
    meanwhile = sign_in()
    clock.advance(seconds=30)
    authority.restores("mentor")
    for token in (before, meanwhile):
        assert refused(call("list_visits", actor=MENTOR, token=token), "sign_in_ended")
    assert call("list_visits", actor=MENTOR, token=sign_in()).status == 200


def test_an_earlier_end_that_comes_late_takes_nothing_back(
    call: Called, authority: Authority, sign_in: Callable[..., str], clock: Clock
) -> None:
    before = sign_in()
    authority.ends("mentor")
    authority.ends("mentor", until=clock.now - timedelta(minutes=5))
    assert refused(call("list_visits", actor=MENTOR, token=before), "sign_in_ended")


# What a refusal is, wherever it happens


def test_the_refusal_leaves_an_entry_that_says_who_tried_which_door_and_why(
    call: Called, authority: Authority, outbox: Sent
) -> None:
    authority.removes("mentor")
    call("list_visits", actor=MENTOR)
    (entry,) = outbox.entries()
    assert (entry["outcome"], entry["reason"], entry["door"]) == ("denied", "sign_in_removed", "list_visits")
    assert entry["actor"] == {"subject": "mentor", "organisation": "school", "roles": ["practitioner"]}
    assert (entry["records"], entry["persons"]) == ([], [])


def test_nothing_is_changed_by_a_removed_sign_in(
    call: Called, authority: Authority, database: ServiceDatabase, outbox: Sent
) -> None:
    authority.removes("mentor")
    assert refused(call("record_visit", a_body(), actor=MENTOR), "sign_in_removed")
    with database.lane() as session:
        assert session.scalar(select(func.count()).select_from(sys.modules["sample"].Visit)) == 0
    assert outbox("sample.visit.recorded.v1") == []


def test_an_earlier_reply_is_not_given_to_a_removed_sign_in(call: Called, authority: Authority) -> None:
    body = a_body()
    assert call("record_visit", body, actor=MENTOR, idempotency_key="once").status == 200
    assert call("record_visit", body, actor=MENTOR, idempotency_key="once").status == 200
    authority.removes("mentor")
    again = call("record_visit", body, actor=MENTOR, idempotency_key="once")
    assert refused(again, "sign_in_removed")
    assert "fever" not in str(again.body)


@pytest.mark.parametrize(
    "door,body,more",
    [
        ("read_visit", {"id": str(new_id())}, {}),
        ("read_visit", {"id": "no id"}, {}),
        ("record_visit", {}, {}),
        ("record_visit", {"admin": True}, {}),
        ("amend_visit", {"id": str(new_id()), "remark": "new"}, {}),
        ("amend_visit", {"id": str(new_id()), "remark": "new"}, {"if_match": '"x"'}),
        ("amend_visit", {"id": str(new_id()), "remark": "new"}, {"if_match": '"1.0"'}),
        ("why", {"kind": "visit", "id": str(new_id())}, {}),
    ],
)
def test_no_other_refusal_is_told_to_a_removed_sign_in(
    call: Called, authority: Authority, outbox: Sent, door: str, body: dict[str, Any], more: dict[str, str]
) -> None:
    counted = call(door, body, actor=MENTOR, **more)
    assert counted.status in (403, 404, 412, 422, 428)
    authority.removes("mentor")
    assert refused(call(door, body, actor=MENTOR, **more), "sign_in_removed")
    assert outbox.entries()[-1]["reason"] == "sign_in_removed"


def test_a_door_that_the_role_does_not_open_says_that_the_sign_in_counts_no_more(
    call: Called, authority: Authority, outbox: Sent
) -> None:
    auditor = make_actor(subject="mentor", roles=["auditor"])
    assert call("record_visit", a_body(), actor=auditor).status == 403
    authority.removes("mentor")
    assert refused(call("record_visit", a_body(), actor=auditor), "sign_in_removed")
    assert [entry["reason"] for entry in outbox.entries()] == ["permission_missing", "sign_in_removed"]


def test_under_a_lapsed_sign_in_the_database_shows_nobody_anything(
    database: ServiceDatabase, authority: Authority, call: Called
) -> None:
    from chassis.trail import Trail
    from chassis.transactions import denial_work, door_work

    visit = call("record_visit", a_body(), actor=MENTOR).body
    authority.removes("mentor")
    asked: dict[str, Any] = {
        "service": "sample",
        "actor": MENTOR,
        "trail": Trail(service="sample", door="test", action="read"),
        "consent_limit_s": 10.0,
    }
    with denial_work(database.door, **asked) as work:
        assert isinstance(work.lapsed, SignInRemoved)
        assert work.session.scalars(select(sys.modules["sample"].Visit)).all() == []
    with pytest.raises(SignInRemoved), door_work(database.door, **asked):
        raise AssertionError("nobody comes in")
    assert visit["complaint"] == "fever"


def test_what_has_run_out_by_itself_is_forgotten_and_a_removal_never(
    in_lane: InLane, authority: Authority, clock: Clock, database: ServiceDatabase
) -> None:
    authority.ends("mentor")
    authority.removes("officer")
    clock.advance(hours=24)
    authority.ends("lead")
    clock.advance(hours=2)
    with in_lane() as work:
        sign_ins.forget_what_cannot_come(work.session)
    with database.lane() as session:
        assert set(session.scalars(select(LapsedSignIn.name))) == {"worker:officer", "worker:lead"}


# In any order


WORKERS = st.sampled_from(["mentor", "officer"])
SESSIONS = st.sampled_from(["desk", "phone"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("remove"), WORKERS),
        st.tuples(st.just("restore"), WORKERS),
        st.tuples(st.just("end"), WORKERS),
        st.tuples(st.just("end_session"), SESSIONS),
        st.tuples(st.just("sign_in"), WORKERS, SESSIONS),
        st.tuples(st.just("time_passes"), st.integers(1, 3)),
    ),
    max_size=14,
)


@dataclass
class Plainly:
    """What should count, told without a table: a list of moments for each name."""

    removed: set[str] = field(default_factory=set)
    ends: dict[str, list[int]] = field(default_factory=dict)

    def ended(self, name: str, second: int) -> None:
        self.ends.setdefault(name, []).append(second)

    def counts(self, worker: str, session: str, issued: int) -> bool:
        over = [*self.ends.get(worker, []), *self.ends.get(session, [])]
        return worker not in self.removed and all(issued > second for second in over)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_whatever_order_things_happen_what_counts_is_what_a_plain_reading_says(
    steps: list[tuple[Any, ...]],
    call: Called,
    authority: Authority,
    sign_in: Callable[..., str],
    clock: Clock,
    database: ServiceDatabase,
) -> None:
    database.clear()
    plainly, tokens = Plainly(), list[tuple[str, str, int, str]]()
    for step, *named in steps:
        second = int(clock.now.timestamp())
        if step == "remove":
            authority.removes(named[0])
            plainly.removed.add(named[0])
        elif step == "restore":
            authority.restores(named[0])
            plainly.removed.discard(named[0])
            plainly.ended(named[0], second - 1)
        elif step == "end":
            authority.ends(named[0])
            plainly.ended(named[0], second)
        elif step == "end_session":
            authority.ends(None, session=session_code(named[0]))
            plainly.ended(named[0], second)
        elif step == "sign_in":
            tokens.append((*named, second, sign_in(named[0], sid=named[1])))
        else:
            clock.advance(seconds=named[0])
    for worker, session, issued, token in tokens:
        counts = call("list_visits", actor=make_actor(subject=worker), token=token).status == 200
        assert counts is plainly.counts(worker, session, issued)


@pytest.fixture(autouse=True)
def whole_second(clock: Clock) -> Iterator[None]:
    """A moment within a second, so that the second of a token and the moment of a step differ."""
    clock.advance(seconds=0.4)
    yield


def test_both_refusals_are_codes_of_the_table_that_the_statement_names() -> None:
    assert {"sign_in_removed": SignInRemoved, "sign_in_ended": SignInEnded} == sign_ins.LAPSES
