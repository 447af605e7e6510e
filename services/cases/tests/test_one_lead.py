"""Whatever happens to a team, in whatever order, a case has exactly one lead (CA-2)."""

from __future__ import annotations

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from chassis.testing import make_actor
from services.cases.tests.family import Family, good

WORKERS = ["first", "second", "third", "fourth"]
STANDINGS = ["staff", "provider", "advocate"]
ACTORS = {name: make_actor(subject=name, roles=["practitioner"]) for name in WORKERS}


@pytest.mark.timeout(300)
def test_a_case_has_exactly_one_lead_whatever_the_order_of_team_changes(call, receive, clock, database):
    class Team(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.family = Family(call=call, receive=receive).opened_by(ACTORS["first"])
            self.present = {"first": (self.family.case["team"][0]["id"], "staff")}
            self.lead, self.leads = "first", 1
            self.closed = False

        @precondition(lambda self: not self.closed)
        @rule(worker=st.sampled_from(WORKERS), standing=st.sampled_from(STANDINGS))
        def joins(self, worker: str, standing: str) -> None:
            answer = self.family.asks_to_join(ACTORS[worker], brought_by=ACTORS[self.lead], standing=standing)
            assert answer.status == (409 if worker in self.present else 200)
            if answer.status == 200:
                self.present[worker] = (answer.body["id"], standing)

        @precondition(lambda self: not self.closed)
        @rule(worker=st.sampled_from(WORKERS), by_the_lead=st.booleans())
        def leaves(self, worker: str, by_the_lead: bool) -> None:
            if worker not in self.present:
                return
            membership, standing = self.present[worker]
            by_the_lead = by_the_lead or standing != "staff"
            body = {"case_id": self.family.id, "membership_id": membership, "reason": "other"}
            answer = call("end_team_membership", body, actor=ACTORS[self.lead if by_the_lead else worker])
            assert answer.status == (409 if worker == self.lead else 200), answer.body
            if answer.status == 200:
                del self.present[worker]

        @precondition(lambda self: not self.closed)
        @rule(worker=st.sampled_from(WORKERS), minutes=st.integers(0, 600))
        def takes_the_lead(self, worker: str, minutes: int) -> None:
            clock.advance(minutes=minutes)
            if worker not in self.present:
                return
            membership, standing = self.present[worker]
            body = {"case_id": self.family.id, "membership_id": membership, "asked_by": "team"}
            actor = ACTORS[self.lead]
            answer = call("change_lead", body, actor=actor, if_match=self.family.etag(actor))
            may_lead = standing == "staff" and worker != self.lead
            assert answer.status == (200 if may_lead else 409), answer.body
            if may_lead:
                self.lead, self.leads = worker, self.leads + 1

        @precondition(lambda self: not self.closed and self.leads > 2)
        @rule()
        def is_closed(self) -> None:
            good(
                call(
                    "close_case",
                    {"case_id": self.family.id, "reason": "other"},
                    actor=ACTORS[self.lead],
                )
            )
            self.closed = True

        @precondition(lambda self: self.closed)
        @rule(worker=st.sampled_from(WORKERS))
        def is_not_joined_any_more(self, worker: str) -> None:
            answer = self.family.asks_to_join(ACTORS[worker], brought_by=ACTORS[self.lead])
            assert answer.status == 403

        @invariant()
        def has_one_lead_and_a_history_without_gaps(self) -> None:
            with database.superuser.connect() as sql:
                terms = sql.execute(
                    text(
                        "SELECT t.worker, l.began_at, l.ended_at, t.id = c.lead_membership_id AS points_here"
                        " FROM lead_terms l JOIN team_members t ON t.id = l.membership_id"
                        " JOIN cases c ON c.id = l.case_id WHERE l.case_id = :case ORDER BY l.id"
                    ),
                    {"case": self.family.id},
                ).all()
            assert len(terms) == self.leads
            running = [term for term in terms if term.ended_at is None]
            assert [term.worker for term in running] == ([] if self.closed else [self.lead])
            assert terms[-1].points_here
            for earlier, later in pairwise(terms):
                assert earlier.ended_at == later.began_at

    run_state_machine_as_test(
        Team,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            phases=[Phase.generate],  # shrinking would call the doors for minutes
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
