"""Teams from before this service followed them read their case's trail once cases has listed them (AU-3, rule 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.audit.tests.builders import CASE, GIRL

pytestmark = pytest.mark.postgres

MENTOR, NURSE, LEAVER = (UUID(f"01931f0e-7c1a-7000-8000-0000000000e{each}") for each in (1, 2, 3))


@pytest.fixture
def tell(receive: Any) -> Callable[..., None]:
    """`tell("team.listed", …)` is what cases says of the case."""
    return lambda what, **data: receive(f"cases.{what}.v1", subject=CASE, data={"case_id": CASE, **data})


@pytest.fixture
def reads(call: Any, an_actor: Any) -> Callable[[str], bool]:
    """`reads("mentor")`: whether a practitioner may read the trail of the case."""

    def may(worker: str) -> bool:
        actor = an_actor(subject=worker, roles=["practitioner"])
        answer = call("case_trail", {"case_id": str(CASE)}, actor=actor)
        assert answer.status in (200, 403)
        return bool(answer.status == 200)

    return may


@pytest.fixture
def listed(tell: Any, clock: Any) -> Callable[..., None]:
    """`listed(mentor=MENTOR)` lists these present members; who leads is the mentor unless said otherwise."""
    began = (clock.now - timedelta(days=90)).isoformat()

    def told(
        *, lead: str = "mentor", left: str = "", out: str = "", closed_at: Any = None, **team: UUID
    ) -> None:
        members = [
            {
                "membership_id": membership,
                "worker": worker,
                "standing": "provider" if worker == "nurse" else "staff",
                "joined_at": began,
                "left_at": clock.now.isoformat() if worker == left else None,
                "kept_out": worker == out,
            }
            for worker, membership in team.items()
        ]
        head = {"worker": lead, "since": began}
        tell("team.listed", opened_at=began, closed_at=closed_at, lead=head, members=members)

    return told


def test_staff_of_a_listed_team_read_the_trail_and_nobody_else_does(listed: Any, reads: Any) -> None:
    assert not reads("mentor")
    listed(mentor=MENTOR, nurse=NURSE, leaver=LEAVER, left="leaver")
    assert [reads(each) for each in ("mentor", "nurse", "leaver", "stranger")] == [True, False, False, False]
    listed(mentor=MENTOR, nurse=NURSE, leaver=LEAVER, left="leaver")
    assert reads("mentor")


def test_who_is_kept_out_reads_nothing_though_they_lead(listed: Any, reads: Any) -> None:
    listed(mentor=MENTOR, out="mentor")
    assert not reads("mentor")


def test_the_last_lead_of_a_case_that_was_closed_before_reads_on_for_a_year(
    listed: Any, reads: Any, clock: Any
) -> None:
    listed(mentor=MENTOR, left="mentor", closed_at=clock.now.isoformat())
    assert reads("mentor")
    clock.advance(days=366)
    assert not reads("mentor")


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_whatever_order_a_list_and_single_events_come_the_team_is_the_same(
    listed: Any, tell: Any, reads: Any, clock: Any, order: tuple[int, ...]
) -> None:
    """The leaver left after the list was made, the lead passed to a colleague who joined after it."""
    clock.advance(days=1)
    joined = {"person_ids": [GIRL], "organisation": "school", "role": "mentor", "standing": "staff"}
    steps = [
        lambda: listed(mentor=MENTOR, leaver=LEAVER),
        lambda: tell(
            "team_member.left", membership_id=LEAVER, person_ids=[GIRL], worker="leaver", reason="moved_on"
        ),
        lambda: tell("team_member.joined", membership_id=NURSE, worker="colleague", **joined),
        lambda: tell(
            "case.lead_changed", person_ids=[GIRL], worker="colleague", organisation="s", previous=None
        ),
    ]
    for each in order:
        steps[each]()
    assert [reads(each) for each in ("mentor", "leaver", "colleague")] == [True, False, True]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_list_that_comes_late_does_not_bring_back_an_earlier_lead(
    listed: Any, tell: Any, reads: Any, clock: Any, order: tuple[int, ...]
) -> None:
    clock.advance(days=1)
    steps = [
        lambda: listed(mentor=MENTOR, colleague=NURSE),
        lambda: tell(
            "case.lead_changed", person_ids=[GIRL], worker="colleague", organisation="s", previous=None
        ),
        lambda: tell("case.closed", person_ids=[GIRL], reason="goals_met"),
    ]
    for each in order:
        steps[each]()
    assert [reads(each) for each in ("mentor", "colleague")] == [False, True]
