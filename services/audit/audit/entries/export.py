"""Exporting the log: a file that proves itself with the public key alone (AU-4, AU-5).

The format is in docs/guides/auditor.md; `audit.verifier` reads it. A page is a few hundred lines; pages
follow each other under one checkpoint, so that the log may grow meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from audit.entries.model import Entry
from audit.entries.queries import line_of, see_all
from audit.log import merkle, tree
from audit.log.encoding import base64_of
from audit.log.errors import NothingSealed
from audit.log.keys import key_history
from audit.log.model import Leaf, SealedCheckpoint
from audit.log.queries import newest_checkpoint
from audit.retention.queries import last_order_carried_out
from audit.witnesses.queries import cosignatures, cosigned_note, published
from chassis.errors import invalid
from chassis.work import Work

FORMAT = "openicm.org/audit-export/v1"


@dataclass(frozen=True)
class ExportPage:
    """Lines of the file, where the next page starts (None at the end), and the size it is made for.

    `before` is how many entries the file of a report has up to and with this page.
    """

    lines: list[dict[str, Any]]
    next: int | None
    size: int
    before: int | None = None


def export_entries(work: Work, *, start: int, size: int | None, limit: int, first: bool) -> ExportPage:
    """A page of the export of the entries from `start` on, under the checkpoint of `size` or the newest.

    An entry that was erased by rule is a line with its leaf alone. When the order for it stands behind the end, as it
    does when something is erased while the file is being made, the export goes on up to a checkpoint that covers
    the order (AU-8). Raises NothingSealed before the first checkpoint, InvalidInput when no checkpoint of that
    size was signed or `start` lies behind its end.
    """
    see_all(work)
    head = checkpoint_for(work, size)
    if start > head.size:
        raise invalid("query/start", "range", "The export begins behind its end.")
    end = min(start + limit, head.size)
    lines = list(_header(work, head, start=start)) if first else []
    lines += _entries(work, start=start, end=end)
    if end < head.size:
        return ExportPage(lines=lines, next=end, size=head.size)
    further = _explaining(work, head)
    if further is not None:
        return ExportPage(lines=lines, next=end, size=further.size)
    lines.append(_footer(work, head))
    return ExportPage(lines=lines, next=None, size=head.size)


def checkpoint_for(work: Work, size: int | None) -> SealedCheckpoint:
    """The checkpoint that an export is made for: of this size, or the newest."""
    head = published(work.session) if size is None else work.session.get(SealedCheckpoint, size)
    if head is None and size is None:
        raise NothingSealed(retry_after=1)
    if head is None:
        raise invalid("query/size", "checkpoint", "No checkpoint of this size was signed.")
    return head


def _explaining(work: Work, head: SealedCheckpoint) -> SealedCheckpoint | None:
    """A checkpoint over the orders behind this one by which entries before it were erased; None when there are none.

    Nor where no checkpoint reaches further, as after a tampering that took the newest ones away: the file ends there,
    and whoever verifies it finds erased entries without an order.
    """
    last = last_order_carried_out(work, reaching_before=head.size)
    if last is None or last < head.size:
        return None
    newest = published(work.session)
    if newest is None or newest.size <= last:
        newest = newest_checkpoint(work.session)
    return newest if newest is not None and newest.size > head.size else None


def _header(work: Work, head: SealedCheckpoint, *, start: int) -> Iterator[dict[str, Any]]:
    left = merkle.full_subtrees(start=0, end=start)
    found = tree.hashes_at(work.session, left, size=start)
    yield {
        "format": FORMAT,
        "kind": "range",
        "origin": head.note.split("\n", 1)[0],
        "from": start,
        "left": [base64_of(found[at]) for at in left],
        "keys": key_history(),
    }


def _entries(work: Work, *, start: int, end: int) -> Iterator[dict[str, Any]]:
    """The entries of a page, and the checkpoints signed between them: they narrow down a later change."""
    within = Entry.position.between(start, end - 1)
    kept = {row.position: row for row in work.session.scalars(work.visible(Entry).where(within))}
    bare = {
        leaf.position: leaf.hash
        for leaf in work.session.scalars(select(Leaf).where(Leaf.position.between(start, end - 1)))
    }
    sealed = dict(
        work.session.execute(
            select(SealedCheckpoint.size, SealedCheckpoint.note).where(
                SealedCheckpoint.size.between(start + 1, end)
            )
        ).all()
    )
    cosigned = cosignatures(work.session, list(sealed))
    for position in range(start, end):
        if position in kept:
            yield {**line_of(kept[position]), "leaf": base64_of(bare[position])}
        elif position in bare:
            yield {"position": position, "leaf": base64_of(bare[position]), "erased": True}
        if position + 1 in sealed:
            yield {"sealed": sealed[position + 1] + "".join(cosigned.get(position + 1, []))}


def _footer(work: Work, head: SealedCheckpoint) -> dict[str, Any]:
    return {"end": True, "to": head.size, "right": [], "checkpoint": cosigned_note(work.session, head)}
