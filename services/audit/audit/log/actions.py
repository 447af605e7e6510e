"""What happens to the log: it is sealed, again and again, as it grows."""

from __future__ import annotations

import structlog
from sqlalchemy.dialects.postgresql import insert

from audit.log import tree
from audit.log.errors import LogDiverged
from audit.log.keys import signing_keys
from audit.log.model import SealedCheckpoint
from audit.log.notes import Checkpoint, NoteRefused, SigningKey, opened, sign
from audit.log.queries import newest_checkpoint
from chassis.work import Work

log = structlog.get_logger(__name__)


def seal(work: Work) -> SealedCheckpoint | None:
    """Sign a checkpoint over all entries, unless nothing was added since the last one (AU-4).

    Before signing, the tree is held against the last checkpoint: a past that was rewritten in the database
    is not signed for, and raises LogDiverged.
    """
    size = tree.size_of(work.session)
    last = newest_checkpoint(work.session)
    if size == (last.size if last is not None else 0):
        return None
    keys = signing_keys()
    if last is not None and not _continues(work, last, size=size, keys=keys):
        log.error("log_diverged", sealed_size=last.size, size=size)
        raise LogDiverged()
    head = Checkpoint(origin=keys[0].name, size=size, root=tree.root_at(work.session, size))
    sealed = {
        "size": size,
        "root": head.root,
        "note": sign(head.text(), keys),
        "sealed_at": work.now,
    }
    # Two clocks may seal the same size at once: they sign the same root, and the first one stands.
    work.session.execute(insert(SealedCheckpoint).values(sealed).on_conflict_do_nothing())
    return work.session.get(SealedCheckpoint, size)


def _continues(work: Work, last: SealedCheckpoint, *, size: int, keys: tuple[SigningKey, ...]) -> bool:
    """Whether the tree begins with what we signed last: by our own signature, not by the row alone."""
    try:
        text, _ = opened(last.note, trusted=[key.verifying for key in keys])
        signed = Checkpoint.parse(text)
        held = tree.root_at(work.session, signed.size) if signed.size <= size else None
    except (NoteRefused, LogDiverged):
        return False
    return signed.origin == keys[0].name and signed.size == last.size and signed.root == held
