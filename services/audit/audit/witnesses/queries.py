"""What witnesses have said, as readers of the log get it (AU-4)."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from audit.log.model import SealedCheckpoint
from audit.witnesses.model import COSIGNED, WitnessAnswer
from audit.witnesses.policy import known_witnesses

_LOOKED_AT = 50
_PUBLISHED = text(
    """
    SELECT c.size FROM (SELECT size FROM checkpoints ORDER BY size DESC LIMIT :most) c
    WHERE (SELECT count(DISTINCT a.witness) FROM witness_answers a
           WHERE a.size = c.size AND a.witness = ANY(:names)) = :witnesses
    ORDER BY c.size DESC LIMIT 1
    """
)
# A witness that is asked no more is not missed; one that has not cosigned for an hour is shown as an hour.
UNWITNESSED = """
    SELECT witness, coalesce(extract(epoch FROM now() - max(asked_at) FILTER (WHERE outcome = 'cosigned')), 3600)
    FROM witness_answers WHERE asked_at > now() - interval '1 hour'
    GROUP BY witness HAVING max(asked_at) > now() - interval '5 minutes'
"""


def published(session: Session) -> SealedCheckpoint | None:
    """The newest checkpoint about which every witness was asked, whatever it answered; None before the first.

    So readers get cosignatures wherever there are any, and a witness that is away holds nothing up.
    """
    names = [witness.name for witness in known_witnesses()]
    size = session.scalar(_PUBLISHED, {"names": names, "witnesses": len(names), "most": _LOOKED_AT})
    if size is None:
        newest = select(SealedCheckpoint).order_by(SealedCheckpoint.size.desc()).limit(1)
        return session.scalars(newest).first()
    return session.get(SealedCheckpoint, size)


def cosigned_note(session: Session, checkpoint: SealedCheckpoint) -> str:
    """The signed checkpoint with the newest cosignature of each witness below it."""
    return checkpoint.note + "".join(cosignatures(session, [checkpoint.size]).get(checkpoint.size, []))


def cosignatures(session: Session, sizes: list[int]) -> dict[int, list[str]]:
    """The newest cosignature line of each witness for checkpoints of these sizes."""
    rows = session.execute(
        select(WitnessAnswer.size, WitnessAnswer.witness, WitnessAnswer.line)
        .where(WitnessAnswer.size.in_(sizes), WitnessAnswer.outcome == COSIGNED)
        .order_by(WitnessAnswer.id)
    )
    newest = {(size, witness): line for size, witness, line in rows}
    lines: dict[int, list[str]] = {}
    for (size, _), line in sorted(newest.items()):
        lines.setdefault(size, []).append(str(line))
    return lines
