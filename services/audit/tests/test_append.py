"""Taking entries into the log: once, in order, for good (AU-1, AU-4)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from audit.entries.actions import append_many
from audit.entries.errors import EntryMalformed, EntryOfAnother
from audit.entries.model import Entry
from audit.log import merkle, tree
from audit.log.model import FullTile, Leaf
from chassis.migrations import differences
from services.audit.tests.builders import CASE, GIRL, SISTER, an_access, as_event

pytestmark = pytest.mark.postgres


def test_models_and_migrations_agree(database) -> None:
    with database.owner.connect() as connection:
        assert differences("audit", connection=connection) == []


def test_positions_have_no_gaps_and_follow_the_order_of_arrival(told, in_lane) -> None:
    first = told(*(an_access() for _ in range(5)))
    second = told(*(an_access() for _ in range(3)))
    with in_lane() as work:
        kept = work.session.execute(select(Entry.position, Entry.id).order_by(Entry.position)).all()
    assert [position for position, _ in kept] == list(range(8))
    assert [str(entry_id) for _, entry_id in kept] == [each["entry_id"] for each in first + second]


def test_an_entry_that_arrives_twice_is_appended_once(told, in_lane) -> None:
    access = an_access()
    told(access, an_access(), access)
    told(access)
    with in_lane() as work:
        assert tree.size_of(work.session) == 2
        assert append_many(work, events=[as_event(access)]) == 0


def test_the_tree_in_the_database_is_that_of_the_leaves(told, in_lane) -> None:
    for batch in (1, 2, 5, 250, 1, 600, 17):
        told(*(an_access() for _ in range(batch)))
    with in_lane() as work:
        leaves = [leaf.hash for leaf in work.session.scalars(select(Leaf).order_by(Leaf.position))]
        for size in (1, 2, 255, 256, 257, 512, 768, 876):
            frontier = merkle.Frontier()
            list(frontier.grow(leaves[:size]))
            assert tree.root_at(work.session, size) == frontier.root()
        kept = work.session.scalars(select(FullTile).order_by(FullTile.index)).all()
        assert [(tile.level, tile.index, tile.hashes) for tile in kept] == [
            (0, index, b"".join(leaves[index * 256 : (index + 1) * 256])) for index in range(3)
        ]


def test_a_batch_that_fails_leaves_nothing_behind(told, in_lane) -> None:
    told(an_access())
    with pytest.raises(EntryMalformed), in_lane() as work:
        append_many(work, events=[as_event(an_access()), as_event({**an_access(), "persons": ["nobody"]})])
    with in_lane() as work:
        assert tree.size_of(work.session) == 1
        assert append_many(work, events=[]) == 0


def test_a_service_cannot_tell_of_another_services_doors(in_lane) -> None:
    forged = as_event(an_access(service="cases"))
    forged = type(forged)(**{**vars(forged), "key": "portal.access.recorded.v1", "source": "portal"})
    with pytest.raises(EntryOfAnother), in_lane() as work:
        append_many(work, events=[forged])


@pytest.mark.parametrize("without", ["entry_id", "at", "service", "outcome", "actor", "persons", "records"])
def test_an_entry_without_who_what_or_when_is_refused(in_lane, without: str) -> None:
    access = an_access()
    event = as_event(access)
    event = type(event)(**{**vars(event), "data": {k: v for k, v in access.items() if k != without}})
    with pytest.raises(EntryMalformed), in_lane() as work:
        append_many(work, events=[event])


@pytest.mark.parametrize("table", ["entries", "leaves", "tiles", "checkpoints"])
@pytest.mark.parametrize("role", ["door", "lane"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table}"]
)
def test_no_runtime_role_can_change_or_remove_what_was_logged(
    database, told, sealed, table: str, role: str, statement: str
) -> None:
    told(an_access(), an_access())
    sealed()
    column = {"entries": "words", "leaves": "commitment", "tiles": "hashes", "checkpoints": "note"}[table]
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        getattr(database, role).begin() as session,
    ):
        session.execute(text(statement.format(table=table, column=column)))


def test_the_door_role_cannot_slip_an_entry_in(database, told) -> None:
    told(an_access())
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.door.begin() as session,
    ):
        session.add(
            Entry(
                position=1, id=uuid4(), at=datetime.now(UTC), service="cases", outcome="permitted",
                actor="nobody", persons=[GIRL], cases=[], words="{}", salt=bytes(32),
            )
        )  # fmt: skip
        session.flush()


def test_an_entry_is_found_by_its_persons_and_cases(told, in_lane) -> None:
    told(an_access(to=(GIRL, SISTER), case=CASE), an_access(to=()))
    with in_lane() as work:
        entry = work.session.scalars(select(Entry).where(Entry.cases.contains([CASE]))).one()
        assert entry.persons == [GIRL, SISTER]
        assert isinstance(entry.id, UUID)
