"""Codes that callers name, held against the lists in contracts/access."""

from __future__ import annotations

from chassis import contracts
from chassis.errors import invalid


def expect_codes(given: list[str], *, known: str, pointer: str = "") -> None:
    """Raise InvalidInput for the first code that is not in `contracts/access/<known>.yaml`.

    `pointer` names the field when it is called otherwise than the list.
    """
    listed = contracts.access_list(known)
    for position, code in enumerate(given):
        if code not in listed:
            raise invalid(
                f"/{pointer or known}/{position}", "choice", f"Must be one of contracts/access/{known}.yaml."
            )
