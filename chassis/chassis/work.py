"""One unit of work: a transaction with its actor, grants, clocks, events and audit entry (rule 3).

Actions and queries receive a `Work` and nothing else of the house. What they load, change, emit and note commits
together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import Boolean, Select, delete, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import contracts, inbox, outbox, same_person, sign_ins
from chassis.access.bound import Bound, consent_is_current
from chassis.access.grants import Grants, Reach
from chassis.access.kinds import root_protection
from chassis.access.links import Guard, guarded_links, record_links
from chassis.access.model import CLOCKS_DIFFER_AT_MOST, Heartbeat, Restriction
from chassis.access.policies import is_asked_for, known
from chassis.access.predicate import condition, own_rows
from chassis.clocks import Clocks
from chassis.database import Base, record_kind
from chassis.errors import AccessDenied, ConsentNotCurrent, NotFound, Problem, StaleVersion
from chassis.events import Event
from chassis.identity import Actor
from chassis.paging import Page, read_cursor, write_cursor
from chassis.telemetry import current_traceparent
from chassis.trail import Trail

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=Base)

# After this time it is worth asking again whether consent is current: heartbeats come every two seconds.
HEARD_AGAIN_S = 5


@dataclass
class Seen:
    """What the actor's grants open of one record."""

    categories: set[str] = field(default_factory=set)
    grants: dict[UUID, str] = field(default_factory=dict)
    everything: bool = False


class Work:
    """A transaction of one service on behalf of one actor. Made by the doors and the lane, never by actions."""

    def __init__(
        self,
        *,
        service: str,
        session: Session,
        actor: Actor,
        bound: Bound,
        trail: Trail | None = None,
        expected_version: int | None = None,
        behind_the_door: bool = False,
        consent_limit_s: float | None = None,
        claimed: Any = None,
        lapsed: Problem | None = None,
    ) -> None:
        self.service = service
        self.session = session
        self.actor = actor
        self.now: datetime = bound.now
        self.trail = trail
        self.claimed = claimed
        self.lapsed = lapsed
        self.grants = Grants(session=session, bound=bound)
        self.clocks = Clocks(self)
        self._bound = bound
        self._expected_version = expected_version
        self._behind_the_door = behind_the_door
        self._consent_limit_s = consent_limit_s
        self._events: list[Event] = []
        self._given: list[Base] = []

    @cached_property
    def consent_current(self) -> bool:
        """Whether consents are known to stand as they are recorded here (CO-8).

        Told with whoever looks. In the lane, where no grant is asked for, what rests on a consent asks this: it waits
        while the answer is no.
        """
        if self._bound.consent_current or self._consent_limit_s is None:
            return self._bound.consent_current
        return consent_is_current(self.session, now=self.now, limit_seconds=self._consent_limit_s)

    @contextmanager
    def as_if_consent_were_current(self) -> Iterator[None]:
        """Let consents count inside the block: to tell whoever would be let in why they are not, never to show."""
        present = text("SELECT set_config('icm.consent_current', :told, true)")
        self.session.execute(present, {"told": "true"})
        try:
            yield
        finally:
            self.session.execute(present, {"told": "true" if self.consent_current else "false"})

    # -- reading -------------------------------------------------------------------------------------------------

    def visible(self, model: type[M], *, writing: bool = False) -> Select[M]:
        """`select(model)` narrowed to what the actor may see, or change; the start of every list and search (CO-9)."""
        wanted = select(model)
        if self._behind_the_door:
            return wanted
        if model.__protected__ is not None:
            return wanted.where(literal_column(condition(model, writing=writing), Boolean()))
        if model.__own_rows__ is not None:
            return wanted.where(literal_column(own_rows(model), Boolean()))
        return wanted

    def load(self, model: type[M], record_id: UUID, *, for_update: bool = False) -> M:
        """The record, noted for the audit entry.

        Raises NotFound when it is unknown, restricted or kept apart, AccessDenied when it exists and no grant reaches
        it, ConsentNotCurrent when one by consent would and its state is unknown, and StaleVersion when the caller's
        If-Match names another version of the record that is about to change.
        """
        wanted = self.visible(model, writing=for_update).where(model.id == record_id)  # type: ignore[attr-defined]
        if for_update:
            wanted = wanted.with_for_update(of=model)
        found = self.session.scalars(wanted.execution_options(populate_existing=for_update)).one_or_none()
        if found is None:
            self._refuse(model, record_id, writing=for_update)
            raise NotFound()
        self.saw([found])
        if for_update and self._expected_version is not None:
            expected, self._expected_version = self._expected_version, None
            if getattr(found, "version", expected) != expected:
                raise StaleVersion()
        return found

    def _refuse(self, model: type[Base], record_id: UUID, *, writing: bool) -> None:
        kind = record_kind(model)
        row = known(self.session, model, record_id) if is_asked_for(model) else None
        if self.trail is not None:
            self.trail.touched(records=[(kind, record_id)], persons=row.persons if row else [])
            self.trail.restricted = self.trail.restricted or bool(row and row.restricted)
        if row is not None and row.is_told:
            if self._open_by_consent(model, record_id, writing=writing):
                raise ConsentNotCurrent(retry_after=HEARD_AGAIN_S)
            raise AccessDenied()

    def _open_by_consent(self, model: type[Base], record_id: UUID, *, writing: bool) -> bool:
        """Whether consent alone opens the record, and is not counted because its state is unknown (CO-8)."""
        if self.consent_current:
            return False
        asked = self.visible(model, writing=writing).where(model.id == record_id)  # type: ignore[attr-defined]
        with self.as_if_consent_were_current():
            # The row is not brought here: only that it is there.
            return self.session.execute(asked.with_only_columns(literal_column("1"))).first() is not None

    def saw(self, models: Iterable[Base]) -> None:
        """Note records for the audit entry; `load` and returned models do it by themselves."""
        if self.trail is None:
            return
        for model in models:
            protection, links = type(model).__protected__, record_links(model)
            persons = [record_id for kind, record_id in links if kind == "person"]
            if protection is not None and protection.person is not None:
                persons.append(getattr(model, protection.person))
            itself = [(record_kind(type(model)), model.id)] if hasattr(model, "id") else []
            self.trail.touched(
                records=[*itself, *(link for link in links if link[0] != "person")],
                persons=[person for person in persons if person is not None],
            )

    def concerns(self, persons: Iterable[UUID]) -> None:
        """Note persons whom this access concerns though no link names them: the members of a family case (AU-6)."""
        if self.trail is not None:
            self.trail.touched(persons=persons)

    def attempted_restricted(self, person_id: UUID) -> None:
        """Note, for the entry of the denial, that the caller reached for a person who is restricted (AU-2)."""
        if self.trail is not None:
            self.trail.touched(persons=[person_id])
            self.trail.restricted = True

    def looked_for(self, person_id: UUID | None) -> None:
        """A list is asked for by somebody's identifier. It is empty for a person hidden from the caller, as for nobody,
        and to ask for it is an attempt at her all the same (CO-5, AU-2).
        """
        for hidden in self.grants.hidden_among([] if person_id is None else [person_id]):
            self.attempted_restricted(hidden)

    def page(
        self,
        wanted: Select[M],
        *,
        model: type[M],
        limit: int,
        cursor: str | None,
        newest_first: bool = True,
    ) -> Page:
        """One page by identifier, which grows with time; raises InvalidInput for a cursor that we did not give."""
        key = model.id  # type: ignore[attr-defined]
        if cursor is not None:
            edge = read_cursor(cursor)
            wanted = wanted.where(key < edge if newest_first else key > edge)
        rows = list(
            self.session.scalars(wanted.order_by(key.desc() if newest_first else key).limit(limit + 1))
        )
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(items=rows, next_cursor=write_cursor(rows[-1].id) if more else None)  # type: ignore[attr-defined]

    def seen(self, models: Sequence[Base]) -> list[Seen]:
        """For each record, the categories that the actor's grants open, and through which grants."""
        if self._behind_the_door:
            return [Seen(everything=True) for _ in models]
        links = [guarded_links(model) for model in models]
        reaches, restricted = self.grants.reaching(
            sorted({link for each in links for link in each}),
            persons={person for each in links for guard in each.values() for person in guard.asked},
        )
        return [
            self._seen_of(type(model), each, reaches, restricted)
            for model, each in zip(models, links, strict=True)
        ]

    def _seen_of(
        self,
        model: type[Base],
        links: dict[tuple[str, UUID], Guard],
        reaches: list[Reach],
        restricted: set[UUID],
    ) -> Seen:
        if model.__protected__ is None:
            return Seen(everything=True)
        by_name_only = {link for link, guard in links.items() if guard.closed(restricted)}
        seen = Seen()
        opened: dict[tuple[str, UUID], set[str]] = {link: set() for link in links}
        for reach in reaches:
            to_this = [
                (kind, each)
                for kind, each in links
                if reach.record_kind == kind
                and reach.record_id in (None, each)
                and (reach.reaches_restricted or (kind, each) not in by_name_only)
            ]
            if to_this:
                seen.categories |= reach.categories
                seen.grants[reach.grant_id] = reach.basis
                for link in to_this:
                    opened[link] |= reach.categories
        if root_protection(model).each_link and opened:
            seen.categories = set.intersection(*opened.values())
        if self.trail is not None and by_name_only:
            self.trail.restricted = True
        return seen

    def showed(self, seen: Seen, *, categories: Iterable[str], withheld: Iterable[str]) -> None:
        """Note what a reply of several records, made by hand, shows and keeps back."""
        if self.trail is None:
            return
        self.trail.categories |= set(categories)
        self.trail.withheld |= set(withheld)
        self.trail.basis.update(seen.grants)

    # -- changing ------------------------------------------------------------------------------------------------

    def add(self, model: M) -> M:
        """Write a new record; it is in the database, uncommitted, when this returns."""
        self.session.add(model)
        self.session.flush()
        self.saw([model])
        return model

    def emit(self, happened: Event) -> None:
        """Publish the event when, and only when, this transaction commits."""
        self._events.append(happened)

    def restrict(self, person_id: UUID) -> None:
        """From now on normal grants do not reach this person's records here, linked ones included (CO-5, IN-8)."""
        cluster = same_person.hold(self.session, [person_id])[person_id]
        placed = insert(Restriction).values(person_id=person_id, placed_at=self.now, spread=False)
        self.session.execute(
            placed.on_conflict_do_update(index_elements=["person_id"], set_={"spread": False})
        )
        same_person.spread_restrictions(self.session, cluster)

    def unrestrict(self, person_id: UUID) -> None:
        """Normal grants reach the person's records again, unless a linked record is restricted itself (IN-8)."""
        cluster = same_person.hold(self.session, [person_id])[person_id]
        self.session.execute(delete(Restriction).where(Restriction.person_id == person_id))
        same_person.spread_restrictions(self.session, cluster)

    def heard(self, source: str, *, sent_at: datetime) -> None:
        """The state of `source` up to `sent_at` is known here (CO-8).

        A moment that lies in the future by this service's clock is not believed, and not kept: it would count later
        on, when nothing was heard for long.
        """
        latest = self.now + CLOCKS_DIFFER_AT_MOST
        if sent_at > latest:
            log.error(
                "heartbeat_from_the_future", source=source, seconds=(sent_at - self.now).total_seconds()
            )
            return
        beat = insert(Heartbeat).values(source=source, sent_at=sent_at)
        self.session.execute(
            beat.on_conflict_do_update(
                index_elements=["source"],
                set_={"sent_at": sent_at},
                where=or_(Heartbeat.sent_at < sent_at, Heartbeat.sent_at > latest),
            )
        )

    # -- the end -------------------------------------------------------------------------------------------------

    @property
    def emitted(self) -> tuple[Event, ...]:
        """What will be published if this transaction commits."""
        return tuple(self._events)

    def seal(self, *entries: Event) -> None:
        """Write changes, events and audit entries; the caller commits next."""
        self.session.flush()
        events, self._events = [*self._events, *entries], []
        if events:
            for happened in events:
                contracts.check_event(happened.key, happened.data)
            outbox.append(self.session, events, source=self.service, traceparent=current_traceparent())


# These tables belong to every service: importing them here puts them into its first migration.
CHASSIS_TABLES = (
    inbox.InboxSeen,
    inbox.InboxSubject,
    inbox.ParkedEvent,
    same_person.SamePerson,
    sign_ins.LapsedSignIn,
)

__all__ = [
    "Page",
    "Seen",
    "Work",
    "read_cursor",
    "record_kind",
    "record_links",
    "write_cursor",
]
