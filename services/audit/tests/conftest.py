"""The service under test, with a signing key of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audit.entries.actions import append_many
from audit.log.actions import seal
from audit.log.keys import signing_keys
from audit.service import AuditService
from audit.verifier import Key, read_keys
from chassis.work import Work
from services.audit.tests.builders import as_event

KEY_FILE = Path(tempfile.mkdtemp(prefix="icm-audit-")) / "signing.pem"
KEY_FILE.write_bytes(
    Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
)
os.environ["ICM_AUDIT_KEY_FILE"] = str(KEY_FILE)

SERVICE = "audit"
SERVICE_CLASS = AuditService

Export = Callable[..., list[str]]
InLane = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def told(in_lane: InLane) -> Callable[..., list[dict[str, Any]]]:
    """`told(an_access(), …)` appends entries as one batch."""

    def appended(*accesses: dict[str, Any]) -> list[dict[str, Any]]:
        with in_lane() as work:
            append_many(work, events=[as_event(access) for access in accesses])
        return list(accesses)

    return appended


@pytest.fixture
def sealed(in_lane: InLane) -> Callable[[], None]:
    """`sealed()` signs a checkpoint as the timer does."""

    def signed() -> None:
        with in_lane() as work:
            seal(work)

    return signed


@pytest.fixture
def public_keys() -> list[Key]:
    """What an auditor has: the public key, as a line of text."""
    return read_keys("\n".join(key.verifying.line() for key in signing_keys()))


@pytest.fixture
def export(call, an_actor) -> Export:
    """`export()` writes the export file as the gateway does, and gives its lines."""
    auditor = an_actor(subject="auditor", roles=["auditor"], organisation="province")

    def written(*, start: int = 0, limit: int = 4) -> list[str]:
        lines: list[str] = []
        page = {"next": start, "size": None}
        first = True
        while page["next"] is not None:
            asked = {"start": page["next"], "size": page["size"], "limit": limit, "first": first}
            page = call("export_entries", asked, actor=auditor).body
            lines += [orjson.dumps(line).decode() for line in page["lines"]]
            first = False
        return lines

    return written
