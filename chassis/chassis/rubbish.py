"""How often Python looks for circular rubbish in a process that serves.

What was made at the start lives as long as the process: looking through it again and again costs a tenth of the time
and, when all of it is looked through, makes somebody wait. What a call leaves is found young.
"""

from __future__ import annotations

import gc

_YOUNG = 20_000  # objects made before the youngest are looked through
_OLDER = 20


def leave_the_start_alone() -> None:
    """Call once, when everything is loaded and connected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)
