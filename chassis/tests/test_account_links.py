"""Links between sign-ins and persons are followed in any order, and however often they are told (AU-6, rule 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import account_links
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work

pytestmark = pytest.mark.postgres

AT = datetime(2026, 3, 4, 17, tzinfo=UTC)


@dataclass
class Follower:
    """A service that hears of the sign-ins of one person."""

    in_lane: Callable[[], AbstractContextManager[Work]]
    person: UUID = field(default_factory=new_id)

    def link(self, *, relation: str = "self", **more: Any) -> dict[str, Any]:
        who = {"person_id": str(self.person), "account": "girl", "relation": relation}
        return {**who, "link_id": str(new_id()), **more}

    def hears_linked(self, link: dict[str, Any], *, version: int | None = None) -> None:
        with self.in_lane() as work:
            account_links.linked(work, event=self._told("linked", link, version), categories=["plan"])

    def hears_unlinked(self, link: dict[str, Any], *, version: int | None = None) -> None:
        ending = {"because": "recorded_in_error", "linked_at": AT.isoformat(), "at": AT.isoformat()}
        with self.in_lane() as work:
            account_links.unlinked(work, event=self._told("unlinked", {**link, **ending}, version))

    def _told(self, what: str, data: dict[str, Any], version: int | None) -> Received:
        return Received(
            id=new_id(), key=f"intake.person.account_{what}.v1", source="intake", subject=str(self.person),
            version=version, time=AT, data=data,
        )  # fmt: skip

    @property
    def opened(self) -> list[list[str]]:
        with self.in_lane() as work:
            held = work.grants.live(record=("person", self.person), grantee="worker:girl", basis="self")
            return [grant.categories for grant in held]


@pytest.fixture
def follower(in_lane: Callable[[], AbstractContextManager[Work]]) -> Iterator[Follower]:
    return Follower(in_lane=in_lane)


def test_her_own_sign_in_reads_what_is_named_until_its_link_ends(follower: Follower) -> None:
    link = follower.link()
    follower.hears_linked(link)
    assert follower.opened == [["plan"]]
    follower.hears_unlinked(link)
    assert follower.opened == []


def test_a_parent_s_link_opens_nothing(follower: Follower) -> None:
    follower.hears_linked(follower.link(relation="parent"))
    assert follower.opened == []


@pytest.mark.parametrize("order", permutations(range(4)))
def test_only_the_link_that_has_not_ended_is_open_in_whatever_order_and_how_often_it_is_told(
    follower: Follower, order: tuple[int, ...]
) -> None:
    ended, stands, over = follower.link(), follower.link(), follower.link()
    steps = [
        lambda: follower.hears_linked(ended),
        lambda: follower.hears_unlinked(ended),
        lambda: follower.hears_linked(stands),
        lambda: follower.hears_unlinked(over),
    ]
    for each in (*order, *order):
        steps[each]()
    assert follower.opened == [["plan"]]
    follower.hears_unlinked(stands)
    assert follower.opened == []


def test_the_end_of_one_sign_in_s_link_leaves_another_sign_in_alone(follower: Follower) -> None:
    hers, wrong = follower.link(), follower.link(account="gril")
    follower.hears_linked(hers)
    follower.hears_linked(wrong)
    follower.hears_unlinked(wrong)
    assert follower.opened == [["plan"]]


def test_a_link_of_the_release_before_ends_and_is_not_opened_by_its_replay(follower: Follower) -> None:
    link = follower.link()
    before = {name: value for name, value in link.items() if name != "link_id"}
    follower.hears_linked(before, version=1)
    assert follower.opened == [["plan"]]
    follower.hears_unlinked(link, version=2)
    assert follower.opened == []
    with follower.in_lane() as work:
        work.session.execute(
            text("INSERT INTO inbox_subjects (source, subject, version) VALUES ('intake', :subject, 2)"),
            {"subject": str(follower.person)},
        )
    follower.hears_linked(before, version=1)
    assert follower.opened == []
