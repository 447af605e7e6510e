"""Who may see what: in the query, and again in PostgreSQL when the query forgets (CO-5, CO-7, CO-8, CO-9)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from chassis.errors import AccessDenied, NotFound
from chassis.identity import Actor
from chassis.ids import new_id
from chassis.testing import Clock, ServiceDatabase, make_actor
from chassis.work import Work

pytestmark = pytest.mark.postgres

WorkAs = Callable[[Actor], AbstractContextManager[Work]]
InLane = Callable[[], AbstractContextManager[Work]]
WORKER = make_actor(subject="worker-1")


def sample() -> Any:
    return sys.modules["sample"]


def a_visit(in_lane: InLane, *, person: UUID | None = None) -> Any:
    with in_lane() as work:
        visit = sample().Visit(id=new_id(), person_id=person or new_id(), complaint="c", remark="r")
        work.session.add(visit)
        work.session.flush()
        for category in ("health", "housing"):
            work.session.add(sample().Finding(visit_id=visit.id, category=category))
    return visit


def grant(in_lane: InLane, **given_: Any) -> Any:
    with in_lane() as work:
        return work.grants.give(**{"grantee": "worker:worker-1", "basis": "team", **given_})


def visible(work_as: WorkAs, actor: Actor = WORKER) -> list[UUID]:
    with work_as(actor) as work:
        return [visit.id for visit in work.session.scalars(work.visible(sample().Visit))]


def raw(work_as: WorkAs, actor: Actor = WORKER, model: str = "Visit") -> list[Any]:
    """What PostgreSQL itself lets through, with the application's filter taken away."""
    with work_as(actor) as work:
        return list(work.session.scalars(select(getattr(sample(), model))))


def test_without_a_grant_nobody_sees_anything(work_as: WorkAs, in_lane: InLane) -> None:
    a_visit(in_lane)
    assert visible(work_as) == []
    assert raw(work_as) == []


def test_a_query_that_forgets_the_filter_still_leaks_nothing(work_as: WorkAs, in_lane: InLane) -> None:
    seen, hidden = a_visit(in_lane), a_visit(in_lane)
    grant(in_lane, record=("visit", seen.id), categories=["health"])

    assert [visit.id for visit in raw(work_as)] == [seen.id]
    with work_as(WORKER) as work:
        counted = work.session.execute(text("SELECT count(*) FROM visits")).scalar()
        told = work.session.execute(text("SELECT id FROM visits WHERE id = :id"), {"id": hidden.id}).all()
        changed = work.session.execute(update(sample().Visit).values(remark="x")).rowcount
    assert (counted, told, changed) == (1, [], 0)


def test_outside_a_door_transaction_the_door_role_sees_nothing(
    database: ServiceDatabase, in_lane: InLane
) -> None:
    visit = a_visit(in_lane)
    grant(in_lane, record=("visit", visit.id), categories=["health"])
    with database.door() as session:
        assert session.execute(text("SELECT count(*) FROM visits")).scalar() == 0


def test_a_row_is_seen_through_any_of_its_links(work_as: WorkAs, in_lane: InLane) -> None:
    visit = a_visit(in_lane)
    grant(in_lane, record=("person", visit.person_id), categories=["notes"])
    assert visible(work_as) == [visit.id]


def test_a_grant_of_another_category_opens_nothing(work_as: WorkAs, in_lane: InLane) -> None:
    visit = a_visit(in_lane)
    grant(in_lane, record=("person", visit.person_id), categories=["identity"])
    assert visible(work_as) == raw(work_as) == []


def test_the_parts_of_a_record_are_kept_apart_by_category_in_postgresql_too(
    work_as: WorkAs, in_lane: InLane
) -> None:
    visit = a_visit(in_lane)
    grant(in_lane, record=("person", visit.person_id), categories=["housing"])
    assert [finding.category for finding in raw(work_as, model="Finding")] == ["housing"]


def test_reading_is_not_writing(work_as: WorkAs, in_lane: InLane) -> None:
    visit = a_visit(in_lane)
    grant(in_lane, record=("visit", visit.id), categories=["health"])
    with work_as(WORKER) as work:
        assert work.load(sample().Visit, visit.id).id == visit.id
    with pytest.raises(AccessDenied), work_as(WORKER) as work:
        work.load(sample().Visit, visit.id, for_update=True)
    with pytest.raises(ProgrammingError), work_as(WORKER) as work:
        work.session.add(sample().Visit(id=new_id(), person_id=visit.person_id, complaint="c", remark="r"))


def test_a_grant_counts_from_its_beginning_to_its_end_and_for_its_purpose(
    work_as: WorkAs, in_lane: InLane, clock: Clock
) -> None:
    visit = a_visit(in_lane)
    grant(
        in_lane,
        record=("visit", visit.id),
        categories=["health"],
        purposes=["care"],
        valid_from=clock.now + timedelta(hours=1),
        valid_until=clock.now + timedelta(hours=2),
    )
    seen = []
    for _ in range(4):
        seen.append((len(visible(work_as)), len(raw(work_as))))
        clock.advance(hours=0.5)
    assert seen == [(0, 0), (0, 0), (1, 1), (1, 1)]
    assert visible(work_as) == raw(work_as) == []
    clock.advance(hours=-1)
    assert len(visible(work_as, make_actor(subject="worker-1", purpose="oversight"))) == 0


def test_an_ended_grant_opens_nothing(work_as: WorkAs, in_lane: InLane) -> None:
    visit = a_visit(in_lane)
    reference = new_id()
    grant(in_lane, record=("visit", visit.id), categories=["health"], reference=reference)
    with in_lane() as work:
        assert work.grants.end(reference=reference) == 1
    assert visible(work_as) == raw(work_as) == []


def test_a_restricted_person_is_hidden_from_normal_grants_and_does_not_even_exist(
    work_as: WorkAs, in_lane: InLane
) -> None:
    visit = a_visit(in_lane)
    grant(in_lane, record=("visit", visit.id), categories=["health"])
    with in_lane() as work:
        work.restrict(visit.person_id)

    assert visible(work_as) == raw(work_as) == []
    with pytest.raises(NotFound), work_as(WORKER) as work:
        work.load(sample().Visit, visit.id)

    grant(in_lane, record=("person", visit.person_id), categories=["health"], reaches_restricted=True)
    assert visible(work_as) == [visit.id]


def test_consent_counts_only_while_the_consent_service_is_heard(
    work_as: WorkAs, in_lane: InLane, clock: Clock
) -> None:
    by_consent, by_team = a_visit(in_lane), a_visit(in_lane)
    grant(in_lane, record=("visit", by_consent.id), categories=["health"], basis="consent")
    grant(in_lane, record=("visit", by_team.id), categories=["health"], basis="team")
    assert visible(work_as) == [by_team.id]

    with in_lane() as work:
        work.heard("consent", sent_at=clock.now)
    assert set(visible(work_as)) == {by_team.id, by_consent.id}
    assert len(raw(work_as)) == 2

    clock.advance(seconds=11)
    assert visible(work_as) == [by_team.id]
    assert [visit.id for visit in raw(work_as)] == [by_team.id]


def test_an_older_heartbeat_never_takes_the_place_of_a_newer_one(
    work_as: WorkAs, in_lane: InLane, clock: Clock
) -> None:
    visit = a_visit(in_lane)
    grant(in_lane, record=("visit", visit.id), categories=["health"], basis="consent")
    with in_lane() as work:
        work.heard("consent", sent_at=clock.now)
        work.heard("consent", sent_at=clock.now - timedelta(minutes=5))
    assert visible(work_as) == [visit.id]


def test_an_unknown_record_and_a_record_without_a_grant_are_told_apart(
    work_as: WorkAs, in_lane: InLane
) -> None:
    visit = a_visit(in_lane)
    with pytest.raises(AccessDenied), work_as(WORKER) as work:
        work.load(sample().Visit, visit.id)
    with pytest.raises(NotFound), work_as(WORKER) as work:
        work.load(sample().Visit, new_id())


@pytest.mark.parametrize("statement", ["UPDATE seals SET id = id", "DELETE FROM seals", "TRUNCATE seals"])
@pytest.mark.parametrize("role", ["door", "lane"])
def test_what_is_written_once_cannot_be_changed_by_a_runtime_role(
    database: ServiceDatabase, role: str, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), getattr(database, role).begin() as session:
        session.execute(text(statement))


def test_only_statute_reaches_every_record(in_lane: InLane, database: ServiceDatabase) -> None:
    with (
        pytest.raises(DBAPIError, match="every_record_only_by_statute"),
        database.owner.begin() as connection,
    ):
        connection.execute(
            text(
                "INSERT INTO grants (id, grantee, record_kind, categories, purposes, basis, may_write,"
                " reaches_restricted, valid_from, given_at) VALUES (gen_random_uuid(), 'role:x', 'person', '{}', '{}',"
                " 'team', false, false, now(), now())"
            )
        )


GRANTEES = ["worker:worker-1", "team:t", "organisation:school", "role:practitioner", "worker:other"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "grantee": st.sampled_from(GRANTEES),
                "link": st.sampled_from(["person", "visit", "other"]),
                "categories": st.sets(st.sampled_from(["health", "notes", "identity"])),
                "purposes": st.sets(st.sampled_from(["care", "intake"])),
                "basis": st.sampled_from(["team", "consent", "emergency"]),
                "may_write": st.booleans(),
                "reaches_restricted": st.booleans(),
                "begins": st.integers(-2, 1),
                "ends": st.sampled_from([None, -1, 0, 2]),
            }
        ),
        max_size=4,
    ),
    restricted=st.booleans(),
    heard=st.booleans(),
)
def test_query_and_policy_decide_as_a_plain_reading_of_the_grants_does(
    database: ServiceDatabase,
    work_as: WorkAs,
    in_lane: InLane,
    clock: Clock,
    rows: list[dict[str, Any]],
    restricted: bool,
    heard: bool,
) -> None:
    database.clear()
    visit = a_visit(in_lane)
    actor = make_actor(subject="worker-1", teams=["t"])
    may_read = may_write = False
    with in_lane() as work:
        if restricted:
            work.restrict(visit.person_id)
        if heard:
            work.heard("consent", sent_at=clock.now)
        for row in rows:
            begins = clock.now + timedelta(hours=row["begins"])
            ends = None if row["ends"] is None else clock.now + timedelta(hours=row["ends"])
            if ends is not None and ends < begins:
                continue
            link = {
                "person": ("person", visit.person_id),
                "visit": ("visit", visit.id),
                "other": ("case", visit.id),
            }
            work.grants.give(
                grantee=row["grantee"],
                record=link[row["link"]],
                categories=row["categories"],
                purposes=row["purposes"],
                basis=row["basis"],
                may_write=row["may_write"],
                reaches_restricted=row["reaches_restricted"],
                valid_from=begins,
                valid_until=ends,
            )
            counts = (
                row["grantee"] != "worker:other"
                and row["link"] != "other"
                and bool(row["categories"] & {"health", "notes"})
                and (not row["purposes"] or "care" in row["purposes"])
                and (row["basis"] != "consent" or heard)
                and begins <= clock.now
                and (ends is None or ends > clock.now)
                and (row["reaches_restricted"] or not restricted)
            )
            may_read = may_read or counts
            may_write = may_write or (counts and row["may_write"])

    assert (visible(work_as, actor) == [visit.id]) is may_read
    assert bool(raw(work_as, actor)) is may_read
    with work_as(actor) as work:
        assert bool(work.session.scalars(work.visible(sample().Visit, writing=True)).all()) is may_write
        assert work.session.execute(update(sample().Visit).values(remark="y")).rowcount == int(may_write)
