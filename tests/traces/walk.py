"""Two requests as a browser would send them, each in a trace of its own; prints their ids as one JSON line (OP-2).

Run by `icm with-platform -- python -m tests.traces.walk`, with OTEL_EXPORTER_OTLP_ENDPOINT set for the platform.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests

PATIENCE_S = 20.0
REST_S = 1.5

# Words that only a body holds. None of them may be found in a span.
ALIAS = "the girl who looks after everybody"
REASON = "her mother is ill and the rent is behind"
PLACE = "after school at the library"
EXPLAINED = "she may take it back at any time"
SAID = (ALIAS, REASON, PLACE, EXPLAINED)

SERVICES = ("gateway", "intake", "cases", "consent", "portal", "audit")

PERSON = {
    "names": [{"kind": "alias", "given": ALIAS}],
    "contact_points": [{"kind": "place", "value": PLACE, "safe_to_contact": True}],
}


def token(subject: str) -> str:
    """An access token of a demo sign-in."""
    asked = {"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": subject}
    answer = requests.post(os.environ["ICM_TOKEN_URL"], data=asked, timeout=10)
    answer.raise_for_status()
    given: str = answer.json()["access_token"]
    return given


def post(path: str, body: dict[str, Any], *, subject: str) -> tuple[dict[str, str], requests.Response]:
    """One request in a new trace, begun by a browser whose span nobody collects; the trace's ids and the answer."""
    trace = {"trace_id": secrets.token_hex(16), "browser_span": secrets.token_hex(8)}
    answer = requests.post(
        os.environ["ICM_BASE_URL"] + path,
        json=body,
        headers={
            "Authorization": f"Bearer {token(subject)}",
            "Idempotency-Key": secrets.token_hex(16),
            "traceparent": f"00-{trace['trace_id']}-{trace['browser_span']}-01",
        },
        timeout=10,
    )
    return trace, answer


def walk() -> dict[str, dict[str, str]]:
    """Send a referral, then a consent of the person whom it is about."""
    _wait_until_the_log_rests()
    referring, answer = post(
        "/api/v1/referrals",
        {
            "program": "intensive_case_management",
            "source": "professional",
            "reason": REASON,
            "person": PERSON,
        },
        subject="intake-worker",
    )
    if answer.status_code >= 300:
        sys.exit(f"the referral was answered {answer.status_code}: {answer.text}")
    referring["told"] = answer.headers["Trace-Id"]
    consent = {
        "person_id": answer.json()["person_id"],
        "recipient": "worker:youth-worker",
        "categories": ["plan"],
        "purposes": ["care"],
        "form": "verbal",
        "explanation": {"text": EXPLAINED, "refusal_explained": True},
    }
    ends = monotonic() + PATIENCE_S
    while True:
        # The consent service learns of the person by an event; until then it knows nobody of that id.
        consenting, answer = post("/api/v1/consents", consent, subject="mentor")
        if answer.status_code < 300:
            break
        if answer.status_code != 404 or monotonic() > ends:
            sys.exit(f"the consent was answered {answer.status_code}: {answer.text}")
        sleep(0.1)
    consenting["told"] = answer.headers["Trace-Id"]
    for trace in (referring, consenting):
        trace["entry"] = entry_of(trace["trace_id"])
    return {"referral": referring, "consent": consenting}


def _wait_until_the_log_rests() -> None:
    """Wait until nothing done before is on its way: entries that arrive together are applied in one span."""
    reading = {"Authorization": f"Bearer {token('auditor')}"}
    ends, size, since = monotonic() + PATIENCE_S, -1, monotonic()
    while monotonic() < min(ends, since + REST_S):
        answer = requests.get(
            os.environ["ICM_BASE_URL"] + "/api/v1/audit/checkpoint", headers=reading, timeout=10
        )
        now = int(answer.json()["size"]) if answer.ok else 0
        if now != size:
            size, since = now, monotonic()
        sleep(0.1)


def entry_of(trace_id: str) -> str:
    """The door that the audit entry of a trace names, as the auditor finds it; waits until it is in the log."""
    reading = {"Authorization": f"Bearer {token('auditor')}"}
    ends = monotonic() + PATIENCE_S
    while monotonic() < ends:
        listed = requests.get(
            os.environ["ICM_BASE_URL"] + "/api/v1/audit/entries", headers=reading, timeout=10
        )
        if listed.status_code >= 300:
            sys.exit(f"the auditor was answered {listed.status_code}: {listed.text}")
        for found in listed.json()["items"]:
            if found["entry"]["trace_id"] == trace_id:
                return f"{found['entry']['service']}.{found['entry']['door']}"
        sleep(0.1)
    sys.exit(f"no audit entry names the trace {trace_id}")


def logged() -> dict[str, list[str]]:
    """What the logs of the platform hold and should not: words of a body, tokens, lines that are not JSON."""
    faults: dict[str, list[str]] = {}
    for path in sorted((Path(os.environ["ICM_HOME"]) / "logs").iterdir()):
        text = path.read_text(errors="replace")
        found = [words for words in (*SAID, "eyJ") if words in text]
        if path.stem in SERVICES:
            lines = text.splitlines()
            begun = next((place for place, line in enumerate(lines) if line.startswith("{")), len(lines))
            found += [line[:200] for line in lines[begun:] if not line.startswith("{")]
        if found:
            faults[path.name] = found
    return faults


if __name__ == "__main__":
    walked = walk()
    print(json.dumps({"walked": walked, "logged": logged()}))
