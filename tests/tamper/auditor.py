"""How tampering is found: the auditor's procedure with export, keys and witness, and the house's own examination."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from urllib.request import urlopen

import orjson
from sqlalchemy import Connection
from sqlalchemy.orm import Session, sessionmaker

from audit.entries.export import export_entries
from audit.log.examination import examine
from audit.log.keys import DEFAULT_ORIGIN
from audit.log.queries import newest_checkpoint
from audit.verifier import read_trust, verify
from chassis.errors import Problem
from chassis.testing import make_actor
from chassis.trail import Trail
from chassis.transactions import door_work
from tests.tamper.ground import Ground

PAGE = 400


class Auditor:
    """Trusts the first key of the log and the witness; asks the witness what it saw last."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._trust = read_trust(ground.trusted)

    def alarms(self, connection: Connection) -> dict[str, list[str]]:
        """What each means finds, looking through this connection; nothing when all is as it was signed."""
        factory = sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        return {"export": list(self._by_export(factory)), "examination": list(self._by_examination(factory))}

    def _by_export(self, factory: sessionmaker[Session]) -> Iterator[str]:
        try:
            lines = [orjson.dumps(line).decode() for line in self._export(factory)]
        except Problem as refused:
            yield f"refused {refused.code}"
            return
        except KeyError:
            yield "broken off"  # the gateway ends the file without its last line
            return
        verdict = verify(lines, trust=self._trust, earlier=[self._latest_of_witness()])
        yield from (finding.rule for finding in verdict.findings)

    def _export(self, factory: sessionmaker[Session]) -> Iterator[dict[str, object]]:
        actor = make_actor(subject="auditor", roles=["auditor"], organisation="province")
        start: int | None = 0
        size: int | None = None
        while start is not None:
            trail = Trail(service="audit", door="export_entries", action="export")
            with door_work(factory, service="audit", actor=actor, trail=trail, consent_limit_s=10.0) as work:
                page = export_entries(work, start=start, size=size, limit=PAGE, first=start == 0)
            yield from page.lines
            start, size = page.next, page.size

    def _by_examination(self, factory: sessionmaker[Session]) -> Iterator[str]:
        with factory() as session:
            newest = newest_checkpoint(session)
            if newest is None:
                yield "nothing sealed"
                return
            yield from {fault.cause for fault in examine(session, size=newest.size)}

    def _latest_of_witness(self) -> str:
        named = sha256(DEFAULT_ORIGIN.encode()).hexdigest()
        with urlopen(f"{self._ground.witness_url}/logs/{named}/checkpoint", timeout=5) as answer:  # noqa: S310
            note: str = answer.read().decode()
        return note
