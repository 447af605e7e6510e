"""What the report is made of: the accesses in plain words, newest first, and the file that proves them (AU-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from gateway.asking import ask
from gateway.callers import Caller
from gateway.report.words import said, told_at, words

MOST = 1_000
PAGE = 100
PROOFS_A_PAGE = 200


@dataclass(frozen=True)
class Access:
    """One line of the report."""

    position: int
    at: str
    who: str
    whom_for: str
    what: str
    why: str
    permitted: bool
    shown: str


@dataclass(frozen=True)
class Report:
    """The report as both forms show it, in one language.

    `more` says that there are older accesses than those listed.
    """

    language: str
    person_id: str
    made_at: str
    zone: str
    accesses: list[Access]
    more: bool
    checkpoint: str
    proofs: bytes


def gathered(caller: Caller, person_id: UUID, *, now: datetime, zone: str, language: str) -> Report:
    """Ask for the report and for its proofs, as the caller; at most the newest thousand accesses are listed.

    Every access is in `proofs`, whatever their number.
    """
    lines = list(_proofs(caller, person_id))
    found = list(islice(_accesses(caller, person_id), MOST + 1))
    place = ZoneInfo(zone)
    return Report(
        language=language,
        person_id=str(person_id),
        made_at=told_at(now.isoformat(), place),
        zone=zone,
        accesses=[_in_words(each, place, language) for each in found[:MOST]],
        more=len(found) > MOST,
        checkpoint=lines[0]["checkpoint"],
        proofs=b"".join(orjson.dumps(line) + b"\n" for line in lines),
    )


def _accesses(caller: Caller, person_id: UUID) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"person_id": str(person_id), "limit": PAGE}
    while True:
        page = ask(caller, "audit", "access_report", asked)
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        asked["cursor"] = page["next_cursor"]


def _proofs(caller: Caller, person_id: UUID) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"person_id": str(person_id), "limit": PROOFS_A_PAGE, "first": True}
    while True:
        page = ask(caller, "audit", "export_report", asked)
        yield from page["lines"]
        if page["next"] is None:
            return
        asked |= {"start": page["next"], "size": page["size"], "first": False}
        asked |= {"before": page["before"]} if "before" in page else {}


def _in_words(access: dict[str, Any], zone: ZoneInfo, language: str) -> Access:
    permitted, known = access["outcome"] == "permitted", words(language)
    done = f"{said(language, 'done', access['action'])} ({said(language, 'services', access['service'])})"
    because = [said(language, "bases", basis) for basis in access["basis"]]
    why = [said(language, "purposes", access["purpose"])] if access["purpose"] else []
    if not permitted:
        why.append(f"{known['refused']}: {said(language, 'reasons', access['reason'] or 'access_denied')}")
    return Access(
        position=access["position"],
        at=told_at(access["at"], zone),
        who=access["worker"],
        whom_for=access["organisation"] or "",
        what=done if permitted else f"{known['report']['tried']}: {done}",
        why="; ".join([*why, *because]),
        permitted=permitted,
        shown=", ".join(said(language, "categories", code) for code in access["categories"]),
    )
