"""`/status`: which services answer right now, for people and for programs. Open to all; nothing personal (OP-1)."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from chassis.errors import Problem
from gateway.house import House, house

SERVICES = ("intake", "cases", "consent", "portal", "audit")
PATIENCE_S = 0.8
FRESH_S = 1.0

blueprint = Blueprint("status", __name__, template_folder="templates")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Whether one part of the platform answers, and after how many milliseconds."""

    name: str
    state: str
    ms: int | None = None


class StatusBoard:
    """Asks every service at most once a second, however many ask us."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._standings: list[Standing] = []

    def standings(self, keeper: House) -> list[Standing]:
        """The broker first, then each service in order."""
        if time.monotonic() - self._asked_at > FRESH_S:
            self._asked_at = time.monotonic()
            self._standings = self._ask(keeper)
        return self._standings

    def _ask(self, keeper: House) -> list[Standing]:
        def knock(service: str) -> Standing:
            began = time.perf_counter()
            try:
                keeper.client.call(service, "health", b"{}", deadline_s=PATIENCE_S)
            except Problem:
                return Standing(name=service, state="down")
            return Standing(name=service, state="up", ms=round((time.perf_counter() - began) * 1000))

        answered = keeper.all_at_once(knock, SERVICES)
        up = keeper.client.ready or any(standing.state == "up" for standing in answered)
        return [Standing(name="broker", state="up" if up else "down"), *answered]


_board = StatusBoard()


@blueprint.get("/status")
def show_status() -> Response:
    """The state of each service as JSON, or as a page when the browser asks for one.

    Always 200: the gateway answers, which is what a prober of this address asks. `state` is `up`, `degraded`
    or `down`.
    """
    standings = _board.standings(house())
    states = [standing.state for standing in standings]
    overall = "up" if set(states) == {"up"} else "down" if "up" not in states[1:] else "degraded"
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return Response(
            render_template("status.html", overall=overall, standings=standings), mimetype="text/html"
        )
    parts: list[dict[str, Any]] = [asdict(standing) for standing in standings]
    return jsonify(state=overall, parts=parts)
