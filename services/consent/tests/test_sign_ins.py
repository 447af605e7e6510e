"""Sign-ins are removed, ended and restored by those who answer for it; the sign-in provider tells of its own (CO-9)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from chassis.rpc import Call
from chassis.sign_ins import LapsedSignIn
from chassis.testing import Answer, Clock, Sent, ServiceDatabase, make_actor
from chassis.testing_openid import Provider
from chassis.tokens import session_code
from consent.sign_ins.model import SignInStep
from services.consent.tests.decisions import MENTOR, PRIVACY_OFFICER

SECOND_OFFICER = make_actor(subject="privacy-2", roles=["privacy_officer"], organisation="ministry")
OPERATOR = make_actor(subject="operator", roles=["operator"], organisation="ministry")
LEFT = "Left the school on Friday."
NOBODY = "00000000-0000-7000-8000-000000000000"

Called = Callable[..., Answer]


@pytest.fixture(autouse=True)
def a_clock(clock: Clock) -> Clock:
    clock.advance(seconds=0.5)
    return clock


def remove(call: Called, worker: str = "mentor", *, by: Any = PRIVACY_OFFICER) -> Answer:
    return call("remove_sign_in", {"worker": worker, "reason": LEFT}, actor=by)


def end(call: Called, worker: str = "mentor", *, by: Any = PRIVACY_OFFICER) -> Answer:
    return call("end_sign_in", {"worker": worker, "reason": "A laptop was stolen."}, actor=by)


def restore(call: Called, worker: str = "mentor", *, by: Any = PRIVACY_OFFICER) -> Answer:
    return call("restore_sign_in", {"worker": worker, "reason": "The wrong person."}, actor=by)


def listed(call: Called, **asked: Any) -> list[dict[str, Any]]:
    answer = call("list_sign_ins", asked, actor=PRIVACY_OFFICER)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def knocks(call: Called, *, as_: Any = MENTOR, **more: Any) -> str:
    """What a worker is told at a door of this service: `counts`, or the code of the refusal."""
    answer = call("list_consents", {"person_id": NOBODY}, actor=as_, **more)
    return "counts" if answer.status == 200 else str(answer.body["code"])


@pytest.fixture
def signs_out(keeper: Any) -> Callable[..., tuple[int, str]]:
    """Tell the door a logout token, as the gateway does: the status and the code of the refusal."""

    def told(token: Any) -> tuple[int, str]:
        body = orjson.dumps({"logout_token": token})
        reply = keeper.handle(Call(door="sign_out", body=body, headers={}, deadline_ms=2**42))
        return reply.http, orjson.loads(reply.body).get("code", "")

    return told


# Officers


def test_a_name_pasted_with_its_line_break_is_pointed_at_instead_of_removing_nobody(call: Called) -> None:
    refused = remove(call, "mentor\n")

    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/worker")
    assert listed(call) == []


def test_a_removed_sign_in_counts_no_more_from_that_moment(call: Called) -> None:
    assert knocks(call) == "counts"
    step = remove(call).body
    assert (step["step"], step["worker"], step["by"], step["reason"]) == (
        "removed",
        "mentor",
        "privacy",
        LEFT,
    )
    assert step["issued_until"] is None
    assert knocks(call) == "sign_in_removed"


def test_a_removal_is_published_without_its_reason(call: Called, outbox: Sent) -> None:
    step = remove(call).body
    (told,) = outbox("consent.sign_in.removed.v1")
    assert (told.subject, told.data) == ("worker:mentor", {"worker": "mentor", "at": step["at"]})


def test_an_end_and_a_restoration_are_published_with_the_moment_up_to_which_nothing_counts(
    call: Called, outbox: Sent, clock: Clock
) -> None:
    end(call)
    remove(call)
    clock.advance(seconds=10.2)
    restore(call)
    (ended,), (restored,) = outbox("consent.sign_in.ended.v1"), outbox("consent.sign_in.restored.v1")
    assert (ended.data["worker"], ended.data["session"]) == ("mentor", None)
    assert ended.data["issued_until"] == "2026-03-04T17:00:00.500000+00:00"
    assert restored.data["issued_until"] == "2026-03-04T17:00:09.999999+00:00"


def test_a_restored_sign_in_counts_with_a_new_sign_in_only(
    call: Called, sign_in_provider: Provider, clock: Clock
) -> None:
    before = sign_in_provider.token(sub="mentor")
    remove(call)
    clock.advance(minutes=1)
    restore(call)
    assert knocks(call, token=before) == "sign_in_ended"
    assert knocks(call) == "counts"
    assert [step["step"] for step in listed(call, worker="mentor")] == ["restored", "removed"]


def test_nobody_removes_their_own_sign_in(call: Called) -> None:
    answer = remove(call, PRIVACY_OFFICER.subject)
    assert (answer.status, answer.body["code"]) == (409, "own_sign_in")
    assert knocks(call, as_=PRIVACY_OFFICER) == "counts"


def test_what_is_removed_is_not_removed_again_and_what_counts_is_not_restored(call: Called) -> None:
    assert restore(call).body["code"] == "sign_in_not_removed"
    remove(call)
    assert remove(call, by=SECOND_OFFICER).body["code"] == "sign_in_removed_already"
    restore(call)
    assert restore(call).body["code"] == "sign_in_not_removed"
    assert remove(call).status == 200


def test_one_who_was_only_ended_is_not_removed(call: Called, clock: Clock) -> None:
    end(call)
    assert knocks(call) == "sign_in_ended"
    assert restore(call).body["code"] == "sign_in_not_removed"
    assert listed(call, removed_now=True) == []
    clock.advance(seconds=1)
    assert knocks(call) == "counts"


def test_an_officer_may_end_the_own_tokens_of_a_stolen_machine(call: Called, clock: Clock) -> None:
    assert end(call, PRIVACY_OFFICER.subject).status == 200
    assert knocks(call, as_=PRIVACY_OFFICER) == "sign_in_ended"
    clock.advance(seconds=1)
    assert knocks(call, as_=PRIVACY_OFFICER) == "counts"


def test_the_operator_ends_and_does_no_more(call: Called) -> None:
    assert end(call, "youth-worker", by=OPERATOR).status == 200
    for answer in (
        remove(call, by=OPERATOR),
        restore(call, by=OPERATOR),
        call("list_sign_ins", {}, actor=OPERATOR),
        end(call, by=MENTOR),
    ):
        assert (answer.status, answer.body["code"]) == (403, "permission_missing")


def test_of_two_officers_who_remove_each_other_one_is_left(call: Called, database: ServiceDatabase) -> None:
    for _ in range(5):
        together = Barrier(2)

        def removes(by: Any, whom: Any, together: Barrier = together) -> int:
            together.wait()
            return remove(call, whom.subject, by=by).status

        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(removes, PRIVACY_OFFICER, SECOND_OFFICER)
            other = pool.submit(removes, SECOND_OFFICER, PRIVACY_OFFICER)
            assert sorted([one.result(), other.result()]) == [200, 401]
        database.clear()


def test_the_removals_that_stand_are_listed_once_each(call: Called) -> None:
    for worker in ("mentor", "youth-worker", "housing-officer"):
        remove(call, worker)
    restore(call, "youth-worker")
    restore(call)
    remove(call)
    standing = listed(call, removed_now=True)
    assert [step["worker"] for step in standing] == ["mentor", "housing-officer"]
    assert len(listed(call)) == 6
    assert [step["step"] for step in listed(call, worker="mentor", limit=2)] == ["removed", "restored"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"worker": "mentor"},
        {"reason": "r"},
        {"worker": "two words", "reason": "r"},
        {"worker": 7, "reason": "r"},
    ],
)
def test_a_removal_names_whom_and_why(call: Called, body: dict[str, Any]) -> None:
    assert call("remove_sign_in", body, actor=PRIVACY_OFFICER).status == 422


def test_the_same_removal_sent_twice_is_one(call: Called, outbox: Sent) -> None:
    body = {"worker": "mentor", "reason": LEFT}
    first, second = (
        call("remove_sign_in", body, actor=PRIVACY_OFFICER, idempotency_key="k") for _ in range(2)
    )
    assert first.body == second.body
    told = [(each["action"], each["outcome"]) for each in outbox.entries()]
    assert told == [("write", "permitted"), ("read", "permitted")]
    assert len(listed(call)) == 1


def test_the_history_can_only_grow(call: Called, database: ServiceDatabase) -> None:
    remove(call)
    for statement in ("UPDATE sign_in_steps SET reason = 'x'", "DELETE FROM sign_in_steps"):
        for factory in (database.door, database.lane):
            with pytest.raises(ProgrammingError, match="permission denied"), factory.begin() as session:
                session.execute(text(statement))


# The sign-in provider


def test_a_sign_out_at_the_provider_ends_what_was_issued_so_far(
    call: Called, sign_in_provider: Provider, signs_out: Any, outbox: Sent, clock: Clock
) -> None:
    before = sign_in_provider.token(sub="mentor")
    assert signs_out(sign_in_provider.logout_token()) == (200, "")
    assert knocks(call, token=before) == "sign_in_ended"
    (told,) = outbox("consent.sign_in.ended.v1")
    assert (told.subject, told.data["session"]) == ("worker:mentor", None)
    (step,) = listed(call, worker="mentor")
    assert (step["step"], step["by"], step["session"]) == ("ended", None, None)
    clock.advance(seconds=1)
    assert knocks(call) == "counts"


@pytest.mark.parametrize("subject", ["mentor", None])
def test_a_sign_out_of_a_session_ends_that_session_whoever_is_named(
    call: Called, sign_in_provider: Provider, signs_out: Any, subject: str | None, outbox: Sent
) -> None:
    desk, phone = (sign_in_provider.token(sub="mentor", sid=sid, jti=sid) for sid in ("desk", "phone"))
    assert signs_out(sign_in_provider.logout_token(sub=subject, sid="desk")) == (200, "")
    assert knocks(call, token=desk) == "sign_in_ended"
    assert knocks(call, token=phone) == "counts"
    (told,) = outbox("consent.sign_in.ended.v1")
    assert (told.subject, told.data["worker"]) == (f"session:{session_code('desk')}", subject)
    assert "desk" not in str(told.data)


def test_the_same_word_twice_ends_nothing_twice(
    call: Called, sign_in_provider: Provider, signs_out: Any, outbox: Sent, clock: Clock
) -> None:
    token = sign_in_provider.logout_token()
    assert [signs_out(token) for _ in range(3)] == [(200, "")] * 3
    assert len(listed(call)) == len(outbox("consent.sign_in.ended.v1")) == 1
    clock.advance(minutes=1)
    assert knocks(call) == "counts"
    assert signs_out(token) == (200, "")
    assert knocks(call) == "counts", "a later sign-in is not ended by an old word"


def test_a_logout_leaves_no_audit_entry_and_needs_no_caller(
    signs_out: Any, sign_in_provider: Provider, outbox: Sent
) -> None:
    signs_out(sign_in_provider.logout_token())
    assert outbox.entries() == []


EVENT = "http://schemas.openid.net/event/backchannel-logout"
NOW = 1_772_643_600  # of the frozen clock, in whole seconds


@pytest.mark.parametrize(
    "changed",
    [
        {"header": {"typ": "at+jwt"}}, {"header": {"typ": "JWT"}}, {"header": {"typ": None}},
        {"header": {"kid": "unknown"}}, {"header": {"crit": ["b64"], "b64": True}},
        {"iss": "https://attacker.example"}, {"iss": None},
        {"aud": "icm"}, {"aud": "elsewhere"}, {"aud": []}, {"aud": None}, {"aud": {"icm-web": 1}},
        {"iat": None}, {"iat": NOW - 3600}, {"iat": NOW + 3600}, {"iat": str(NOW)}, {"iat": True},
        {"exp": None}, {"exp": NOW - 1}, {"exp": "soon"},
        {"jti": None}, {"jti": ""}, {"jti": 7},
        {"events": None}, {"events": {}}, {"events": [EVENT]}, {"events": EVENT}, {"events": {EVENT: None}},
        {"events": {EVENT.upper(): {}}},
        {"nonce": "n"}, {"nonce": ""},
        {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "two words"}, {"sid": ""}, {"sid": 7}, {"sid": ["desk"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_the_word_of_the_provider_ends_nothing(
    sign_in_provider: Provider, signs_out: Any, database: ServiceDatabase, changed: dict[str, Any]
) -> None:
    token = sign_in_provider.logout_token(**changed)
    assert signs_out(token) == (400, "logout_refused")
    assert written(database) == 0


def test_other_tokens_of_the_provider_and_none_at_all_end_nothing(
    sign_in_provider: Provider, signs_out: Any, database: ServiceDatabase
) -> None:
    good = sign_in_provider.logout_token()
    for token in (
        sign_in_provider.token(),
        sign_in_provider.token(header={"typ": "JWT"}, typ="Logout"),
        good[:-3],
        good.rpartition(".")[0] + ".",
        "a.b.c",
    ):
        assert signs_out(token) == (400, "logout_refused")
    for nothing in (None, "", 7, "x" * 9000, [good]):
        assert signs_out(nothing)[0] == 422
    assert written(database) == 0


def written(database: ServiceDatabase) -> int:
    with database.lane() as session:
        return sum(
            int(session.scalar(select(func.count()).select_from(table)) or 0)
            for table in (SignInStep, LapsedSignIn)
        )


def test_a_logout_of_two_audiences_one_of_them_ours_counts(
    sign_in_provider: Provider, signs_out: Any
) -> None:
    assert signs_out(sign_in_provider.logout_token(aud=["elsewhere", "icm-web"])) == (200, "")


def test_a_word_that_took_four_minutes_ends_what_was_issued_before_it_was_said(
    call: Called, sign_in_provider: Provider, signs_out: Any, clock: Clock
) -> None:
    said = sign_in_provider.logout_token(exp=NOW + 600)
    clock.advance(minutes=4)
    since = sign_in_provider.token(sub="mentor", iat=int((clock.now - timedelta(minutes=1)).timestamp()))
    assert signs_out(said) == (200, "")
    assert knocks(call, token=since) == "counts"
