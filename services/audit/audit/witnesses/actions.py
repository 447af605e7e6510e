"""Asking the witnesses: each newest checkpoint is shown to all of them, with the proof that it only grew (AU-4)."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select

from audit.log import merkle, tree
from audit.log.divergence import diverged, unsettled
from audit.log.errors import LogDiverged
from audit.log.keys import known_keys
from audit.log.model import SealedCheckpoint
from audit.log.notes import Checkpoint, NoteRefused, opened
from audit.log.queries import newest_checkpoint
from audit.witnesses import calls
from audit.witnesses.model import COSIGNED, REFUSED, UNREACHABLE, WitnessAnswer
from audit.witnesses.policy import KnownWitness, known_witnesses
from chassis.work import Work

log = structlog.get_logger(__name__)

RENEWED_AFTER = timedelta(seconds=15)  # the time in a cosignature is what tells readers that the log is alive
LEFT_ALONE = timedelta(seconds=5)  # after it did not answer


def ask_witnesses(work: Work) -> list[WitnessAnswer]:
    """Show the newest checkpoint to every witness that has not cosigned it lately; returns the answers.

    A witness that does not answer holds nothing up. One that proves by a checkpoint of our own that the log was
    another one before makes the log diverged: nothing is appended any more until people have looked into it.
    """
    head = newest_checkpoint(work.session)
    if head is None or unsettled(work.session):
        return []
    answers = [_asked(work, witness, head) for witness in known_witnesses()]
    given = [answer for answer in answers if answer is not None]
    work.session.add_all(given)
    work.session.flush()
    return given


def _asked(work: Work, witness: KnownWitness, head: SealedCheckpoint) -> WitnessAnswer | None:
    last = _last_answer(work, witness)
    if last is not None and last.size == head.size:
        rest = RENEWED_AFTER if last.outcome == COSIGNED else LEFT_ALONE
        if work.now < last.asked_at + rest:
            return None
    line = None
    try:
        line = _cosignature(work, witness, head, hurried=last is not None and last.outcome == UNREACHABLE)
        outcome = COSIGNED if line is not None else REFUSED
    except (calls.Away, LogDiverged):
        outcome = UNREACHABLE
    return WitnessAnswer(size=head.size, witness=witness.name, asked_at=work.now, outcome=outcome, line=line)


def _cosignature(work: Work, witness: KnownWitness, head: SealedCheckpoint, *, hurried: bool) -> str | None:
    """The cosignature, or None when the witness refuses. Raises Away when it cannot be had now."""
    old = _known_to(work, witness, head)
    for _ in range(2):
        path = merkle.consistency_path(earlier=old, later=head.size)
        told = calls.add_checkpoint(
            witness,
            old=old,
            proof=tree.proof(work.session, path, size=head.size),
            note=head.note,
            hurried=hurried,
        )
        if told.status == 200:
            line = witness.cosigned(told.body, text=head.note.rpartition("\n\n")[0] + "\n")
            if line is None:
                log.error("witness_signs_otherwise", witness=witness.name)
                raise calls.Away()
            return line
        said = told.body.strip()
        known = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else old
        if told.status != 409 or known == old or known > head.size:
            break
        old = known  # it knows another checkpoint of ours than we thought
    if told.status in (409, 422):
        _look_into(work, witness, head)
        return None
    log.error("witness_does_not_know_us", witness=witness.name, status=told.status)
    raise calls.Away()


def _look_into(work: Work, witness: KnownWitness, head: SealedCheckpoint) -> None:
    """Only our own signature convicts us: a witness cannot stop the log by its word alone."""
    log.error("witness_refuses", witness=witness.name, size=head.size)
    shown = calls.latest(witness, origin=head.note.partition("\n")[0])
    try:
        signed = Checkpoint.parse(opened(shown.body, trusted=known_keys())[0])
    except NoteRefused:
        return
    newest = newest_checkpoint(work.session) or head  # another one may have been signed and shown meanwhile
    if signed.size > newest.size:
        diverged(work, cause="witness_knows_more", size=signed.size)
    elif signed.root != tree.root_at(work.session, signed.size):
        diverged(work, cause="witness_knows_another", size=signed.size)


def _known_to(work: Work, witness: KnownWitness, head: SealedCheckpoint) -> int:
    size = work.session.scalar(
        select(WitnessAnswer.size)
        .where(WitnessAnswer.witness == witness.name, WitnessAnswer.outcome == COSIGNED)
        .order_by(WitnessAnswer.id.desc())
        .limit(1)
    )
    return min(size or 0, head.size)


def _last_answer(work: Work, witness: KnownWitness) -> WitnessAnswer | None:
    return work.session.scalars(
        select(WitnessAnswer)
        .where(WitnessAnswer.witness == witness.name)
        .order_by(WitnessAnswer.id.desc())
        .limit(1)
    ).first()
