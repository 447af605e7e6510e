"""The trail of a case or a person as a page that prints well (AU-3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, render_template, request

from audit.trails.schemas import CaseTrailAsked, PersonTrailAsked
from chassis import moment
from chassis.clocks import house_calendar
from gateway.asking import admitted, ask
from gateway.callers import Caller
from gateway.report.words import language_of, said, told_at, words
from gateway.shape import check, query_arguments

MOST = 1_000
PAGE = 100
_SHAPES = {"case": CaseTrailAsked, "person": PersonTrailAsked}


@dataclass(frozen=True)
class Step:
    """One line of the page."""

    at: str
    title: str
    who: str
    whom_for: str
    why: str
    position: int
    proof: str


@dataclass(frozen=True)
class Trail:
    """What the page shows. `more` says that there are older steps than those listed."""

    of: str
    record_id: str
    made_at: str
    zone: str
    steps: list[Step]
    more: bool


def case_page(case_id: UUID) -> Response:
    """The trail of a case as a page."""
    return _page("case", case_id)


def person_page(person_id: UUID) -> Response:
    """The trail of a person as a page."""
    return _page("person", person_id)


def _page(of: str, record_id: UUID) -> Response:
    caller, language = admitted(), language_of(request)
    named = f"{of}_id"
    shape = _SHAPES[of](exclude=(named, "cursor", "limit"))
    asked = {name: value for name, value in query_arguments(request, shape).items() if name != "lang"}
    check(shape, asked, in_query=asked)
    zone = house_calendar().zone
    found = list(islice(_steps(caller, of, {**asked, named: str(record_id), "limit": PAGE}), MOST + 1))
    trail = Trail(
        of=of,
        record_id=str(record_id),
        made_at=told_at(moment.now().isoformat(), zone),
        zone=str(zone),
        steps=[_in_words(each, zone, language) for each in found[:MOST]],
        more=len(found) > MOST,
    )
    page = render_template("trail.html", trail=trail, language=language, words=words(language))
    response = Response(page, mimetype="text/html")
    response.headers["Content-Language"] = language
    return response


def _steps(caller: Caller, of: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    while True:
        page = ask(caller, "audit", f"{of}_trail", asked)
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        asked = {**asked, "cursor": page["next_cursor"]}


def _in_words(step: dict[str, Any], zone: ZoneInfo, language: str) -> Step:
    why = [said(language, "purposes", step["purpose"])] if step["purpose"] else []
    if step["outcome"] == "denied":
        why.append(f"{words(language)['refused']}: {said(language, 'reasons', step['reason'] or '')}")
    why += [said(language, "bases", basis) for basis in step["basis"]]
    return Step(
        at=told_at(step["at"], zone),
        title=step["title"],
        who=step["worker"],
        whom_for=step["organisation"] or "",
        why="; ".join(why),
        position=step["position"],
        proof=step["proof"],
    )
