"""One question asks for many who follow the log, and decides on each as if they had asked alone (AU-1, AU-5, CO-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from audit.entries.schemas import MOST_BESIDE
from chassis.access import Grant
from chassis.ids import new_id
from chassis.tokens import session_code
from services.audit.tests.builders import an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def auditor(an_actor):
    return an_actor(subject="auditor", roles=["auditor"], organisation="province")


@pytest.fixture
def together(call, auditor):
    """Follow from a position on, with others beside."""

    def follow(*beside, after=-1, actor=auditor, **asked):
        others = [{"token": token} if isinstance(token, str) else token for token in beside]
        body = {"after": after, "opening": False, "beside": others, **asked}
        return call("follow_entries", body, actor=actor)

    return follow


@pytest.fixture
def signs(sign_in_provider):
    """A token of an auditor, changed as asked."""

    def token(**claims):
        return sign_in_provider.token(**{"sub": "another", "roles": ["auditor"], **claims})

    return token


@pytest.fixture
def log(told, sealed):
    told(an_access(), an_access())
    sealed()


def removed(receive, who):
    receive(
        "consent.sign_in.removed.v1",
        subject=f"worker:{who}",
        data={"worker": who, "at": "2026-03-04T17:00:00Z"},
    )


def ended(receive, clock, *, who=None, session=None):
    moment = (clock.now + timedelta(seconds=1)).isoformat()
    data = {"worker": who, "session": session, "issued_until": moment, "at": moment}
    receive("consent.sign_in.ended.v1", subject=f"worker:{who}" if who else f"session:{session}", data=data)


def test_the_answer_is_for_all_who_may_follow(together, signs, log) -> None:
    answer = together(signs(), {"token": signs(sub="a-third"), "purpose": "oversight"}).body
    assert [each["position"] for each in answer["items"]] == [0, 1]
    assert answer["apart"] == []
    assert together(signs(), after=1).body["items"] == []


def test_nobody_beside_is_nobody_apart(together, log) -> None:
    assert together().body["apart"] == []


@pytest.mark.parametrize(
    "case",
    ["let in", "no token", "of another key", "run out", "another role", "another purpose", "no purpose of ours",
     "removed", "ended", "session ended", "another session ended", "ended before"],
)  # fmt: skip
def test_each_is_decided_on_as_if_they_had_asked_alone(
    together, call, signs, log, auditor, receive, clock, sign_in_provider, case
) -> None:
    token, purpose = signs(), "oversight"
    match case:
        case "no token":
            token = "x"
        case "of another key":
            token = token[:-8] + ("A" * 8 if not token.endswith("A" * 8) else "B" * 8)
        case "run out":
            clock.advance(seconds=301)
        case "another role":
            token = signs(roles=["practitioner"])
        case "another purpose":
            purpose = "care"
        case "no purpose of ours":
            purpose = "curiosity"
        case "removed":
            removed(receive, "another")
        case "ended":
            ended(receive, clock, who="another")
        case "session ended" | "another session ended":
            token = signs(sid="desk")
            ended(receive, clock, session=session_code("desk" if case == "session ended" else "phone"))
        case "ended before":
            ended(receive, clock, who="another")
            clock.advance(seconds=2)
            token = signs()
    alone = call(
        "follow_entries", {"after": -1, "opening": False}, actor=auditor, token=token, purpose=purpose
    )
    answer = together(signs(sub="a-third"), {"token": token, "purpose": purpose}).body
    assert answer["apart"] == ([] if alone.status == 200 else [1])
    assert (alone.status == 200) == (case in ("let in", "another session ended", "ended before"))


@pytest.fixture
def one_is_kept(in_lane, clock):
    """The statute of auditors has ended, but for one of them."""
    of_auditors = update(Grant).where(Grant.grantee == "role:auditor")
    kept = Grant(
        id=new_id(),
        grantee="worker:kept",
        record_kind="entry",
        record_id=None,
        categories=["identity"],
        purposes=["oversight"],
        basis="statute",
        valid_from=clock.now,
        valid_until=None,
    )
    with in_lane() as work:
        work.session.execute(of_auditors.values(ended_at=clock.now))
        work.session.add(kept)
    yield
    # What stands by statute outlasts a test.
    with in_lane() as work:
        work.session.execute(of_auditors.values(ended_at=None))
        work.session.execute(delete(Grant).where(Grant.grantee == "worker:kept"))


@pytest.mark.usefixtures("log", "one_is_kept")
def test_whose_statute_has_ended_is_set_apart_from_whose_stands(together, signs, an_actor) -> None:
    answer = together(signs(), signs(sub="kept"), actor=an_actor(subject="kept", roles=["auditor"]))
    assert (answer.status, answer.body["apart"]) == (200, [0])
    assert together(signs(sub="kept")).status == 403


def test_who_asks_for_others_is_refused_for_what_they_are_themselves(together, signs, log, an_actor) -> None:
    assert together(signs(), actor=an_actor(subject="mentor", roles=["practitioner"])).status == 403


def test_going_on_together_leaves_no_entries_and_a_refusal_of_who_asks_does(
    together, signs, log, receive, outbox
) -> None:
    together(signs(), signs(roles=["practitioner"]))
    assert outbox.entries() == []
    removed(receive, "auditor")
    assert together(signs()).body["code"] == "sign_in_removed"
    (entry,) = outbox.entries()
    assert (entry["actor"]["subject"], entry["outcome"]) == ("auditor", "denied")


def test_so_many_are_asked_for_and_no_more(together, signs, log) -> None:
    token = signs()
    assert together(*[token] * MOST_BESIDE).body["apart"] == []
    assert together(*[token] * (MOST_BESIDE + 1)).status == 422
