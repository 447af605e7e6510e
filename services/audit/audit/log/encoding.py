"""How hashes are written in JSON."""

from __future__ import annotations

import base64


def base64_of(raw: bytes) -> str:
    """Standard base64 (RFC 4648, section 4), as the C2SP formats use it."""
    return base64.b64encode(raw).decode()
