"""The worklist at a province's size, through the gateway, under row-level security (IN-2).

    icm with-platform -- python -m tests.bench.worklist

200,000 open referrals of as many people, each with its clock and the grants of its keepers, are put into the database
of intake: 30,000 kept by the desk's team, 400 of them owned by the desk's worker, the others by forty other teams; one
person in five hundred is restricted. The desk's worker then asks through the gateway, with an own signed token and no
cache anywhere: the first page of their own work, of their own and their team's, of the team's, of what is overdue and
of what nobody owns, each with the counts of every bucket, and pages further down. Every answer is checked: in order,
only what the worker may see, counts as the tables have them up to a thousand. What was put in is taken out again.
"""

from __future__ import annotations

import json
import os
import sys
from time import perf_counter
from typing import Any

import requests
from sqlalchemy import Connection, create_engine, text

from tests.bench.referrals import access_token, environment
from tests.bench.rig import percentile

OPEN = int(os.environ.get("BENCH_OPEN_REFERRALS", "200000"))
MOST_COUNTED = 1_000  # the counts of a worklist end there
OF_THE_TEAM = 30_000
OWNED = 400
ROUNDS = 60
WARM_ROUNDS = 5
TEAM, WORKER = "intake-desk", "intake-worker"
SOURCE = "shelter"

# Ids are told by their beginning, so that what was put in is found again; times are spread around now.
_ID = "('{kind}000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_PERSON, _REFERRAL, _CLOCK = (_ID.format(kind=f"bec0{part}") for part in ("1", "2", "3"))
_KEPT = f"CASE WHEN n <= {OF_THE_TEAM} THEN '{TEAM}' ELSE 'team-' || n % 40 END"
_RECEIVED = "now() - (n % 97) * interval '1 hour'"
_DUE = "now() + ((n * 7919) % 240 - 72) * interval '1 hour'"
_FILLED = (
    "INSERT INTO persons (id, languages, written_languages, interpreter_needed, self_described, no_fixed_address,"
    f" version, created_at, updated_at) SELECT {_PERSON}, '{{}}', '{{}}', false, '{{}}', true, 1, now(), now()"
    " FROM generate_series(1, :open) n",
    "INSERT INTO person_names (id, person_id, kind, given)"
    f" SELECT gen_random_uuid(), {_PERSON}, 'alias', 'Bench ' || n FROM generate_series(1, :open) n",
    "INSERT INTO referrals (id, person_id, program, source, priority, returning_in_crisis, reason, team, owner, stage,"
    f" received_at, version, created_at, updated_at) SELECT {_REFERRAL}, {_PERSON},"
    " (ARRAY['bus_pass', 'child_and_family_services', 'income_assistance', 'medical_benefits'])[n % 4 + 1],"
    f" '{SOURCE}', CASE n % 50 WHEN 0 THEN 'crisis' WHEN 1 THEN 'urgent' ELSE 'routine' END, n % 500 = 0, 'Bench.',"
    f" {_KEPT}, CASE WHEN n <= {OWNED} THEN '{WORKER}' WHEN n % 3 = 0 THEN 'worker-' || n % 900 END, 'received',"
    f" {_RECEIVED}, 1, now(), now() FROM generate_series(1, :open) n",
    "INSERT INTO clocks (id, kind, subject_kind, subject_id, person_id, unit, started_at, due_at, warn_at, paused_at,"
    " pause_reason, breached_at, forecast_at)"
    f" SELECT {_CLOCK}, 'first_contact', 'referral', {_REFERRAL}, {_PERSON}, 'working_day', {_RECEIVED}, {_DUE},"
    f" {_DUE} - interval '1 day', CASE WHEN n % 11 = 0 THEN now() END, CASE WHEN n % 11 = 0 THEN 'Away.' END,"
    f" CASE WHEN n % 11 <> 0 AND {_DUE} < now() THEN {_DUE} END, now() FROM generate_series(1, :open) n",
    "INSERT INTO grants (id, grantee, record_kind, record_id, categories, purposes, basis, may_write,"
    " reaches_restricted, valid_from, given_at, reference)"
    " SELECT gen_random_uuid(), keeper, kind, record, categories, purposes, 'team', true, false, now(), now(),"
    f" {_REFERRAL} FROM generate_series(1, :open) n CROSS JOIN LATERAL (VALUES ('team:' || {_KEPT}),"
    f" (CASE WHEN n <= {OWNED} THEN 'worker:{WORKER}' WHEN n % 3 = 0 THEN 'worker:worker-' || n % 900 END)) k (keeper)"
    f" CROSS JOIN LATERAL (VALUES ('referral', {_REFERRAL}, ARRAY['referral'], '{{}}'::text[]),"
    f" ('person', {_PERSON}, ARRAY['contact', 'identity'], ARRAY['intake'])) r (kind, record, categories, purposes)"
    " WHERE keeper IS NOT NULL",
    f"INSERT INTO restrictions (person_id, placed_at, spread) SELECT {_PERSON}, now(), false"
    " FROM generate_series(1, :open, 500) n",
)
_MINE = "::text LIKE 'bec0%'"
_TAKEN_OUT = (
    f"DELETE FROM work_items WHERE id{_MINE}",
    f"DELETE FROM grants WHERE reference{_MINE}",
    f"DELETE FROM clocks WHERE id{_MINE}",
    f"DELETE FROM referrals WHERE id{_MINE}",
    f"DELETE FROM person_names WHERE person_id{_MINE}",
    f"DELETE FROM restrictions WHERE person_id{_MINE}",
    f"DELETE FROM persons WHERE id{_MINE}",
)
_TABLES = ("persons", "person_names", "referrals", "clocks", "grants", "restrictions", "work_items")

QUESTIONS: tuple[dict[str, Any], ...] = (
    {"owner": "me"},
    {},
    {"team": TEAM},
    {"team": TEAM, "bucket": "overdue"},
    {"team": TEAM, "bucket": "unassigned", "program": "bus_pass"},
    {"team": TEAM, "bucket": "forecast", "within_days": 2},
)


def fill(connection: Connection) -> None:
    """Put the referrals in, with triggers off: the lines of the list are then made all at once, from the same view."""
    columns = ", ".join(
        connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = 'icm_work_owed'")
        ).scalars()
    )
    for table in ("clocks", "referrals"):
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER icm_worklist"))
    for statement in _FILLED:
        connection.execute(text(statement), {"open": OPEN})
    for table in _TABLES:
        connection.execute(text(f"ANALYZE {table}"))
    connection.execute(
        text(f"INSERT INTO work_items ({columns}) SELECT {columns} FROM icm_work_owed WHERE id{_MINE}")
    )
    for table in ("clocks", "referrals"):
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER icm_worklist"))


def ask(session: requests.Session, asked: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """One question, and how long the answer took in milliseconds."""
    began = perf_counter()
    answer = session.get(f"{environment('ICM_BASE_URL')}/api/v1/worklist", params=asked, timeout=30)
    took = (perf_counter() - began) * 1000
    if answer.status_code != 200:
        sys.exit(f"answered {answer.status_code}: {answer.text[:300]}")
    page: dict[str, Any] = answer.json()
    return took, page


def check(asked: dict[str, Any], page: dict[str, Any]) -> None:
    """Hold a page to what the list promises."""
    places = [
        (
            0 if line["returning_in_crisis"] else 1 if line["priority"] == "crisis" else 2,
            line["state"] == "standing_still",
            line["due_at"],
        )
        for line in page["items"]
    ]
    if places != sorted(places):
        sys.exit(f"out of order: {asked}")
    if any(line["team"] != TEAM and line["owner"] != WORKER for line in page["items"]):
        sys.exit(f"another team's work was shown: {asked}")


def _counted_right(counts: dict[str, dict[str, int]]) -> None:
    """As much of the team as is counted at all; of the worker everything, less those whose person is restricted."""
    team, mine = (counts[str(asked)]["everything"] for asked in ({"team": TEAM}, {"owner": "me"}))
    if (team, mine) != (min(MOST_COUNTED, OF_THE_TEAM - OF_THE_TEAM // 500), OWNED - 1):
        sys.exit(f"counted {team} of the team and {mine} of the worker")


def main() -> None:
    """Fill, measure, check, take out, and print the figures."""
    engine = create_engine(environment("ICM_INTAKE_OWNER_URL"))
    with engine.begin() as connection:
        for statement in _TAKEN_OUT:
            connection.execute(text(statement))
        fill(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _TABLES:
            connection.execute(text(f"VACUUM ANALYZE {table}"))
    figures: list[float] = []
    by_question: dict[str, list[float]] = {}
    counts: dict[str, dict[str, int]] = {}
    try:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {access_token(WORKER)}"
            for round_ in range(WARM_ROUNDS + ROUNDS):
                for asked in QUESTIONS:
                    cursor: str | None = None
                    for place in (1, 2):
                        took, page = ask(session, asked if cursor is None else {**asked, "cursor": cursor})
                        check(asked, page)
                        cursor = page["next_cursor"]
                        if place == 1:
                            counts.setdefault(str(asked), page["counts"])
                        if round_ >= WARM_ROUNDS:
                            figures.append(took)
                            by_question.setdefault(f"page {place} of {asked}", []).append(took)
    finally:
        with engine.begin() as connection:
            for statement in _TAKEN_OUT:
                connection.execute(text(statement))
    if OPEN >= OF_THE_TEAM:
        _counted_right(counts)
    for question, took in by_question.items():
        print(f"{percentile(took, 0.5):6.1f} ms p50 {percentile(took, 0.99):6.1f} ms p99  {question}")
    told = {
        "bench": "worklist",
        "open_referrals": OPEN,
        "p50_ms": round(percentile(figures, 0.5), 1),
        "p99_ms": round(percentile(figures, 0.99), 1),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
