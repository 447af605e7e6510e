"""What happens to the log: it is sealed as it grows, and looked over again and again (AU-4)."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.dialects.postgresql import insert

from audit.log import tree
from audit.log.divergence import diverged, unsettled
from audit.log.errors import LogDiverged
from audit.log.examination import TILES_AT_ONCE, Fault, examine, first_fault
from audit.log.keys import keys_counting_at, signing_keys
from audit.log.model import SealedCheckpoint
from audit.log.notes import Checkpoint, NoteRefused, opened, sign
from audit.log.queries import newest_checkpoint
from audit.log.tiles import HEIGHT
from chassis.work import Work

log = structlog.get_logger(__name__)

EXAMINED_EVERY = timedelta(seconds=2)


def seal(work: Work) -> SealedCheckpoint | None:
    """Sign a checkpoint over all entries, unless nothing was added since the last one (AU-4).

    Before signing, the tree is held against the last checkpoint: a past that was rewritten in the database
    is not signed for. That is kept as a divergence, and until it is settled nothing more is signed. A log that has
    not grown needs no new signature: Ed25519 would give the same one.
    """
    if unsettled(work.session):
        return None
    size = tree.size_of(work.session)
    last = newest_checkpoint(work.session)
    if size == (last.size if last is not None else 0):
        return None
    keys = signing_keys()
    try:
        if tree.make_up(work.session, size=size):
            log.warning("tiles_made_up", size=size)
        fault = None if last is None else _does_not_continue(work, last, size=size, origin=keys[0].name)
        root = tree.root_at(work.session, size)
    except LogDiverged:
        fault, root = "tree_broken", b""
    if fault:
        diverged(work, cause=fault, size=last.size if last is not None else size)
        return None
    head = Checkpoint(origin=keys[0].name, size=size, root=root)
    sealed = {
        "size": size,
        "root": head.root,
        "note": sign(head.text(), keys),
        "sealed_at": work.now,
    }
    # Two clocks may seal the same size at once: they sign the same root, and the first one stands.
    work.session.execute(insert(SealedCheckpoint).values(sealed).on_conflict_do_nothing())
    return work.session.get(SealedCheckpoint, size)


def examine_in_turn(work: Work) -> Fault | None:
    """Hold a part of what is stored against what was signed, another part each time (AU-4).

    A change below the newest checkpoint, in content, leaves, tiles or checkpoints, is found in one round through the
    log, without anybody asking; a divergence is kept.
    """
    if unsettled(work.session):
        return None
    last = newest_checkpoint(work.session)
    if last is None:
        return None
    parts = max(1, -(-(last.size >> HEIGHT) // TILES_AT_ONCE) + 1)
    turn = int(work.now.timestamp() / EXAMINED_EVERY.total_seconds()) % parts
    first = turn * TILES_AT_ONCE
    fault = first_fault(examine(work.session, size=last.size, first_tile=first, tiles=TILES_AT_ONCE))
    if fault is not None:
        diverged(work, cause=fault.cause, size=fault.position)
    return fault


def _does_not_continue(work: Work, last: SealedCheckpoint, *, size: int, origin: str) -> str | None:
    """Why the tree does not begin with what we signed last: by our own signature, not by the row alone."""
    try:
        text, _ = opened(last.note, trusted=keys_counting_at(last.size))
        signed = Checkpoint.parse(text)
    except NoteRefused:
        return "checkpoint_changed"
    if (signed.origin, signed.size) != (origin, last.size):
        return "checkpoint_changed"
    if signed.size > size:
        return "cut_back"
    return None if signed.root == tree.root_at(work.session, signed.size) else "past_rewritten"
