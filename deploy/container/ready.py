"""Whether the process in this container is ready, for the container engine; the exit code tells."""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", int(os.environ["ICM_HEALTH_PORT"]), timeout=3)
try:
    connection.request("GET", "/readyz")
    sys.exit(0 if connection.getresponse().status == 200 else 1)
except OSError:
    sys.exit(1)
