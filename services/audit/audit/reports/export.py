"""The access report as a file that proves itself: each entry with its inclusion proof (AU-4, AU-6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from audit.entries.export import FORMAT, ExportPage, checkpoint_for
from audit.entries.model import Entry
from audit.entries.queries import line_of
from audit.log import merkle, tree
from audit.log.encoding import base64_of
from audit.log.keys import key_history
from audit.log.model import SealedCheckpoint
from audit.reports.queries import admit
from audit.witnesses.queries import cosigned_note
from chassis.work import Work


def export_report(
    work: Work,
    *,
    person_id: UUID,
    start: int,
    size: int | None,
    limit: int,
    first: bool,
    before: int | None,
) -> ExportPage:
    """A page of the entries about a person's records, oldest first, each with its proof under one checkpoint.

    An entry that is about others too is a line with its leaf and proof alone: that it is in the log is proven, and
    what it says of them stays with them; the report tells her part of it. The file ends with the number of its
    entries, also when some of them are erased while it is being made (AU-8). Raises AccessDenied to whoever may not
    have the report.
    """
    hers = admit(work, person_id)
    head = checkpoint_for(work, size)
    wanted = work.visible(Entry).where(Entry.persons.overlap(hers), Entry.position < head.size)
    rows = list(
        work.session.scalars(wanted.where(Entry.position >= start).order_by(Entry.position).limit(limit + 1))
    )
    more, rows = len(rows) > limit, rows[:limit]
    lines: list[dict[str, Any]] = [_header(work, head, person_id)] if first else []
    lines += _proven(work, rows, size=head.size, hers=hers)
    if before is None and not first:
        before = _count(work, wanted.where(Entry.position < start))  # a gateway of the release before
    so_far = (before or 0) + len(rows)
    if not more:
        lines.append({"end": True, "entries": so_far})
    return ExportPage(
        lines=lines, next=rows[-1].position + 1 if more else None, size=head.size, before=so_far
    )


def _header(work: Work, head: SealedCheckpoint, person_id: UUID) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": "selection",
        "person_id": str(person_id),
        "checkpoint": cosigned_note(work.session, head),
        "keys": key_history(),
    }


def _proven(
    work: Work, rows: Sequence[Entry], *, size: int, hers: Sequence[UUID]
) -> Iterator[dict[str, Any]]:
    paths = [merkle.inclusion_path(position=row.position, size=size) for row in rows]
    found = tree.hashes_at(work.session, [at for path in paths for at in merkle.needed(path)], size=size)
    for row, path in zip(rows, paths, strict=True):
        proof = [base64_of(digest) for digest in merkle.hashes_of(path, lookup=found.__getitem__)]
        line = line_of(row)
        if not set(row.persons) <= set(hers):
            line = {"position": line["position"], "leaf": line["leaf"], "withheld": True}
        yield {**line, "proof": proof}


def _count(work: Work, wanted: Select[Entry]) -> int:
    return work.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
