"""Grants: who may see what, why, and until when (CO-5, CO-7, CO-8, CO-9).

One predicate, built in `predicate`, serves get, list, search and export; `policies` hands the same predicate to
PostgreSQL as row-level security; `explain` answers *why* and `preview` *what would be shown* through the eyes of whom
it is about (`looking`).
"""

from chassis.access.bound import Bound
from chassis.access.explain import explain
from chassis.access.grants import Grants
from chassis.access.model import BASES, Grant, Heartbeat, Restriction
from chassis.access.predicate import Sight, may_see
from chassis.access.standing import Standing
from chassis.database import Protection

__all__ = [
    "BASES",
    "Bound",
    "Grant",
    "Grants",
    "Heartbeat",
    "Protection",
    "Restriction",
    "Sight",
    "Standing",
    "explain",
    "may_see",
]
