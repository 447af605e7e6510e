"""A person's own view: who opened my record, when, and why (AU-6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text

from audit.verifier import verify
from services.audit.tests.builders import GIRL, SISTER, an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def girl(an_actor, receive, clock):
    receive(
        "intake.person.account_linked.v1",
        subject=GIRL,
        data={"person_id": GIRL, "account": "girl", "relation": "self"},
    )
    return an_actor(subject="girl", roles=["client"], organisation=None)


def report(call, actor, *, of: UUID = GIRL, **more):
    return call("access_report", {"person_id": str(of), **more}, actor=actor)


def test_the_girl_sees_who_opened_her_record_and_why(told, call, girl, clock) -> None:
    told(an_access(by="mentor", organisation="school", at=clock.now, restricted=False))
    (seen,) = report(call, girl).body["items"]
    assert seen.pop("entry_id") and seen.pop("leaf")
    assert seen == {
        "position": 0,
        "at": "2026-03-04T17:00:00+00:00",
        "worker": "mentor",
        "organisation": "school",
        "roles": ["practitioner"],
        "service": "cases",
        "door": "read_assessment",
        "action": "read",
        "outcome": "permitted",
        "reason": None,
        "purpose": "care",
        "basis": ["team"],
        "categories": ["education"],
        "withheld": ["health"],
    }


def test_the_report_lists_denials_too(told, call, girl) -> None:
    told(an_access(by="youth-worker", refused="access_denied"), an_access())
    items = report(call, girl).body["items"]
    assert [(each["worker"], each["outcome"], each["reason"]) for each in items] == [
        ("mentor", "permitted", None),
        ("youth-worker", "denied", "access_denied"),
    ]
    assert [each["worker"] for each in report(call, girl, outcome="denied").body["items"]] == ["youth-worker"]


def test_a_report_says_nothing_about_anybody_else(told, call, girl) -> None:
    told(an_access(to=(SISTER,)), an_access(to=(GIRL, SISTER)))
    answer = report(call, girl)
    assert [each["position"] for each in answer.body["items"]] == [1]
    assert str(SISTER) not in answer.reply.body.decode()


def test_nobody_reads_the_report_of_another_person(told, call, girl, an_actor, outbox) -> None:
    told(an_access(to=(SISTER,)))
    assert report(call, girl, of=SISTER).status == 403
    assert report(call, girl, of=uuid4()).status == 403
    mother = an_actor(subject="mother", roles=["client"], organisation=None)
    assert report(call, mother).status == 403
    denied = [(each["actor"]["subject"], each["persons"]) for each in outbox.entries()]
    assert (("girl", [str(SISTER)])) in denied


def test_reading_the_report_stands_in_the_log(told, call, girl, outbox) -> None:
    told(an_access())
    report(call, girl)
    (entry,) = outbox.entries()
    assert entry["persons"] == [str(GIRL)]
    assert [each["basis"] for each in entry["basis"]] == ["self"]


def test_the_custodian_reads_the_report_by_statute(told, call, an_actor) -> None:
    told(an_access())
    officer = an_actor(subject="privacy-officer", roles=["privacy_officer"], organisation="province")
    assert len(report(call, officer).body["items"]) == 1


def test_a_report_comes_in_pages_and_within_a_time(told, call, girl, clock) -> None:
    told(*(an_access(at=clock.now + timedelta(hours=hour)) for hour in range(5)))
    first = report(call, girl, limit=2).body
    second = report(call, girl, limit=2, cursor=first["next_cursor"]).body
    assert [each["position"] for each in first["items"] + second["items"]] == [4, 3, 2, 1]
    within = report(
        call, girl,
        since=(clock.now + timedelta(hours=1)).isoformat(), until=(clock.now + timedelta(hours=3)).isoformat(),
    )  # fmt: skip
    assert [each["position"] for each in within.body["items"]] == [2, 1]


def test_a_parent_gets_no_grant_from_being_linked(call, receive, an_actor) -> None:
    receive(
        "intake.person.account_linked.v1",
        subject=GIRL,
        data={"person_id": GIRL, "account": "mother", "relation": "parent"},
    )
    mother = an_actor(subject="mother", roles=["client"], organisation=None)
    assert report(call, mother).status == 403


@pytest.fixture
def file_of(call):
    """`file_of(girl)` is the file of her report, as the gateway writes it from the pages."""

    def written(actor, *, limit: int = 2) -> list[str]:
        lines, asked = [], {"person_id": str(GIRL), "limit": limit}
        while True:
            page = call("export_report", asked, actor=actor).body
            lines += [orjson.dumps(line).decode() for line in page["lines"]]
            if page["next"] is None:
                return lines
            asked |= {"start": page["next"], "size": page["size"], "first": False, "before": page["before"]}

    return written


def test_the_girl_takes_her_report_away_and_each_entry_proves_itself(
    told, sealed, girl, file_of, public_keys
) -> None:
    told(an_access(), an_access(to=(SISTER,)), an_access(refused="access_denied"), an_access(to=()))
    told(an_access())
    sealed()
    verdict = verify(file_of(girl), keys=public_keys)
    assert verdict.sound, verdict.findings
    assert (verdict.entries, verdict.size) == (3, 5)


def test_her_file_proves_entries_about_others_too_without_their_words(
    told, sealed, girl, file_of, public_keys
) -> None:
    told(an_access(to=(GIRL, SISTER)), an_access())
    sealed()
    lines = file_of(girl)
    assert str(SISTER) not in "".join(lines)
    verdict = verify(lines, keys=public_keys)
    assert verdict.sound
    assert (verdict.entries, verdict.withheld) == (2, 1)


def test_an_edited_entry_in_her_file_is_found(told, sealed, girl, file_of, public_keys, database) -> None:
    told(an_access(), an_access())
    sealed()
    with database.superuser.connect() as superuser:
        superuser.execute(text("UPDATE entries SET words = replace(words, 'mentor', 'nobody')"))
    assert not verify(file_of(girl), keys=public_keys).sound


def test_nobody_takes_the_report_of_another_away(told, sealed, call, an_actor) -> None:
    told(an_access())
    sealed()
    mother = an_actor(subject="mother", roles=["client"], organisation=None)
    assert call("export_report", {"person_id": str(GIRL)}, actor=mother).status == 403
