"""The service under test, with a signing key of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from audit.entries.actions import append_many
from audit.entries.model import Entry
from audit.log.actions import seal
from audit.log.keys import signing_keys
from audit.retention.actions import erase_ordered
from audit.service import AuditService
from audit.verifier import Key, read_keys
from chassis.outbox import OutboxMessage
from chassis.work import Work
from services.audit.tests.builders import GIRL, as_event

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


@pytest.fixture
def officer(an_actor) -> Any:
    """The custodian."""
    return an_actor(subject="privacy-officer", roles=["privacy_officer"], organisation="province")


@pytest.fixture
def order(call, officer) -> Callable[..., Any]:
    """`order(GIRL)` orders the erasure of the entries about her alone."""
    return lambda person=GIRL, because="court_order": call(
        "order_erasure", {"person_id": str(person), "because": because}, actor=officer
    )


@pytest.fixture
def hold(call, officer) -> Callable[..., Any]:
    """`hold(GIRL)` places a legal hold, `hold(CASE, kind="case")` one on a case."""

    def placed(record: UUID, *, kind: str = "person") -> Any:
        asked = {"kind": kind, "record_id": str(record), "because": "litigation", "reference": "S-12345"}
        return call("place_hold", asked, actor=officer)

    return placed


@pytest.fixture
def own_taken(outbox, in_lane, sealed) -> Callable[[], None]:
    """The lane takes what this service itself has told, and it is sealed."""

    def taken() -> None:
        own = outbox("audit.access.recorded.v1")
        with in_lane() as work:
            append_many(work, events=own)
            work.session.query(OutboxMessage).delete()
        sealed()

    return taken


@pytest.fixture
def carry_out(own_taken, in_lane) -> Callable[[], int]:
    """What this service has told is taken and sealed, and the orders in it are carried out."""

    def carried() -> int:
        own_taken()
        with in_lane() as work:
            return erase_ordered(work)

    return carried


@pytest.fixture
def contents(in_lane) -> Callable[[], list[int]]:
    """`contents()` are the positions whose entries have their content."""

    def kept() -> list[int]:
        with in_lane() as work:
            return list(work.session.scalars(select(Entry.position).order_by(Entry.position)))

    return kept


@pytest.fixture
def linked(receive) -> Callable[..., None]:
    """`linked(1, {GIRL, SISTER})` tells the clusters of a revision, as intake does."""

    def heard(revision: int, *clusters: set[UUID]) -> None:
        link = uuid4()
        data = {
            "link_id": link,
            "revision": revision,
            "clusters": [{"main_person_id": min(each), "person_ids": sorted(each)} for each in clusters],
        }
        what = "linked" if len(clusters) == 1 else "unlinked"
        receive(f"intake.person.{what}.v1", subject=link, data=data)

    return heard
