"""The rules of the log, each with the problem that tells of it."""

from __future__ import annotations

from chassis.errors import RuleBroken, Unavailable


class LogDiverged(RuleBroken):
    """The database does not continue what was signed: nothing more is signed (AU-4, rule 7)."""

    code = "log_diverged"
    title = "The log does not continue what was sealed before"


class NothingSealed(Unavailable):
    """The log has no checkpoint yet."""

    code = "nothing_sealed"
    title = "No checkpoint has been signed yet"
