"""Free ports on the loopback address.

Ports are chosen below the range that the kernel gives to outgoing connections, so that a server
which is restarted finds its port still free.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Container

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 31_900


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def answers(port: int, *, seconds: float = 0.5) -> bool:
    """Whether something accepts connections on this port of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=seconds):
            return True
    except OSError:
        return False


def choose(*, taken: Container[int], preferred: int | None = None) -> int:
    """A free port that is not in `taken`; `preferred` when that one is free.

    Raises OSError when no port can be found, which means that something is very wrong.
    """
    if preferred is not None and preferred not in taken and is_free(preferred):
        return preferred
    draw = random.SystemRandom()
    for _ in range(1_000):
        port = draw.randrange(LOWEST, HIGHEST)
        if port not in taken and is_free(port):
            return port
    raise OSError("no free port found on the loopback address")
