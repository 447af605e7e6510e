"""A million invented people in the intake database, by COPY, with everything that recording them would have made.

    python -m tests.bench.people_loading '{"url": …, "first": 0, "count": 50000, "seed": 1}'

The main part takes indexes and foreign keys of the large tables off, lets two of these processes copy, and puts them
back. The same seed gives the same people.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import create_engine

from chassis.database import sessions
from chassis.transactions import lane_work
from intake.matching.keys import keys_of
from intake.matching.levels import Birth
from intake.matching.seeking import count_common_words
from intake.matching.traits import AddressTraits, NameTraits, Traits, identifier_traits, phone_traits
from intake.people.words import words_of
from tests.bench.population import Someone, people

CHUNK = 25_000
SEED = 20_260_301
_AT_ONCE = 2
_RECORDED_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
_COLUMNS = {
    "persons": (
        "id languages written_languages interpreter_needed self_described no_fixed_address born_year born_month "
        "born_day born_approximate version created_at updated_at"
    ),
    "person_names": "id person_id kind given family",
    "search_words": "id person_id word born_year",
    "search_pairs": "id person_id word beside born_year",
    "identifiers": "id person_id scheme issuer value key source",
    "addresses": (
        "id person_id kind street locality province postal_code postal_key country safe_to_send_mail safe_to_visit"
    ),
    "contact_points": "id person_id kind value value_key safe_to_contact safe_to_leave_message",
    "match_keys": "key category person_id",
}


def someone(number: int) -> Someone:
    """The invented person of this number."""
    chunk, place = divmod(number, CHUNK)
    return people(place + 1, seed=SEED + chunk)[place]


def person_id(number: int) -> UUID:
    """Identifiers grow with time, a thousand in each millisecond, as those that are made by recording."""
    milliseconds = int(_RECORDED_AT.timestamp() * 1000) + number // 1000
    chance = Random(number).getrandbits(62)
    return UUID(int=milliseconds << 80 | 7 << 76 | (number % 1000) << 64 | 2 << 62 | chance)


def load(url: str, *, first: int, count: int) -> None:
    """Add the people of these numbers and have PostgreSQL learn what its tables hold."""
    with psycopg.connect(_plain(url), autocommit=True) as connection, _without_indexes(connection):
        chunks = [
            json.dumps({"url": url, "first": at, "count": min(CHUNK, first + count - at)})
            for at in range(first, first + count, CHUNK)
        ]
        running: list[subprocess.Popen[bytes]] = []
        while chunks or running:
            while chunks and len(running) < _AT_ONCE:
                running.append(
                    subprocess.Popen([sys.executable, "-m", "tests.bench.people_loading", chunks.pop(0)])
                )
            if running.pop(0).wait():
                sys.exit("the people could not be loaded")
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        for table in _COLUMNS:
            connection.execute(f"VACUUM (ANALYZE) {table}")
    with lane_work(sessions(create_engine(url)), service="intake") as work:
        count_common_words(work)


def copy(url: str, *, first: int, count: int) -> None:
    """Copy the people of one chunk, or its beginning, in one transaction."""
    chunk = first // CHUNK
    everybody = people(first % CHUNK + count, seed=SEED + chunk)[first % CHUNK :]
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
    for number, who in enumerate(everybody, start=first):
        for table, row in _rows(number, who):
            rows[table].append(row)
    with psycopg.connect(_plain(url)) as connection, connection.cursor() as cursor:
        for table, columns in _COLUMNS.items():
            with cursor.copy(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN") as to:
                for row in rows[table]:
                    to.write_row(row)


def _rows(number: int, who: Someone) -> Iterator[tuple[str, tuple[Any, ...]]]:
    identity, at = person_id(number), _RECORDED_AT
    chance = Random(number)
    year, month, day = (int(part) for part in who.date_of_birth.split("-"))

    def fresh() -> UUID:
        return UUID(int=identity.int >> 64 << 64 | 2 << 62 | chance.getrandbits(62))

    yield "persons", (identity, [], [], False, "{}", False, year, month, day, False, 1, at, at)
    yield "person_names", (fresh(), identity, "legal", who.given_name, who.family_name)
    words = words_of(f"{who.given_name} {who.family_name}")
    for word in words:
        yield "search_words", (fresh(), identity, word, year)
        for beside in words:
            if beside != word:
                yield "search_pairs", (fresh(), identity, word, beside, year)
    yield "identifiers", (fresh(), identity, "bc_phn", "", who.identifier, who.identifier, "told")
    postal = who.postal_code.replace(" ", "")
    where = (who.street, who.locality, who.province, who.postal_code, postal)
    yield "addresses", (fresh(), identity, "home", *where, "CA", True, False)
    number_key = "+1" + who.phone.replace("-", "")
    yield "contact_points", (fresh(), identity, "phone", who.phone, number_key, True, False)
    for key in keys_of(traits(who)):
        yield "match_keys", (key.number, key.category, identity)


def traits(who: Someone) -> Traits:
    """What is compared of an invented person."""
    return Traits(
        names=(NameTraits.read(who.given_name, who.family_name),),
        birth=Birth.read(who.date_of_birth),
        addresses=(AddressTraits.read(who.street, who.locality, who.province, who.postal_code),),
        phones=phone_traits(who.phone),
        identifiers=identifier_traits(("bc_phn ", who.identifier)),
    )


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Take indexes and foreign keys of the tables off, and put them back as they were."""
    again: list[str] = []
    with ExitStack() as undone:
        for table in _COLUMNS:
            constraints = connection.execute(
                "SELECT conname, pg_get_constraintdef(oid), contype FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype = ANY (%s) ORDER BY contype",
                (table, ["f"] if table == "persons" else ["f", "p", "u"]),
            ).fetchall()
            for name, definition, kind in constraints:
                connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                unchecked = " NOT VALID" if kind == "f" else ""
                again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}{unchecked}")
            indexes = connection.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
                " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
                (table,),
            ).fetchall()
            for name, definition in indexes:
                connection.execute(f"DROP INDEX {name}")
                again.append(definition)
        undone.callback(lambda: [connection.execute(statement) for statement in again])
        connection.execute("SET maintenance_work_mem = '512MB'")
        yield


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    copy(told["url"], first=told["first"], count=told["count"])
