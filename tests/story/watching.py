"""Who looks after it: a record under protection, a danger that cannot wait, and somebody who changes the log.

Played after the day at the front desk, through HTTP; only the one who changes the log goes to the database itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import make_url

from tests.story.client import Person, StoryBroken
from tests.story.proofs import spoiled, verified_offline
from tests.story.scene import Story, hold

NOTICED_WITHIN_S = 2.0
CALLED_OFF = "The attempt that the story tells of; the word was put back."


def a_record_under_protection(story: Story) -> str:
    """Step 16: for a normal role there is no such person; the attempt is an alert, which somebody looks into."""
    officer, mentor = story["privacy-officer"], story["mentor"]
    woman = _recorded(story, "Woman in hiding")
    placed = {"person_id": woman, "reason": "Protected by order of a court."}
    story.platform.until(
        "she is known to the consent service", lambda: _made(officer, "/restrictions", placed)
    )
    story.platform.until(
        "intake hides her",
        lambda: True if story["intake-worker"].get(f"/people/{woman}").status == 404 else None,
    )
    unknown = mentor.get("/people/00000000-0000-4000-8000-000000000000").expect(404)
    refused = mentor.get(f"/people/{woman}").expect(404)
    hold(refused.body["title"] == unknown.body["title"], "she is as unknown to the mentor as nobody at all")
    by_name = {"name": f"Woman in hiding {story.run}"}
    found = story["intake-worker"].post("/people/searches", by_name).expect().body["items"]
    hold(found == [], "no search finds her")

    alert = _alert(story, rule="restricted_attempt", person=woman, worker="mentor")
    hold(_seconds(alert) < NOTICED_WITHIN_S, f"it is noticed at once, not after {_seconds(alert):.2f} s")
    officer.post(f"/alerts/{alert['id']}/acknowledgement").expect()
    officer.post(f"/alerts/{alert['id']}/assignment", {"to": "privacy-officer-2"}).expect()
    closing = {"finding": "mistake", "findings": "The mentor followed an old link and has asked for nothing."}
    closed = officer.post(f"/alerts/{alert['id']}/closing", closing).expect().body
    hold(
        [each["step"] for each in closed["steps"]] == ["raised", "acknowledged", "assigned", "closed"],
        "each step of looking into it is kept",
    )
    return (
        "16. A woman in hiding: the mentor who reaches for her record is told that there is none. The alert is there"
        f" {_seconds(alert) * 1000:.0f} ms later; it is acknowledged, assigned and closed as a {closed['finding']}."
    )


def a_danger_that_cannot_wait(story: Story) -> str:
    """Step 17: the glass is broken for one person and some hours; the custodian knows at once, another reviews."""
    officer, youth = story["privacy-officer"], story["youth-worker"]
    boy = _recorded(story, "Boy", phone="+1 250 555 0177")
    youth.get(f"/people/{boy}", purpose="emergency").expect(403)
    asked = {
        "person_id": boy,
        "reason": "He wrote that he has taken pills and does not answer.",
        "categories": ["contact"],
        "hours": 2,
    }
    access = story.platform.until(
        "he is known to the consent service", lambda: _made(youth, "/emergency-accesses", asked)
    )
    waiting = officer.get("/emergency-accesses", reviewed="false", person_id=boy).expect().body["items"]
    hold([each["id"] for each in waiting] == [access["id"]], "the custodian sees it in the same moment")
    opened = story.platform.until(
        "his record is open to the youth worker", lambda: _opened(youth, f"/people/{boy}")
    )
    hold(opened["contact_points"][0]["value"] == "+1 250 555 0177", "the youth worker can call him")
    alert = _alert(story, rule="emergency_begun", person=boy, worker="youth-worker")
    hold(_seconds(alert) < NOTICED_WITHIN_S, f"it is noticed at once, not after {_seconds(alert):.2f} s")

    found = {
        "finding": "justified",
        "review": "He was found in time; the call is in the notes of the ambulance.",
    }
    youth.post(f"/emergency-accesses/{access['id']}/review", found).expect(403)
    youth.post(f"/emergency-accesses/{access['id']}/end").expect()
    reviewed = officer.post(f"/emergency-accesses/{access['id']}/review", found).expect().body
    hold(
        reviewed["state"] == "reviewed" and reviewed["reviewed_by"] == "privacy-officer", "another reviews it"
    )
    ended = monotonic()
    story.platform.until(
        "his record is closed again",
        lambda: True if youth.get(f"/people/{boy}", purpose="emergency").status == 403 else None,
        within_s=5.0,
    )
    return (
        f"17. A boy in danger: the youth worker breaks the glass, the custodian knows {_seconds(alert) * 1000:.0f} ms"
        f" later, another closes the review; the record is shut {(monotonic() - ended) * 1000:.0f} ms after that."
    )


def somebody_changes_the_log(story: Story) -> str:
    """Step 18: the owner of the database changes one word of one entry; the verifier and the house find it."""
    owner, folder = os.environ.get("ICM_AUDIT_OWNER_URL"), story.folder
    if owner is None:
        return _changed_on_the_way(story, folder)
    address = make_url(owner).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as database:
        position, words = _a_refusal(database, story)
        with _changed(database, position, words):
            verdict = verified_offline(story["auditor"], folder=folder, public_key=story.public_key)
            hold(not verdict.sound, "the export does not verify")
            hold(f"entry {position} " in verdict.said, f"the verifier names entry {position}: {verdict.said}")
            cause = story.platform.until(
                "the house finds it by itself",
                lambda: _found_by_the_house(database),
                within_s=60.0 + position / 200,  # it goes through the log in turns
            )
        _settled(database)
    sound = story.platform.until(
        "the log goes on and verifies", lambda: _sound_again(story, folder), within_s=60.0
    )
    return (
        f"18. An administrator turns the refusal of entry {position} into a permission: the offline verifier names the"
        f" entry, the house finds it by itself ({cause}) and stops. Put back, {sound} entries verify again."
    )


def _changed_on_the_way(story: Story, folder: Path) -> str:
    """Where the story has no way to the database, the file is changed on its way to the auditor."""
    hold(verified_offline(story["auditor"], folder=folder, public_key=story.public_key).sound, "it verifies")
    verdict = spoiled(folder, word='"outcome":"denied"', other='"outcome":"permitted"')
    hold(not verdict.sound, "the changed file does not verify")
    return (
        f"18. Somebody turns a refusal into a permission in the exported file: {verdict.said.splitlines()[0]}"
    )


@contextmanager
def _changed(database: psycopg.Connection[Any], position: int, words: str) -> Iterator[None]:
    """Let an entry say that what was refused was permitted; put the words back whatever comes."""
    forged = words.replace('"outcome":"denied"', '"outcome":"permitted"')
    hold(forged != words, "the entry tells of a refusal")
    say = "UPDATE entries SET words = %s WHERE position = %s"
    database.execute(say, (forged, position))
    try:
        yield
    finally:
        database.execute(say, (words, position))


def _a_refusal(database: psycopg.Connection[Any], story: Story) -> tuple[int, str]:
    row = database.execute(
        "SELECT e.position, e.words FROM entries e WHERE e.outcome = 'denied' AND %s::uuid = ANY(e.persons)"
        " AND e.position < (SELECT max(size) FROM checkpoints) ORDER BY e.position DESC LIMIT 1",
        (story.girl,),
    ).fetchone()
    if row is None:
        raise StoryBroken("somebody was refused the girl's record, and the log says so")
    return row[0], row[1]


def _found_by_the_house(database: psycopg.Connection[Any]) -> str | None:
    row = database.execute(
        "SELECT cause FROM divergences d"
        " WHERE NOT EXISTS (SELECT 1 FROM settlements s WHERE s.divergence_id = d.id)"
    ).fetchone()
    return None if row is None else str(row[0])


def _settled(database: psycopg.Connection[Any]) -> None:
    """What the runbook says: whoever answers for the log says that, and why, it may go on."""
    database.execute(
        'INSERT INTO settlements (divergence_id, "by", because, settled_at) SELECT id, %s, %s, now()'
        " FROM divergences d WHERE NOT EXISTS (SELECT 1 FROM settlements s WHERE s.divergence_id = d.id)",
        ("privacy-officer", CALLED_OFF),
    )


def _sound_again(story: Story, folder: Path) -> int | None:
    verdict = verified_offline(story["auditor"], folder=folder, public_key=story.public_key)
    return verdict.entries if verdict.sound else None


def _recorded(story: Story, given: str, *, phone: str | None = None) -> str:
    body: dict[str, Any] = {"names": [{"kind": "alias", "given": given, "family": story.run}]}
    if phone is not None:
        body["contact_points"] = [{"kind": "phone", "value": phone, "safe_to_contact": True}]
    return str(story["intake-worker"].post("/people", body).expect().body["id"])


def _made(by: Person, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
    answer = by.post(path, body)
    return None if answer.status == 404 else answer.expect().body


def _opened(reader: Person, path: str) -> dict[str, Any] | None:
    answer = reader.get(path, purpose="emergency")
    return None if answer.status == 403 else answer.expect().body


def _alert(story: Story, *, rule: str, person: str, worker: str) -> dict[str, Any]:
    def raised() -> dict[str, Any] | None:
        asked = {"rule": rule, "person_id": person, "worker": worker}
        listed = story["privacy-officer"].get("/alerts", **asked).expect().body["items"]
        return listed[0] if listed else None

    return story.platform.until(f"the alert {rule} is raised", raised, within_s=15.0)


def _seconds(alert: dict[str, Any]) -> float:
    happened, raised = (
        datetime.fromisoformat(alert[name]).astimezone(UTC) for name in ("happened_at", "raised_at")
    )
    return (raised - happened).total_seconds()


STEPS = (a_record_under_protection, a_danger_that_cannot_wait, somebody_changes_the_log)
