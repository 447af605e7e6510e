"""Looking through somebody else's eyes, for a moment and without leaving a trace (CO-7).

*Why* and *preview* decide nothing by a second logic: they let PostgreSQL decide for another, by the same predicate and
the same policies, inside a savepoint that is rolled back. Grants that are only supposed are written there and vanish.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from chassis.access.bound import Bound, settle

if TYPE_CHECKING:
    from chassis.work import Work


@contextmanager
def looking_as(work: Work, bound: Bound) -> Iterator[Work]:
    """A unit of work that sees what `bound` sees; whatever is written in it is taken back when the block ends.

    It has a session of its own, so that nothing the caller has loaded is mistaken for something the other may see.
    """
    work.session.flush()
    connection = work.session.connection()
    supposed = connection.begin_nested()
    session = Session(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
    try:
        settle(session, bound)
        yield type(work)(service=work.service, session=session, actor=work.actor, bound=bound)
    finally:
        session.close()
        supposed.rollback()
