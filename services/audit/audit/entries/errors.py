"""The rules of entries."""

from __future__ import annotations

from chassis.errors import RuleBroken


class EntryOfAnother(RuleBroken):
    """A service may tell of accesses at its own doors only."""

    code = "entry_of_another"
    title = "The entry names another service than the one that sent it"


class EntryMalformed(RuleBroken):
    """The entry lacks something without which it proves nothing."""

    code = "entry_malformed"
    title = "The entry does not say who, what and when"
