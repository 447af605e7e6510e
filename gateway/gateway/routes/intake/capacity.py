"""Routes to the capacity of programs."""

from __future__ import annotations

from gateway.routes import Routes
from intake.capacity.schemas import (
    CapacityPage,
    CapacityView,
    EndProgramWorker,
    ListCapacities,
    OverloadPlanView,
    ProgramWorkerView,
    ReadCapacity,
    RecordOverloadPlan,
    RecordProgramWorker,
    SetCapacity,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/capacities",
        "list_capacities",
        "List how programs stand: full or not, and what is undone",
        takes=ListCapacities,
        gives=CapacityPage,
        permission="intake.capacity.list",
    )
    routes.get(
        "/programs/<program>/capacity",
        "read_capacity",
        "Read how a program stands",
        takes=ReadCapacity,
        gives=CapacityView,
        permission="intake.capacity.read",
    )
    routes.put(
        "/programs/<program>/capacity",
        "set_capacity",
        "Record what a program can carry and the rules of its wait list",
        takes=SetCapacity,
        gives=CapacityView,
        permission="intake.capacity.set",
    )
    routes.post(
        "/programs/<program>/workers",
        "record_program_worker",
        "Record that a worker serves a program",
        takes=RecordProgramWorker,
        gives=ProgramWorkerView,
        permission="intake.program_worker.record",
    )
    routes.post(
        "/programs/<program>/workers/<worker>/end",
        "end_program_worker",
        "Record until when a worker serves a program",
        takes=EndProgramWorker,
        gives=ProgramWorkerView,
        permission="intake.program_worker.end",
    )
    routes.post(
        "/programs/<program>/overload-plans",
        "record_overload_plan",
        "Put an overload plan on record",
        takes=RecordOverloadPlan,
        gives=OverloadPlanView,
        permission="intake.overload_plan.record",
    )
