#!/usr/bin/env python3
"""Writes `.env` for `docker compose`: every variable of `.env.example`, a fresh random password where one
is empty.

    python3 deploy/container/make_env.py

Needs nothing but Python. An existing `.env` keeps its values; only what is missing is added.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


def filled(example: str, present: dict[str, str]) -> str:
    """The text of `.env`: the example with its gaps filled from what is present, else with random
    passwords.
    """
    lines = []
    for line in example.splitlines():
        named = _LINE.fullmatch(line)
        if named is None:
            lines.append(line)
            continue
        name, default = named[1], named[2]
        lines.append(f"{name}={present.get(name) or default or secrets.token_hex(20)}")
    return "\n".join(lines) + "\n"


def values(text: str) -> dict[str, str]:
    """The variables of a `.env` file."""
    return {named[1]: named[2] for line in text.splitlines() if (named := _LINE.fullmatch(line))}


def main() -> None:
    """Write `.env` beside `docker-compose.yml`, readable by its owner only."""
    target = CHECKOUT / ".env"
    present = values(target.read_text()) if target.exists() else {}
    text = filled((CHECKOUT / ".env.example").read_text(), present)
    os.umask(0o077)
    target.write_text(text)
    target.chmod(0o600)


if __name__ == "__main__":
    main()
