"""The rules of the log, each with the problem that tells of it."""

from __future__ import annotations

from chassis.errors import Unavailable


class LogDiverged(Unavailable):
    """The database does not continue what was signed: nothing is appended or signed until it is settled (AU-4).

    It says nothing about the entry that was on its way: the lane keeps it and tries again.
    """

    code = "log_diverged"
    title = "The log does not continue what was sealed before"


class NothingSealed(Unavailable):
    """The log has no checkpoint yet."""

    code = "nothing_sealed"
    title = "No checkpoint has been signed yet"
