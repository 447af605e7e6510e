"""The rules of keeping and erasing."""

from __future__ import annotations

from chassis.errors import RuleBroken


class HeldByLaw(RuleBroken):
    """Entries about this person are held: nothing of them is erased until the hold is released (AU-8)."""

    code = "held_by_law"
    title = "A legal hold stands on the entries about this person"


class HoldOver(RuleBroken):
    """The hold was released before."""

    code = "hold_over"
    title = "This hold was released already"


class NothingToErase(RuleBroken):
    """No entry may be erased for this person: there is none, or each is too young or about others too."""

    code = "nothing_to_erase"
    title = "There is no entry that may be erased"
