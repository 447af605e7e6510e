"""Sending a file of involvements as a connected system does: in parts, resuming, with progress (IN-9).

Everything goes through the published API; nothing of the platform is imported.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from icm.complaints import Complaint

PART = 1024 * 1024
PATIENCE_S = 120.0
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 3.0
TIMEOUT_S = 30.0
UNFINISHED = ("receiving", "waiting", "applying")

Token = Callable[[], str]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Described:
    """What is declared of a file."""

    size: int
    sha256: str
    rows: int


def describe(file: Path) -> Described:
    """Read a file once, a piece at a time. Raises Complaint for a file that is empty or cannot be read."""
    digest, size, lines, last = hashlib.sha256(), 0, 0, b"\n"
    try:
        for piece in _pieces(file):
            digest.update(piece)
            size, lines, last = size + len(piece), lines + piece.count(b"\n"), piece[-1:]
    except OSError as reason:
        raise Complaint(f"{file} cannot be read: {reason.strerror}.") from None
    if not size:
        raise Complaint(f"{file} is empty.", mend="A file begins with the names of its columns.")
    return Described(size=size, sha256=digest.hexdigest(), rows=max(0, lines + (last != b"\n") - 1))


class Uploader:
    """One system, signed in, that sends files. Waits out a service that restarts; the same step twice is harmless."""

    def __init__(self, *, base_url: str, token: Token, progress: Progress) -> None:
        self._base = f"{base_url.rstrip('/')}/api/v1/involvement-uploads"
        self._token = token
        self._progress = progress
        self._session = requests.Session()
        self._authorise()

    def send(self, file: Path) -> dict[str, Any]:
        """Send a file and wait until every row is worked through; returns the upload as the API tells it.

        A file that was begun before is found again, and only the parts that are missing are sent. Raises Complaint.
        """
        described = describe(file)
        upload = self._declare(file, described)
        there = {part["number"]: part["sha256"] for part in upload["parts"]}
        if there:
            self._progress(f"found again: {len(there)} parts are there")
        if upload["state"] == "receiving":
            self._send_parts(upload["id"], file, described, there)
            upload = self._ask("POST", f"/{upload['id']}/complete", json={})
        return self._until_done(upload)

    def results(self, upload_id: str, *, to: Path) -> None:
        """Save what became of each row as a CSV file."""
        answer = self._session.get(f"{self._base}/{upload_id}/results/file", stream=True, timeout=TIMEOUT_S)
        _good(answer)
        with to.open("wb") as kept:
            for piece in answer.iter_content(64 * 1024):
                kept.write(piece)

    def _declare(self, file: Path, described: Described) -> dict[str, Any]:
        said = {"name": file.name[:200], "size": described.size, "sha256": described.sha256}
        return self._ask("POST", "", json={**said, "rows": described.rows})

    def _send_parts(self, upload_id: str, file: Path, described: Described, there: dict[int, str]) -> None:
        sent = 0
        for number, content in enumerate(_pieces(file), start=1):
            sent += len(content)
            if there.get(number) != hashlib.sha256(content).hexdigest():
                headers = {"Content-Type": "text/csv"}
                self._ask("PUT", f"/{upload_id}/parts/{number}", data=content, headers=headers)
            self._progress(f"sent {sent:,} of {described.size:,} bytes")

    def _until_done(self, upload: dict[str, Any]) -> dict[str, Any]:
        pause, told = FIRST_PAUSE_S, None
        while upload["state"] in UNFINISHED:
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)
            upload = self._ask("GET", f"/{upload['id']}")
            if upload["checked"] != told:
                told = upload["checked"]
                rate = upload["rows_per_second"] or 0
                self._progress(f"{told:,} of {upload['rows']:,} rows, {rate:,} a second")
        return upload

    def _ask(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        """One request, again and again while the platform is not there; every step may be repeated."""
        ends, pause = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
        while True:
            try:
                answer = self._session.request(method, f"{self._base}{path}", timeout=TIMEOUT_S, **sent)
            except requests.ConnectionError:
                answer = None
            except requests.Timeout:
                answer = None
            if answer is not None and answer.status_code == 401:
                self._authorise()
            elif answer is not None and answer.status_code not in (429, 502, 503, 504):
                return _good(answer)
            if time.monotonic() > ends:
                raise Complaint(
                    "The platform does not answer.", mend="Call this again: it goes on where it was."
                )
            wait = float(answer.headers.get("Retry-After", pause)) if answer is not None else pause
            time.sleep(min(wait, LONGEST_PAUSE_S))
            pause = min(LONGEST_PAUSE_S, pause * 2)

    def _authorise(self) -> None:
        self._session.headers["Authorization"] = f"Bearer {self._token()}"


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PART):
            yield piece


def _good(answer: requests.Response) -> dict[str, Any]:
    if answer.ok:
        kind = answer.headers.get("Content-Type", "")
        told: dict[str, Any] = answer.json() if kind.startswith("application/json") else {}
        return told
    try:
        problem = answer.json()
    except ValueError:
        raise Complaint(f"The platform answered {answer.status_code}.") from None
    places = "; ".join(f"{each['pointer'].lstrip('/')}: {each['rule']}" for each in problem.get("errors", []))
    raise Complaint(f"{problem.get('title')} ({problem.get('code')}).", mend=places)
