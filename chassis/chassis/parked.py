"""Events that were set aside: which, why, and letting them be applied after all (rule 6).

    python -m chassis.parked list                  in a container of the service; `icm parked list` on a bare machine
    python -m chassis.parked show 17
    python -m chassis.parked replay 0193…          a subject, or --all

The lane applies what is asked for, in order, within a second or two. What fails again stays, with one attempt more.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from base64 import b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine, func, select, update

from chassis import moment
from chassis.inbox import ParkedEvent


@dataclass(frozen=True)
class ParkedSubject:
    """What stands aside of one subject. `first_*` tells of the event that all later ones wait for."""

    source: str
    subject: str
    events: int
    first_id: int
    first_key: str
    reason: str
    attempts: int
    since: datetime
    replay_requested: bool


def subjects(engine: Engine) -> list[ParkedSubject]:
    """The subjects with parked events, the longest parked first."""
    first = (
        select(
            ParkedEvent.source,
            ParkedEvent.subject,
            func.count().label("events"),
            func.min(ParkedEvent.id).label("first_id"),
            func.bool_or(ParkedEvent.replay_requested_at.is_not(None)).label("asked"),
        )
        .group_by(ParkedEvent.source, ParkedEvent.subject)
        .subquery()
    )
    wanted = (
        select(
            first.c.source,
            first.c.subject,
            first.c.events,
            first.c.first_id,
            ParkedEvent.key,
            ParkedEvent.reason,
            ParkedEvent.attempts,
            ParkedEvent.parked_at,
            first.c.asked,
        )
        .join(ParkedEvent, ParkedEvent.id == first.c.first_id)
        .order_by(first.c.first_id)
    )
    with engine.connect() as connection:
        return [ParkedSubject(*row) for row in connection.execute(wanted)]


def event(engine: Engine, parked_id: int) -> dict[str, Any] | None:
    """One parked event: what is known of it, and its message. It holds ids, codes and times only (rule 4)."""
    wanted = select(
        ParkedEvent.id,
        ParkedEvent.source,
        ParkedEvent.subject,
        ParkedEvent.version,
        ParkedEvent.key,
        ParkedEvent.reason,
        ParkedEvent.attempts,
        ParkedEvent.parked_at,
        ParkedEvent.replay_requested_at,
        ParkedEvent.body,
    ).where(ParkedEvent.id == parked_id)
    with engine.connect() as connection:
        found = connection.execute(wanted).mappings().one_or_none()
    if found is None:
        return None
    return {**found, "body": _read(bytes(found["body"]))}


def _read(body: bytes) -> Any:
    """The message; of one that nobody can read, its bytes in Base64."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return {"unreadable": b64encode(body).decode()}


def request_replay(engine: Engine, *, subject: str | None) -> int:
    """Ask the lane to apply the parked events of a subject, or all of them when it is None; how many were asked for."""
    wanted = update(ParkedEvent).where(ParkedEvent.replay_requested_at.is_(None))
    if subject is not None:
        wanted = wanted.where(ParkedEvent.subject == subject)
    with engine.begin() as connection:
        return int(connection.execute(wanted.values(replay_requested_at=moment.now())).rowcount)


def main(arguments: list[str]) -> int:
    """The command line, on the database that ICM_LANE_DATABASE_URL names. Prints JSON; the exit code tells."""
    parser = argparse.ArgumentParser(prog="python -m chassis.parked")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    commands.add_parser("show").add_argument("id", type=int)
    replay = commands.add_parser("replay")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("subject", nargs="?")
    which.add_argument("--all", action="store_true")
    asked = parser.parse_args(arguments)
    engine = create_engine(os.environ["ICM_LANE_DATABASE_URL"])
    try:
        if asked.command == "list":
            answer: Any = [asdict(each) for each in subjects(engine)]
        elif asked.command == "show":
            answer = event(engine, asked.id)
        else:
            answer = {"asked_for": request_replay(engine, subject=None if asked.all else asked.subject)}
    finally:
        engine.dispose()
    sys.stdout.write(json.dumps(answer, default=str, indent=2) + "\n")
    return 1 if answer is None else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
