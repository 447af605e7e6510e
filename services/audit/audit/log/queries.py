"""Reading the log: checkpoints and proofs (AU-4).

They hold hashes only, so reading them is no access to a record and is not audited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from audit.log import merkle, tree
from audit.log.encoding import base64_of
from audit.log.errors import NothingSealed
from audit.log.keys import key_history, signing_keys
from audit.log.merkle import Coordinate
from audit.log.model import SealedCheckpoint
from audit.witnesses.queries import cosigned_note, published
from chassis.errors import NotFound, invalid
from chassis.work import Work


@dataclass(frozen=True)
class CheckpointRead:
    """A checkpoint with the keys that sign at present."""

    origin: str
    size: int
    root: str
    sealed_at: datetime
    note: str
    keys: list[str]
    key_history: list[str]


@dataclass(frozen=True)
class InclusionProof:
    """That the leaf at `position` is in the tree of `size`; hashes in base64."""

    position: int
    size: int
    leaf: str
    root: str
    proof: list[str]
    checkpoint: str | None


@dataclass(frozen=True)
class ConsistencyProof:
    """That the tree of `earlier` leaves begins the tree of `later` ones; hashes in base64."""

    earlier: int
    earlier_root: str
    later: int
    later_root: str
    proof: list[str]
    checkpoint: str | None


def newest_checkpoint(session: Session) -> SealedCheckpoint | None:
    """The checkpoint that covers most, None while nothing is sealed."""
    return session.scalars(select(SealedCheckpoint).order_by(SealedCheckpoint.size.desc()).limit(1)).first()


def read_checkpoint(work: Work, *, size: int | None) -> CheckpointRead:
    """The newest checkpoint, or the one of a size. Raises NotFound when none of that size was signed."""
    row = published(work.session) if size is None else work.session.get(SealedCheckpoint, size)
    if row is None:
        raise NotFound() if size is not None else NothingSealed(retry_after=1)
    keys = signing_keys()
    return CheckpointRead(
        origin=row.note.split("\n", 1)[0],
        size=row.size,
        root=base64_of(row.root),
        sealed_at=row.sealed_at,
        note=cosigned_note(work.session, row),
        keys=[key.verifying.line() for key in keys],
        key_history=key_history(),
    )


def inclusion_proof(work: Work, *, position: int, size: int | None) -> InclusionProof:
    """The proof that an entry is in the log; by default of the newest checkpoint."""
    signed, size = _signed(work, size, field="size")
    if position >= size:
        raise invalid("query/position", "range", "No entry at this position is sealed at this size.")
    path, leaf = merkle.inclusion_path(position=position, size=size), merkle.Coordinate(0, position)
    edge = [] if size in signed else merkle.Frontier.coordinates(size)
    found = tree.hashes_at(work.session, [leaf, *edge, *merkle.needed(path)], size=size)
    return InclusionProof(
        position=position,
        size=size,
        leaf=base64_of(found[leaf]),
        root=_root(signed.get(size), edge, found),
        proof=[base64_of(digest) for digest in merkle.hashes_of(path, lookup=found.__getitem__)],
        checkpoint=signed.get(size),
    )


def consistency_proof(work: Work, *, earlier: int, later: int | None) -> ConsistencyProof:
    """The proof that the log only grew between two sizes; by default up to the newest checkpoint."""
    signed, later = _signed(work, later, field="later", also=earlier)
    if earlier > later:
        raise invalid("query/earlier", "range", "The earlier size is larger than the later one.")
    path = merkle.consistency_path(earlier=earlier, later=later)
    old, new = ([] if size in signed else merkle.Frontier.coordinates(size) for size in (earlier, later))
    found = tree.hashes_at(work.session, [*old, *new, *merkle.needed(path)], size=later)
    return ConsistencyProof(
        earlier=earlier,
        earlier_root=_root(signed.get(earlier), old, found),
        later=later,
        later_root=_root(signed.get(later), new, found),
        proof=[base64_of(digest) for digest in merkle.hashes_of(path, lookup=found.__getitem__)],
        checkpoint=signed.get(later),
    )


def sealed_size(session: Session) -> int:
    """How many entries are sealed."""
    newest = newest_checkpoint(session)
    return newest.size if newest is not None else 0


_SIGNED = text(
    "SELECT size, note FROM checkpoints WHERE size = ANY(:sizes) OR size = (SELECT max(size) FROM checkpoints)"
)


def _signed(
    work: Work, size: int | None, *, field: str, also: int | None = None
) -> tuple[dict[int, str], int]:
    """The notes over these sizes as far as they were signed, with the newest; and the size that is meant.

    Raises NothingSealed before the first checkpoint, InvalidInput for a size that no checkpoint reaches.
    """
    asked = [each for each in (size, also) if each is not None]
    signed = {row.size: row.note for row in work.session.execute(_SIGNED, {"sizes": asked})}
    if not signed:
        raise NothingSealed(retry_after=1)
    newest = max(signed)
    if size is not None and size > newest:
        raise invalid(f"query/{field}", "range", "The log is not sealed up to this size.")
    return signed, newest if size is None else size


def _root(note: str | None, edge: list[Coordinate], found: dict[Coordinate, bytes]) -> str:
    """The root as it was signed; folded from the tree for a size over which nothing was."""
    if note is None:
        return base64_of(merkle.fold([found[at] for at in edge]))
    return note.split("\n", 3)[2]
