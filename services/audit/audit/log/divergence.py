"""When the log is not what was signed: kept on record, told, and nothing more is written until it is settled (AU-4).

Services go on working: their entries wait in the queue of this one (rule 7).
"""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from audit.log.model import Divergence, Settlement
from chassis.work import Work

log = structlog.get_logger(__name__)

UNSETTLED = select(Divergence.id).where(
    ~select(Settlement).where(Settlement.divergence_id == Divergence.id).exists()
)
COUNTED = """
    SELECT cause, count(*) FROM divergences d
    WHERE NOT EXISTS (SELECT 1 FROM settlements s WHERE s.divergence_id = d.id) GROUP BY cause
"""


def unsettled(session: Session) -> bool:
    """Whether the log is known to differ from what was signed, and nobody has answered for it yet."""
    return session.scalar(select(UNSETTLED.exists())) or False


def diverged(work: Work, *, cause: str, size: int) -> None:
    """Keep that the log was found to differ; `cause` is a code, `size` the checkpoint or position concerned."""
    log.error("log_diverged", cause=cause, size=size)
    work.session.add(Divergence(cause=cause, size=size, found_at=work.now))
    work.session.flush()
