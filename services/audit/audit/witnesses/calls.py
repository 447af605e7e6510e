"""Talking to a witness over HTTP, as C2SP tlog-witness says it: one call, a second at most."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from audit.log.encoding import base64_of
from audit.witnesses.policy import KnownWitness

PATIENCE_S = 1.0
SHORT_PATIENCE_S = 0.2  # for one that did not answer the last time
LARGEST_ANSWER = 16 * 1024


@dataclass(frozen=True)
class Told:
    """What a witness answered."""

    status: int
    body: str


class Away(Exception):
    """The witness did not answer in time, or not in HTTP."""


def add_checkpoint(
    witness: KnownWitness, *, old: int, proof: Sequence[bytes], note: str, hurried: bool = False
) -> Told:
    """Submit a checkpoint with the proof that it continues the one of `old` entries. Raises Away."""
    lines = "".join(f"{base64_of(digest)}\n" for digest in proof)
    return _asked(witness, "POST", "/add-checkpoint", f"old {old}\n{lines}\n{note}", hurried=hurried)


def latest(witness: KnownWitness, *, origin: str) -> Told:
    """The largest checkpoint of this log that the witness has cosigned. Raises Away."""
    return _asked(witness, "GET", f"/logs/{sha256(origin.encode()).hexdigest()}/checkpoint", "")


def _asked(witness: KnownWitness, method: str, path: str, body: str, *, hurried: bool = False) -> Told:
    where = urlsplit(witness.url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=SHORT_PATIENCE_S if hurried else PATIENCE_S)
    try:
        connection.request(method, where.path + path, body.encode() or None, {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        return Told(status=answer.status, body=answer.read(LARGEST_ANSWER).decode())
    except (OSError, http.client.HTTPException, UnicodeDecodeError):
        raise Away() from None
    finally:
        connection.close()
