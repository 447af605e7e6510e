"""Writes the policy of the audit log (C2SP tlog-policy): its public keys, its witness, and that this one must cosign.

Log and witness read it; auditors get a copy by another way. Needs the private key of the log only for its public half.
"""

from __future__ import annotations

import os
from pathlib import Path

from audit.log.keys import signing_keys

public = Path(os.environ["ICM_WITNESS_PUBLIC_FILE"]).read_text(encoding="utf-8").strip()
logs = "".join(f"log {key.verifying.line()}\n" for key in signing_keys())
Path(os.environ["ICM_AUDIT_POLICY_FILE"]).write_text(
    f"{logs}witness first {public} {os.environ['ICM_WITNESS_URL']}\nquorum first\n", encoding="utf-8"
)
