"""Check an export of the audit log with the public keys alone: `python -m verifier EXPORT --key PUB` (AU-4).

This folder stands by itself: Python 3.11 and the `cryptography` package are all it needs. It shares no line with the
service that wrote the log, and follows published formats only: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint,
tlog-cosignature and tlog-policy (signatures), and docs/guides/auditor.md (the export). Copy it, read it, or write your
own.

What it proves: every entry in the export is word for word what the signed checkpoint stands for, none is missing,
added, doubled or moved, what is erased was ordered in the log itself, the log still begins as each earlier checkpoint
said, and the witnesses whom you ask for have seen it so. That the log was not cut back to an old state shows beside a
newer checkpoint only: take the newest from a witness, or one that you kept, and pass it as `--earlier`.
"""

from .check import FORMAT, Finding, Verdict, leaf_of, read_checkpoint, verify
from .formats import Head, Key, Unreadable, key_line
from .tree import Edge, is_included
from .trust import Trust, read_keys, read_trust

__all__ = [
    "FORMAT",
    "Edge",
    "Finding",
    "Head",
    "Key",
    "Trust",
    "Unreadable",
    "Verdict",
    "is_included",
    "key_line",
    "leaf_of",
    "read_checkpoint",
    "read_keys",
    "read_trust",
    "verify",
]
