"""Makes the key that signs the checkpoints of the audit log, unless it is there (AU-4)."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

path = Path(os.environ["ICM_AUDIT_KEY_FILE"])
if not path.exists():
    key = Ed25519PrivateKey.generate()
    os.umask(0o077)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
