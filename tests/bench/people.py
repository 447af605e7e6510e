"""Finding people among a million, through the platform: search and candidates (IN-7, IN-8).

    icm with-platform -- python -m tests.bench.people

Gateway, RPC, door, PostgreSQL under row-level security, audit entry: all of it, as the front desk asks. People are
invented, their names as common as names are. First ten thousand, then a million: what is found must not slow down with
the number of people. `ICM_BENCH_PEOPLE` takes fewer.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from itertools import cycle, islice
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from tests.bench.misprints import Habits, retold
from tests.bench.people_loading import CHUNK, SEED, load
from tests.bench.population import Someone, people
from tests.bench.referrals import access_token, environment

FEW = 10_000
MANY = 1_000_000
ASKED = 400
WARM = 60
_TYPED_BADLY = Habits(
    nickname=0.2, slip=0.3, heard=0.1, swapped=0.1, day_and_month=0.1, birth_slip=0.1, moved=0.0
)


class Desk:
    """A signed-in worker at the front desk who asks one thing after another."""

    def __init__(self) -> None:
        place = urlsplit(environment("ICM_BASE_URL"))
        self._headers = {"Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        self.sign_in()

    def sign_in(self) -> None:
        """A fresh connection and a fresh token: loading takes longer than an idle connection is kept open."""
        self._headers["Authorization"] = f"Bearer {access_token('intake-worker')}"
        self._connection.close()

    def ask(self, path: str, body: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        """Milliseconds, and the answer."""
        began = perf_counter()
        self._connection.request("POST", f"/api/v1{path}", body=json.dumps(body), headers=self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        spent = (perf_counter() - began) * 1000
        if answer.status != 200:
            sys.exit(f"{path} answered {answer.status}: {told[:300]!r}")
        found: dict[str, Any] = json.loads(told)
        return spent, found


def searches(known: list[Someone]) -> list[dict[str, Any]]:
    """What is searched for, by turns: whole names, beginnings of common and rare ones, a year, an identifier."""
    made: list[dict[str, Any]] = []
    for kind, who in zip(cycle(range(5)), known, strict=False):
        given, family = who.given_name.split()[0], who.family_name
        year = int(who.date_of_birth[:4])
        made.append(
            [
                {"name": f"{given} {family}"},
                {"name": f"{given[:3]} {family[:4]}"},
                {"name": f"{family[:5]}"},
                {"name": f"{given[:2]} {family[:3]}", "born_year": year},
                {"identifier": who.identifier},
            ][kind]
        )
    return made


def descriptions(known: list[Someone]) -> list[dict[str, Any]]:
    """How those people are typed in for candidates: with slips, by turns in whole and in part."""
    chance = Random(SEED)
    made: list[dict[str, Any]] = []
    for kind, who in zip(cycle(range(5)), known, strict=False):
        told = retold(who, chance, _TYPED_BADLY)
        year, month, day = (int(part) for part in (told.date_of_birth or who.date_of_birth).split("-"))
        name = {"given": told.given_name or None, "family": told.family_name or who.family_name}
        made.append(
            [
                {**name, "born": {"year": year, "month": month, "day": day}},
                name,
                {**name, "born": {"year": year}},
                {"family": name["family"], "born": {"year": year, "month": month}},
                {**name, "identifier": told.identifier or who.identifier, "scheme": "bc_phn"},
            ][kind]
        )
    return made


def measured(desk: Desk, path: str, bodies: list[dict[str, Any]]) -> tuple[list[float], int]:
    """Latencies in milliseconds, smallest first, after a warm-up; and how many found somebody."""
    desk.sign_in()
    for body in islice(cycle(bodies), WARM):
        desk.ask(path, body)
    answers = [desk.ask(path, body) for body in bodies]
    return sorted(spent for spent, _ in answers), sum(bool(found["items"]) for _, found in answers)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return round(values[min(int(len(values) * share), len(values) - 1)], 1)


def main() -> None:
    """Load, measure, print."""
    many = int(os.environ.get("ICM_BENCH_PEOPLE", MANY))
    few = min(FEW, many)
    url, desk = environment("ICM_INTAKE_OWNER_URL"), Desk()
    known = Random(SEED).sample(people(few, seed=SEED), min(ASKED, few))

    began = perf_counter()
    load(url, first=0, count=few)
    print(f"{few} people loaded in {perf_counter() - began:.0f} s", flush=True)
    few_search, _ = measured(desk, "/people/searches", searches(known))
    few_candidates, _ = measured(desk, "/people/candidates", descriptions(known))
    print(
        f"at {few}: search p99 {percentile(few_search, 0.99)} ms,"
        f" candidates p99 {percentile(few_candidates, 0.99)} ms",
        flush=True,
    )
    began = perf_counter()
    if few % CHUNK and many > few:
        load(url, first=few, count=min(CHUNK, many) - few)
    load(url, first=CHUNK, count=max(many - CHUNK, 0))
    print(f"{many} people loaded in {perf_counter() - began:.0f} s", flush=True)
    search, found = measured(desk, "/people/searches", searches(known))
    candidates, recognised = measured(desk, "/people/candidates", descriptions(known))
    print(f"found somebody: {found} of {len(search)} searches, {recognised} of {len(candidates)} candidates")
    print(
        json.dumps(
            {
                "bench": "people",
                "people": many,
                "search_p50_ms": percentile(search, 0.5),
                "search_p99_ms": percentile(search, 0.99),
                "p99_at_10k_ms": percentile(few_search, 0.99),
                "candidates_p50_ms": percentile(candidates, 0.5),
                "candidates_p99_ms": percentile(candidates, 0.99),
                "candidates_p99_at_10k_ms": percentile(few_candidates, 0.99),
            }
        )
    )


if __name__ == "__main__":
    main()
