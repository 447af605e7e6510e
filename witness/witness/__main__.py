"""`icm-witness` (or `python -m witness`): serve; `icm-witness key`: make the key, or print its public half."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from witness.notes import WITNESS_KEY, LogKey, Malformed, read_log_key, vkey
from witness.protocol import Witness
from witness.server import Server
from witness.store import Store

USAGE = "usage: icm-witness [key]"


def main() -> None:
    """Serve until SIGTERM or SIGINT; or make the key and print what the log and auditors need."""
    os.umask(0o077)
    name, key_file = (
        _setting("ICM_WITNESS_NAME", "openicm.local/witness"),
        Path(_setting("ICM_WITNESS_KEY_FILE")),
    )
    if sys.argv[1:] == ["key"]:
        line = public_line(name, made_or_read(key_file))
        if public := os.environ.get("ICM_WITNESS_PUBLIC_FILE"):
            Path(public).write_text(line + "\n", encoding="utf-8")
            Path(public).chmod(0o644)
        sys.stdout.write(line + "\n")
        return
    if sys.argv[1:]:
        raise SystemExit(USAGE)
    policy = Path(_setting("ICM_WITNESS_POLICY_FILE"))
    log_keys(policy)  # a file that cannot be read is told now, not at the first checkpoint
    store = Store(Path(_setting("ICM_WITNESS_STORE")))
    witness = Witness(
        name=name,
        key=made_or_read(key_file),
        store=store,
        log_keys=lambda: log_keys(policy),
        clock=lambda: int(time.time()),
    )
    server = Server(
        witness, host=_setting("ICM_WITNESS_HOST", "127.0.0.1"), port=int(_setting("ICM_WITNESS_PORT", "0"))
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stderr.write(f"witness {name} answers on port {server.server_address[1]}\n")
    server.serve_forever(poll_interval=0.2)
    store.close()


def made_or_read(path: Path) -> Ed25519PrivateKey:
    """The witness's own key, made when there is none; only its owner can read it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise SystemExit("ICM_WITNESS_KEY_FILE holds a key that is not Ed25519") from None
        return key
    key = Ed25519PrivateKey.generate()
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    return key


def public_line(name: str, key: Ed25519PrivateKey) -> str:
    """The public key as the log and auditors write it into their policy."""
    return vkey(name, WITNESS_KEY, key.public_key().public_bytes_raw())


def log_keys(policy: Path) -> tuple[LogKey, ...]:
    """The log keys in a policy (C2SP tlog-policy), read again when the file changes."""
    return _read_policy(policy, policy.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read_policy(policy: Path, _changed: int) -> tuple[LogKey, ...]:
    lines = [line.split() for line in policy.read_text(encoding="utf-8").splitlines()]
    try:
        return tuple(read_log_key(words[1]) for words in lines if words[:1] == ["log"] and len(words) > 1)
    except Malformed as fault:
        raise SystemExit(f"ICM_WITNESS_POLICY_FILE: {fault}") from None


def _setting(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if not value:
        raise SystemExit(f"{name} is missing")
    return value


if __name__ == "__main__":
    main()
