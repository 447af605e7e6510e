"""Two requests as a browser would send them, each in a trace of its own; prints their ids as one JSON line (OP-2).

Run by `icm with-platform -- python -m tests.traces.walk`, with OTEL_EXPORTER_OTLP_ENDPOINT set for the platform.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from time import monotonic, sleep
from typing import Any

import requests

PATIENCE_S = 20.0

# Words that only a body holds. None of them may be found in a span.
ALIAS = "the girl who looks after everybody"
REASON = "her mother is ill and the rent is behind"
PLACE = "after school at the library"
EXPLAINED = "she may take it back at any time"
SAID = (ALIAS, REASON, PLACE, EXPLAINED)

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
    person = answer.json()["person_id"]
    consent = {
        "person_id": person,
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
            return {"referral": referring, "consent": consenting}
        if answer.status_code != 404 or monotonic() > ends:
            sys.exit(f"the consent was answered {answer.status_code}: {answer.text}")
        sleep(0.1)


if __name__ == "__main__":
    print(json.dumps(walk()))
