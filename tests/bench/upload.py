"""A hundred thousand rows from a connected system, and intake killed in the middle (IN-9).

    icm with-platform -- python -m tests.bench.upload

Children are recorded through the API; the file names half of them by our identifier and half by name and date of
birth. The client is `icm directory upload` in a process of its own. Once part of the rows are applied, intake is
killed with SIGKILL; the supervisor starts it again and the upload goes on. Afterwards every row must have been applied
exactly once: the same file again must leave every row unchanged.

The rate is of rows worked through from the word that the file was complete until the last one, the restart included.
`peak_mb` is the most memory that intake held at any time, resident, over both of its lives.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.faults.targets import Target
from tests.story.client import Platform

ROWS = 100_000
PEOPLE = 500
ORGANISATION = "youth-service"
SYSTEM = "directory-feed"
PATIENCE_S = 600.0
COLUMNS = (
    "reference",
    "person_id",
    "given_name",
    "family_name",
    "date_of_birth",
    "organisation",
    "role",
    "since",
)


def main() -> None:
    """Run and print one line of JSON."""
    rows = int(os.environ.get("ICM_BENCH_ROWS", ROWS))
    platform = Platform(
        base_url=os.environ["ICM_BASE_URL"],
        token_url=os.environ["ICM_TOKEN_URL"],
        grant=os.environ["ICM_TOKEN_GRANT"],
    )
    _accredited(platform)
    people = list(_people(platform))
    with tempfile.TemporaryDirectory(prefix="icm-upload-") as folder:
        file = Path(folder) / "involvements.csv"
        _write(file, people, rows=rows)
        first, peak_mb, killed = _upload(platform, file, rows=rows)
        again, later_mb, _ = _upload(platform, file, rows=0)
    _hold(killed, "intake was killed in the middle")
    _hold(first["applied"] == rows, f"every row was applied: {first}")
    _hold(again["unchanged"] == rows, f"the same file again changes nothing: {again}")
    print(
        json.dumps(
            {
                "bench": "upload",
                "rows": rows,
                "rows_per_s": first["rows_per_second"],
                "again_rows_per_s": again["rows_per_second"],
                "peak_mb": round(max(peak_mb, later_mb)),
                "resumed": killed,
            }
        )
    )


def _accredited(platform: Platform) -> None:
    today = datetime.now(UTC).date()
    platform.person("privacy-officer").put(
        f"/accredited-systems/{SYSTEM}",
        {
            "name": "Records of the borough",
            "organisations": [ORGANISATION],
            "sectors": ["youth_service"],
            "valid_from": str(today - timedelta(days=1)),
            "valid_until": str(today + timedelta(days=30)),
        },
    ).expect()
    details = {"name": "Youth service", "sector": "youth_service", "phone": "+1 250 555 0100"}
    platform.person(SYSTEM).put(f"/agencies/{ORGANISATION}", details).expect()


def _people(platform: Platform) -> Iterator[dict[str, Any]]:
    desk, today = platform.person("intake-worker"), datetime.now(UTC).date()
    for number in range(PEOPLE):
        born = today - timedelta(days=3_000 + number)
        name = {"kind": "legal", "given": f"Child{number}", "family": f"Bench{number % 97}"}
        told = {"names": [name], "born": {"year": born.year, "month": born.month, "day": born.day}}
        made = desk.post("/people", told).expect().body
        yield {"id": made["id"], **name, "born": str(born)}


def _write(file: Path, people: list[dict[str, Any]], *, rows: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        lines = csv.writer(opened)
        lines.writerow(COLUMNS)
        for number in range(rows):
            person = people[number % len(people)]
            by_id = (person["id"], "", "", "")
            by_name = ("", person["given"], person["family"], person["born"])
            naming = by_id if number % 2 else by_name
            lines.writerow((f"bench-{number}", *naming, ORGANISATION, "youth_worker", "2025-04-01"))


def _upload(platform: Platform, file: Path, *, rows: int) -> tuple[dict[str, Any], float, bool]:
    """The outcome that the client printed, intake's peak in MB, and whether intake was killed on the way."""
    client = subprocess.Popen(
        [sys.executable, "-m", "icm", "directory", "upload", str(file), "--as", SYSTEM],
        stdout=subprocess.PIPE,
        text=True,
    )
    peak, killed, ends = 0.0, False, monotonic() + PATIENCE_S
    try:
        while client.poll() is None and monotonic() < ends:
            peak = max(peak, _resident_mb())
            if rows and not killed and _checked(platform) >= rows // 3:
                Target("intake", frozenset({"intake"})).kill()
                killed = True
            sleep(0.1)
        told, _ = client.communicate(timeout=10)
    finally:
        client.kill()
    outcome: dict[str, Any] = json.loads(told.splitlines()[-1])
    return outcome, peak, killed


def _checked(platform: Platform) -> int:
    answer = platform.person(SYSTEM).get("/involvement-uploads", limit=1)
    items = answer.body["items"] if answer.good else []
    return int(items[0]["checked"]) if items and items[0]["state"] == "applying" else 0


def _resident_mb() -> float:
    """What intake holds at this moment, by the kernel's own peak counter; 0 while it is away."""
    try:
        record = json.loads(Path(os.environ["ICM_PROCESSES"]).read_text())
        pid = next(int(each["pid"]) for each in record["processes"] if each["name"] == "intake")
        status = Path(f"/proc/{pid}/status").read_text()
    except (OSError, ValueError, StopIteration, TypeError):
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _hold(fact: bool, told: str) -> None:
    if not fact:
        sys.exit(f"the bench failed: {told}")


if __name__ == "__main__":
    main()
