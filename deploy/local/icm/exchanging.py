"""Sending a service directory to the platform, and fetching it, as HSDS (IN-11).

What is wrong in a file is found before anything is sent, by the rules of the platform itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from chassis.errors import FieldError
from icm.complaints import Complaint
from icm.reading_hsds import Writer, objects_in
from intake.services_directory.flattening import flattened
from intake.services_directory.specification import specification

PART_BYTES = 400_000
PART_OBJECTS = 100
TIMEOUT_S = 60.0
TRIES = 6
MOST_FAULTS = 200
# What others refer to goes first.
_FIRST = ("organizations", "taxonomies", "taxonomy_terms", "units", "programs", "locations", "services")


def faults_of(file: Path) -> Iterator[FieldError]:
    """What is wrong in a file, each with a JSON pointer into it; what only the directory knows is not looked at."""
    for name, place, told in objects_in(file):
        content = {name: told} if place < 0 else {name: [told]}
        for error in flattened(content).errors:
            pointer = error.pointer
            if place >= 0:
                pointer = pointer.replace(f"/{name}/0", f"/{name}/{place}", 1)
            yield FieldError(pointer=pointer, rule=error.rule, detail=error.detail)


def parts_of(file: Path) -> Iterator[dict[str, list[Any]]]:
    """The file in parts that fit into one request, what is referred to before what refers."""
    names = sorted(
        {name for name, place, _ in objects_in(file) if place >= 0},
        key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name),
    )
    for wanted in names:
        part: list[Any] = []
        size = 0
        for name, place, told in objects_in(file):
            if name != wanted or place < 0:
                continue
            long = len(json.dumps(told, ensure_ascii=False).encode())
            if part and (size + long > PART_BYTES or len(part) >= PART_OBJECTS):
                yield {wanted: part}
                part, size = [], 0
            part.append(told)
            size += long
        if part:
            yield {wanted: part}


class Exchange:
    """Somebody who keeps a directory, signed in. A platform that restarts is waited for; each step can be repeated."""

    def __init__(self, *, base_url: str, token: Callable[[], str], progress: Callable[[str], None]) -> None:
        self._base = f"{base_url.rstrip('/')}/api/v1"
        self._token = token
        self._progress = progress
        self._session = requests.Session()

    def send(self, file: Path, *, source: str, absent: str) -> dict[str, Any]:
        """Import a file, part by part, and end the import; returns it as the API tells it. Raises Complaint."""
        begun = self._ask("POST", "/service-imports", json={"source": source, "absent": absent})
        taken = 0
        for part in parts_of(file):
            told = self._ask("POST", f"/service-imports/{begun['id']}/parts", json={"content": part})
            taken += told["objects"]
            self._progress(f"{taken:,} objects are in")
        return self._ask("POST", f"/service-imports/{begun['id']}/end", json={})

    def fetch(self, file: Path) -> int:
        """Save the whole directory; says how many objects stand by themselves in it."""
        count, cursor = 0, None
        with file.open("w", encoding="utf-8") as opened:
            writer = Writer(opened, version=specification().version)
            while True:
                asked = {"limit": "100", **({"cursor": cursor} if cursor else {})}
                page = self._ask("GET", "/service-export", params=asked)
                for name, listed in page["content"].items():
                    for told in listed:
                        writer.write(name, told)
                        count += 1
                cursor = page["next_cursor"]
                if cursor is None:
                    break
                self._progress(f"{count:,} objects are out")
            writer.end()
        return count

    def _ask(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        for tried in range(TRIES):
            headers = {"Authorization": f"Bearer {self._token()}"}
            try:
                answer = self._session.request(
                    method, self._base + path, headers=headers, timeout=TIMEOUT_S, **sent
                )
            except (requests.ConnectionError, requests.Timeout):
                answer = None
            if answer is not None and answer.status_code not in (429, 502, 503, 504):
                return _good(answer)
            time.sleep(0.5 * 2**tried)
        raise Complaint("The platform does not answer.", mend="Call this again: nothing is taken in twice.")


def _good(answer: requests.Response) -> dict[str, Any]:
    try:
        told: dict[str, Any] = answer.json()
    except ValueError:
        raise Complaint(f"The platform answered {answer.status_code}.") from None
    if answer.ok:
        return told
    places = "\n".join(
        f"{each['pointer']}: {each['rule']}: {each['detail']}" for each in told.get("errors", [])
    )
    raise Complaint(f"{told.get('title')} ({told.get('code')}).", mend=places)
