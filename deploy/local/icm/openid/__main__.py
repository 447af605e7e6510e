"""Run the development OpenID provider: `python -m icm.openid`.

Settings: `ICM_OIDC_ISSUER` (its origin on the loopback address, which it listens on) and
`ICM_OPENID_KEY_FILE`. Refuses to start when `ICM_ENV=production`.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from werkzeug.serving import make_server

from icm.complaints import Complaint
from icm.openid.app import make_app
from icm.ports import LOOPBACK


def main() -> None:
    """Serve until told to stop."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    issuer = os.environ["ICM_OIDC_ISSUER"]
    try:
        app = make_app(
            issuer=issuer,
            key_file=Path(os.environ["ICM_OPENID_KEY_FILE"]),
            environment=os.environ.get("ICM_ENV"),
        )
    except Complaint as complaint:
        sys.exit(f"{complaint.what} {complaint.mend}")
    server = make_server(LOOPBACK, urlsplit(issuer).port or 80, app, threaded=True)
    signal.signal(signal.SIGTERM, _leave)
    server.serve_forever()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
