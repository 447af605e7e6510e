"""Where things are: the checkout, the state folder, the unpacked programs.

Nothing is ever written outside the state folder, so deleting `.icm/` starts afresh.
"""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


def home() -> Path:
    """The state folder of the platform of this shell: `ICM_HOME`, else `.icm/` of the checkout."""
    given = os.environ.get("ICM_HOME")
    return Path(given).resolve() if given else CHECKOUT / ".icm"


def unpacked_programs() -> Path:
    """Where Debian's packages are unpacked; shared by every platform of this checkout."""
    given = os.environ.get("ICM_PROGRAMS")
    return Path(given).resolve() if given else CHECKOUT / ".icm" / "debian"


def runs() -> Path:
    """Parent of the short-lived platforms of `icm demo`, `icm with-platform` and `icm test-servers`."""
    return CHECKOUT / ".icm" / "runs"
