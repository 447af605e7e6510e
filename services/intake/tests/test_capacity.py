"""What programs can carry, as data and as cases tells it; full programs and their overload plans (IN-6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from chassis import moment
from services.intake.tests.front_desk import DESK, MENTOR, TEAM_LEAD, good, refused

FULL, ROOM = "intake.program.full.v1", "intake.program.has_room.v1"


def test_a_full_time_worker_carries_twenty_at_most_and_ideally_sixteen(line):
    line.carries()
    line.served_by("case-manager")
    room = line.room_of("case-manager")
    assert (room["ideal"], room["maximum"], room["free"]) == (16, 20, 20)


@pytest.mark.parametrize(("percent", "ideal", "maximum"), [(50, 8, 10), (33, 5, 6), (1, 0, 0), (100, 16, 20)])
def test_a_share_of_full_time_carries_its_share_and_never_rounds_up(line, percent, ideal, maximum):
    line.carries()
    line.served_by("case-manager", full_time_percent=percent)
    room = line.room_of("case-manager")
    assert (room["ideal"], room["maximum"]) == (ideal, maximum)


def test_ideal_and_maximum_are_data_of_the_program(line):
    line.carries(ideal=30, maximum=40)
    line.served_by("case-manager")
    assert line.room_of("case-manager")["maximum"] == 40


def test_between_ideal_and_maximum_is_a_warning_and_over_it_is_undone_work(line):
    line.carries()
    line.served_by("case-manager")
    for cases, warnings, undone in ((16, [], []), (17, ["above_ideal"], []), (20, ["above_ideal"], [])):
        line.leads("case-manager", cases)
        stands = line.stands()
        assert (stands["warnings"], stands["undone"]) == (warnings, undone), cases
    line.leads("case-manager", 21)
    stands = line.stands()
    assert stands["undone"] == ["worker_above_maximum"]
    assert stands["free"] == 0


def test_heavy_cases_count_by_weight_and_light_ones_never_make_room(line):
    line.carries()
    line.served_by("case-manager")
    line.leads("case-manager", 10)
    line.caseload("case-manager", weight=18.5)
    assert line.room_of("case-manager")["free"] == 1
    line.caseload("case-manager", weight=2.0)
    assert line.room_of("case-manager")["free"] == 10


def test_cases_of_other_programs_leave_less_room_in_this_one(line):
    line.carries()
    line.served_by("case-manager")
    for _ in range(5):
        line.case("case-manager", program="bus_pass")
    room = line.room_of("case-manager")
    assert (room["carries"], room["carries_in_all"], room["free"]) == (0, 5, 15)


def test_a_caseload_told_before_the_capacity_was_recorded_counts_afterwards(line):
    line.leads("case-manager", 18)
    line.carries()
    line.served_by("case-manager")
    assert line.room_of("case-manager")["free"] == 2


def test_a_caseload_told_late_does_not_undo_a_later_one(line, clock):
    line.carries()
    line.served_by("case-manager")
    early = moment.now()
    clock.advance(hours=1)
    line.leads("case-manager", 5)
    line.caseload("case-manager", led_cases=0, weight=0, programs=[], as_of=early.isoformat())
    assert line.room_of("case-manager")["carries"] == 5


def test_the_same_caseload_told_twice_counts_once(line):
    line.carries()
    line.served_by("case-manager")
    line.leads("case-manager", 5)
    line.caseload("case-manager")
    assert line.room_of("case-manager")["carries"] == 5


def test_a_worker_serves_from_the_first_to_the_last_day_of_the_period(line, clock):
    line.carries()
    line.served_by("case-manager", since="2026-03-05", until="2026-03-06")
    places = []
    for _ in range(4):
        places.append(line.stands()["places"])
        clock.advance(days=1)
    assert places == [0, 20, 20, 0]


def test_periods_of_one_worker_in_one_program_do_not_overlap(line):
    line.carries()
    line.served_by("case-manager", since="2026-03-01", until="2026-03-31")
    for since, until in (("2026-03-31", None), ("2026-02-01", "2026-03-01"), ("2026-03-10", "2026-03-11")):
        answer = line.asks_to_be_served_by("case-manager", since=since, until=until, full_time_percent=1)
        assert refused(answer) == "serves_already"
    line.served_by("case-manager", since="2026-04-01")


def test_shares_in_several_programs_add_up_to_full_time_at_most(line, desk):
    line.carries()
    line.served_by("case-manager", full_time_percent=60)
    line.program = "bus_pass"
    line.carries()
    answer = line.asks_to_be_served_by("case-manager", full_time_percent=50, since="2027-01-01")
    assert refused(answer) == "more_than_full_time"
    line.served_by("case-manager", full_time_percent=40)
    room = line.room_of("case-manager")
    assert room["maximum"] == 8


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ({"kind": "fixed_places"}, "/places"),
        ({"kind": "caseload", "places": 3}, "/places"),
        ({"kind": "fixed_places", "places": -1}, "/places"),
        ({"ideal": 21, "maximum": 20}, "/ideal"),
        ({"maximum": 0, "ideal": 0}, "/maximum"),
        ({"offer_days": 0}, "/offer_days"),
        ({"rest_days": 1.5}, "/rest_days"),
        ({"offers": "sometimes"}, "/offers"),
        ({"kind": "elastic"}, "/kind"),
        ({"program": "moon_landing"}, "/program"),
        ({"program": "😀"}, "/program"),
    ],
)
def test_a_capacity_that_makes_no_sense_is_refused_with_its_field(line, rules, pointer):
    answer = line.asks_to_carry(**rules)
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.body["errors"]]


def test_a_period_that_ends_before_it_begins_is_refused(line):
    line.carries()
    answer = line.asks_to_be_served_by("case-manager", since="2026-03-05", until="2026-03-04")
    assert answer.body["errors"][0]["pointer"] == "/until"
    answer = line.asks_to_be_served_by("case-manager", since="2026-02-30")
    assert answer.body["errors"][0]["pointer"] == "/since"


def test_workers_and_plans_belong_to_a_program_whose_capacity_is_recorded(line, desk):
    assert refused(line.asks_to_be_served_by("case-manager")) == "capacity_unknown"
    line.has_places(3)
    assert refused(line.asks_to_be_served_by("case-manager")) == "not_a_program_of_workers"


def test_the_kind_of_places_does_not_change_while_some_are_held(line):
    line.has_places(3)
    entry = line.eligible()
    assert refused(line.asks_to_carry(kind="caseload")) == "capacity_kind_fixed"
    good(line.step("end_place", entry, because="never_came"))
    assert line.carries(kind="caseload")["places"] == 0


def test_only_management_records_capacity_and_the_front_desk_reads_it(line):
    assert refused(line.asks_to_carry(by=DESK)) == "permission_missing"
    line.has_places(1)
    assert line.stands(by=DESK)["places"] == 1
    answer = line.desk.call("read_capacity", {"program": line.program}, actor=MENTOR)
    assert refused(answer) == "permission_missing"


# -- full, and room again


def test_taking_the_last_place_tells_management_once(line, outbox):
    line.has_places(2)
    line.eligible()
    assert outbox(FULL) == []
    line.eligible()
    for _ in range(2):
        line.eligible()
        line.timer()
    (told,) = outbox(FULL)
    assert told.data == {
        "program": line.program,
        "since": moment.now().isoformat(),
        "places": 2,
        "taken": 2,
        "waiting": 0,
    }


def test_a_place_that_goes_straight_to_the_next_in_line_is_no_room(line, outbox):
    line.has_places(1)
    first = line.eligible()
    line.eligible()
    good(line.step("end_place", first, because="service_ended"))
    assert outbox(ROOM) == []


def test_full_and_room_take_turns(line, outbox, clock):
    line.carries(ideal=1, maximum=2)
    line.served_by("case-manager")
    for cases in (2, 1, 1, 2, 3, 2, 0):
        clock.advance(hours=1)
        line.leads("case-manager", cases)
        line.timer()
        line.timer()
    keys = [each.key for each in outbox() if each.key in (FULL, ROOM)]
    # A program without anybody to serve it is full from the first moment.
    assert keys == [FULL, ROOM, FULL, ROOM, FULL, ROOM]


def test_a_full_program_without_a_plan_on_record_is_undone_work(line, clock):
    line.has_places(0)
    stands = line.stands()
    assert stands["undone"] == ["overload_plan_missing"]
    assert stands["overload_plan_due_at"] == "2026-03-12T00:00:00+00:00"
    clock.advance(days=8)
    assert line.stands()["undone"] == ["overload_plan_missing", "overload_plan_overdue"]
    plan = {
        "program": line.program,
        "measures": "Two more workers from April; weekly review of readiness for discharge.",
        "responsible": "manager of case management",
        "review_on": "2026-03-20",
    }
    good(line.desk.call("record_overload_plan", plan, actor=TEAM_LEAD))
    stands = line.stands()
    assert (stands["undone"], stands["overload_plan"]["in_force"]) == ([], True)
    assert stands["overload_plan"]["plan"]["measures"] == plan["measures"]
    clock.advance(days=9)
    assert line.stands()["undone"] == ["overload_plan_review_due", "overload_plan_overdue"]


def test_a_plan_is_not_to_be_reviewed_in_the_past(line):
    line.has_places(0)
    plan = {
        "program": line.program,
        "measures": "More staff.",
        "responsible": "manager",
        "review_on": "2026-03-03",
    }
    answer = line.desk.call("record_overload_plan", plan, actor=TEAM_LEAD)
    assert answer.body["errors"][0]["pointer"] == "/review_on"


def test_management_lists_the_programs_that_are_full_or_owe_a_plan(line):
    line.has_places(5)
    line.program = "bus_pass"
    line.has_places(0)
    for asked in ({"full": True}, {"undone": True}):
        page = good(line.desk.call("list_capacities", asked, actor=TEAM_LEAD))
        assert [each["program"] for each in page["items"]] == ["bus_pass"]
    page = good(line.desk.call("list_capacities", {"full": False}, actor=TEAM_LEAD))
    assert [each["program"] for each in page["items"]] == ["child_and_family_services"]


# -- a place becomes a case


def test_a_place_is_counted_once_when_the_case_opens_and_the_caseload_counts_it(line):
    line.carries(ideal=2, maximum=3)
    line.served_by("case-manager")
    entry = line.eligible()
    assert (line.room_of("case-manager")["reserved"], line.stands()["free"]) == (1, 2)
    line.case("case-manager", person=entry["person_id"])
    room = line.room_of("case-manager")
    assert (room["carries"], room["reserved"], room["free"]) == (1, 0, 2)
    assert line.entry(entry)["release_reason"] == "counted_in_caseload"


def test_the_caseload_may_be_told_before_the_case(line):
    line.carries(ideal=2, maximum=3)
    line.served_by("case-manager")
    entry = line.eligible()
    case_id = line.case("case-manager")
    assert line.stands()["free"] == 1
    line.opened(case_id, person=entry["person_id"])
    assert line.stands()["free"] == 2


def test_a_place_is_held_while_the_lead_passes_on_and_no_caseload_counts_the_case(line):
    line.carries(ideal=2, maximum=3)
    line.served_by("case-manager")
    entry = line.eligible()
    case_id = str(uuid4())
    line.opened(case_id, person=entry["person_id"])
    assert line.room_of("case-manager")["reserved"] == 1
    line.caseloads["colleague"] = {case_id: line.program}
    line.caseload("colleague")
    assert line.room_of("case-manager")["reserved"] == 0


def test_a_case_that_closed_before_any_caseload_counted_it_frees_the_place(line):
    line.carries(ideal=2, maximum=3)
    line.served_by("case-manager")
    entry = line.eligible()
    case_id = str(uuid4())
    line.opened(case_id, person=entry["person_id"])
    line.caseloads["case-manager"] = {}
    line.closed(case_id, worker="case-manager")
    assert line.stands()["free"] == 3


def test_a_case_of_another_program_does_not_take_the_place_over(line):
    line.carries(ideal=2, maximum=3)
    line.served_by("case-manager")
    entry = line.eligible()
    line.opened(str(uuid4()), person=entry["person_id"], program="bus_pass")
    assert line.room_of("case-manager")["reserved"] == 1


def test_a_fixed_place_lasts_as_long_as_the_case(line):
    line.has_places(1)
    entry = line.eligible()
    case_id = line.case("case-manager", person=entry["person_id"])
    assert line.stands()["free"] == 0
    line.closed(case_id, worker="case-manager")
    assert line.stands()["free"] == 1
    line.timer()


def test_the_case_of_a_linked_record_of_the_same_person_takes_the_place_over(line, desk):
    line.carries(ideal=2, maximum=3)
    line.served_by("case-manager")
    entry = line.eligible()
    twin = desk.person()
    told = {"revision": 1, "clusters": [{"person_ids": sorted([entry["person_id"], twin["id"]])}]}
    with line.in_lane() as work:
        from uuid import UUID

        from chassis import same_person

        same_person.arrange(
            work.session,
            revision=told["revision"],
            clusters=[[UUID(each) for each in cluster["person_ids"]] for cluster in told["clusters"]],
        )
    line.case("case-manager", person=twin["id"])
    assert line.room_of("case-manager")["reserved"] == 0


def test_a_case_opened_while_somebody_waits_does_not_take_them_out_of_line(line, clock):
    line.carries(ideal=1, maximum=1)
    line.served_by("case-manager")
    line.leads("case-manager", 1)
    entry = line.eligible()
    case_id = str(uuid4())
    line.opened(case_id, person=entry["person_id"])
    assert line.entry(entry)["state"] == "waiting"
    clock.advance(minutes=1)
    line.leads("case-manager", 0)
    line.timer()
    line.caseloads["colleague"] = {case_id: line.program}
    line.caseload("colleague")
    assert good(line.accepts(entry))["release_reason"] == "counted_in_caseload"
    clock.advance(seconds=timedelta(minutes=1).total_seconds())
    assert line.stands()["free"] == 1
