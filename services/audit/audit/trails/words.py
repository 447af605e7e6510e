"""What each door does, in the words of the field: contracts/http/doors.json, made from the API document (AU-3)."""

from __future__ import annotations

from functools import cache

import orjson

from chassis import contracts


@cache
def titles() -> dict[str, str]:
    """The title of each door that has a route, by `service.door`."""
    found: dict[str, str] = orjson.loads((contracts.folder() / "http" / "doors.json").read_bytes())
    return found


def title_of(*, service: str, door: str, told_again: bool = False) -> str:
    """What was done, in words; a door of an earlier release that is gone is named by its code.

    `told_again` when it was not done: the reply to it was shown once more.
    """
    title = titles().get(f"{service}.{door}") or door.replace("_", " ").capitalize()
    return f"{title}: the earlier reply, shown again" if told_again else title
