"""What the log says of its own keys, signed: which key comes next, and until where another one counts (AU-4).

    openicm.org/audit-key/v1
    <origin>
    next <verifier key>              or: end <verifier key>
                                         after <size>
A `next` is signed by a key that counts; so whoever trusts one key can follow to all later ones. An `end` is signed by
another key than the one it ends: from then on the ended key counts for checkpoints of up to `size` entries only.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.log.notes import SigningKey, VerifyingKey, sign

FORMAT = "openicm.org/audit-key/v1"


def names_next(key: VerifyingKey, *, by: Sequence[SigningKey]) -> str:
    """The statement that `key` signs too from now on."""
    return sign(f"{FORMAT}\n{key.name}\nnext {key.line()}\n", by)


def ends(key: VerifyingKey, *, after: int, by: Sequence[SigningKey]) -> str:
    """The statement that `key` counts for checkpoints of up to `after` entries, and for no other."""
    return sign(f"{FORMAT}\n{key.name}\nend {key.line()}\nafter {after}\n", by)
