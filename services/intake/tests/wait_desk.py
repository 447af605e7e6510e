"""The words of the wait list: programs that fill up, people who wait, workers who carry cases, offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

from chassis import moment
from chassis.identity import Actor
from chassis.testing import Answer, make_actor
from intake.waitlist.offers import keep_wait_lists
from services.intake.tests.front_desk import DESK, TEAM_LEAD, FrontDesk, good

PROGRAM = "child_and_family_services"
SINCE = "2026-01-05"
SAME_LEAD = make_actor(subject="team-lead-2", organisation="intake-office", roles=["team_lead"])
_WORKERS = UUID("00000000-0000-5000-8000-000000000020")


@dataclass
class WaitDesk:
    """Steps around the wait list, each through its door, by the team lead unless somebody else is named."""

    desk: FrontDesk
    in_lane: Any
    program: str = PROGRAM
    caseloads: dict[str, dict[str, str]] = field(default_factory=dict)

    # -- capacity

    def carries(self, **rules: Any) -> dict[str, Any]:
        return good(self.asks_to_carry(**rules))

    def asks_to_carry(self, *, by: Actor = TEAM_LEAD, **rules: Any) -> Answer:
        return self.desk.call("set_capacity", {"program": self.program, **rules}, actor=by)

    def has_places(self, places: int, **rules: Any) -> dict[str, Any]:
        return self.carries(kind="fixed_places", places=places, **rules)

    def served_by(self, worker: str, **told: Any) -> dict[str, Any]:
        return good(self.asks_to_be_served_by(worker, **told))

    def asks_to_be_served_by(self, worker: str, *, by: Actor = TEAM_LEAD, **told: Any) -> Answer:
        body = {
            "program": self.program,
            "worker": worker,
            "organisation": "case-management",
            "since": SINCE,
            **told,
        }
        return self.desk.call("record_program_worker", body, actor=by)

    def no_longer_served_by(self, worker: str, *, until: date | str) -> dict[str, Any]:
        body = {"program": self.program, "worker": worker, "until": str(until)}
        return good(self.desk.call("end_program_worker", body, actor=TEAM_LEAD))

    def stands(self, *, by: Actor = TEAM_LEAD) -> dict[str, Any]:
        return good(self.desk.call("read_capacity", {"program": self.program}, actor=by))

    def room_of(self, worker: str) -> dict[str, Any]:
        return next(each for each in self.stands()["workers"] if each["worker"] == worker)

    # -- what cases tells

    def case(self, worker: str, *, person: str | None = None, program: str | None = None) -> str:
        """A case opens and its lead's caseload is told."""
        case_id = str(uuid4())
        if person is not None:
            self.opened(case_id, person=person, program=program)
        self.caseloads.setdefault(worker, {})[case_id] = program or self.program
        self.caseload(worker)
        return case_id

    def opened(self, case_id: str, *, person: str, program: str | None = None) -> None:
        self.desk.receive(
            "cases.case.opened.v1",
            subject=case_id,
            data={
                "case_id": case_id,
                "person_ids": [person],
                "program": program or self.program,
                "organisation": "case-management",
            },
        )

    def closed(self, case_id: str, *, worker: str) -> None:
        self.desk.receive(
            "cases.case.closed.v1",
            subject=case_id,
            data={"case_id": case_id, "person_ids": [], "reason": "goals_met"},
        )
        self.caseloads[worker].pop(case_id, None)
        self.caseload(worker)

    def caseload(self, worker: str, **said: Any) -> None:
        """What the worker leads now, in full."""
        led = self.caseloads.get(worker, {})
        by_program: dict[str, list[str]] = {}
        for case_id, program in led.items():
            by_program.setdefault(program, []).append(case_id)
        data = {
            "worker": worker,
            "organisation": "case-management",
            "led_cases": len(led),
            "weight": float(len(led)),
            "programs": [{"program": name, "case_ids": ids} for name, ids in by_program.items()],
            "as_of": moment.now().isoformat(),
            **said,
        }
        self.desk.receive("cases.caseload.changed.v1", subject=uuid5(_WORKERS, worker), data=data)

    def leads(self, worker: str, cases: int) -> None:
        """The worker leads so many cases of the program from now on."""
        self.caseloads[worker] = {str(uuid4()): self.program for _ in range(cases)}
        self.caseload(worker)

    # -- people who come

    def eligible(self, *, priority: str = "routine", by: Actor = DESK, **told: Any) -> dict[str, Any]:
        """Somebody is referred, reached and found eligible; how they stand in line."""
        referral = self.desk.referral(program=self.program, priority=priority, by=by, **told)
        good(self.desk.attempt(referral, by=by))
        good(self.desk.screen(referral, by=by))
        return self.waiting(referral, by=by)

    def waiting(self, referral: dict[str, Any], *, by: Actor = DESK) -> dict[str, Any]:
        return good(self.desk.call("read_waiting", {"referral_id": referral["id"]}, actor=by))

    def entry(self, entry: dict[str, Any], *, by: Actor = TEAM_LEAD) -> dict[str, Any]:
        return good(self.desk.call("read_wait_list_entry", {"entry_id": entry["id"]}, actor=by))

    def line(self, *, by: Actor = TEAM_LEAD, **asked: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            body = {"program": self.program, "cursor": cursor, **asked}
            page = good(self.desk.call("read_wait_list", body, actor=by))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    # -- steps

    def step(self, door: str, entry: dict[str, Any], *, by: Actor = TEAM_LEAD, **told: Any) -> Answer:
        return self.desk.call(door, {"entry_id": entry["id"], **told}, actor=by)

    def accepts(self, entry: dict[str, Any], *, by: Actor = TEAM_LEAD) -> Answer:
        return self.step("accept_offer", entry, by=by)

    def declines(self, entry: dict[str, Any], *, because: str = "not_now", **told: Any) -> Answer:
        return self.step("decline_offer", entry, because=because, **told)

    def leaves(self, entry: dict[str, Any], *, because: str = "withdrew", **told: Any) -> Answer:
        return self.step("leave_wait_list", entry, because=because, **told)

    def offer(self, *, by: Actor = TEAM_LEAD, **told: Any) -> Answer:
        return self.desk.call("offer_place", {"program": self.program, **told}, actor=by)

    def timer(self) -> int:
        """The service looks after its lines by itself."""
        with self.in_lane() as work:
            return keep_wait_lists(work)
