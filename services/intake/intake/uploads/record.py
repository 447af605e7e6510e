"""The audit entry of a batch: which entries of whom an outside system wrote, by its own name (AU-1, IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis.identity import Actor
from chassis.trail import Trail
from chassis.work import Work
from intake.accreditation.actions import SYSTEM
from intake.directory.model import Involvement
from intake.uploads.model import HeldRow, Upload

IN_ONE_ENTRY = 250


def record_the_batch(work: Work, *, upload: Upload, written: Sequence[tuple[UUID, UUID]]) -> None:
    """Write down the involvements, with their persons, that a batch made or changed; in entries of a readable size."""
    for at in range(0, len(written), IN_ONE_ENTRY):
        some = written[at : at + IN_ONE_ENTRY]
        trail = Trail(service=work.service, door="apply_upload", action="write", categories={"directory"})
        trail.touched(
            records=[("upload", upload.id), *(("involvement", entry) for entry, _ in some)],
            persons=[person for _, person in some],
        )
        work.emit(trail.entry(actor=_sender(upload.system), trace_id=None))


def record_the_choice(work: Work, *, held: HeldRow, entry: Involvement) -> None:
    """Write down the involvement that follows from a worker's choice; the choice itself has its own entry."""
    trail = Trail(service=work.service, door="settle_held_row", action="write", categories={"directory"})
    trail.touched(records=[("held_row", held.id), ("involvement", entry.id)], persons=[entry.person_id])
    work.emit(trail.entry(actor=_sender(held.system), trace_id=None))


def _sender(system: str) -> Actor:
    return Actor(
        subject=system,
        organisation=None,
        roles=frozenset({SYSTEM}),
        teams=frozenset(),
        permissions=frozenset(),
        client_id=system,
        token_id="",
        purpose="coordination",
    )
