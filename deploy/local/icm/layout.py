"""The layout of one platform: its ports and secrets, chosen once and kept in the state folder.

`layout.json` is readable by its owner only; keys are in `keys/`. Nothing here reaches a log.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from icm import ports
from icm.ports import LOOPBACK

SERVICES = ("intake", "cases", "consent", "portal", "audit")
BROKER_USERS = (*SERVICES, "gateway", "auditor", "admin")
ROLES = ("owner", "door", "lane")

PORTS = (
    "gateway", "gateway-health", "openid", "witness",
    "rabbitmq", "rabbitmq-management", "rabbitmq-prometheus", "rabbitmq-distribution", "epmd",
    *(f"postgres-{service}" for service in SERVICES),
    *(f"{service}-health" for service in SERVICES),
)  # fmt: skip
PREFERRED = {"gateway": 8420, "openid": 8421}


@dataclass
class Layout:
    """Ports and secrets of the platform in `home`."""

    home: Path
    ports: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, home: Path, *, preferred: bool = False) -> Layout:
        """The layout kept in `home`, made on first use.

        With `preferred` the gateway and the sign-in page get their customary ports when these are free.
        """
        layout = cls(home=home)
        if layout.file.exists():
            kept = json.loads(layout.file.read_text())
            layout.ports, layout.secrets = kept["ports"], kept["secrets"]
        layout._complete(preferred=PREFERRED if preferred else {})
        return layout

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return self.home / "layout.json"

    @property
    def logs(self) -> Path:
        """Folder with one log for each process."""
        return self.home / "logs"

    @property
    def audit_key(self) -> Path:
        """The Ed25519 private key (PEM) that signs the audit log's checkpoints."""
        return self.home / "keys" / "audit.pem"

    @property
    def witness_policy(self) -> Path:
        """Which keys the log signs with and who witnesses it (C2SP tlog-policy): public."""
        return self.home / "witness" / "audit.policy"

    @property
    def witness_url(self) -> str:
        """Where the witness takes checkpoints."""
        return f"http://{LOOPBACK}:{self.ports['witness']}"

    @property
    def openid_key(self) -> Path:
        """The private key of the development OpenID provider; it makes the key itself."""
        return self.home / "keys" / "openid.pem"

    @property
    def base_url(self) -> str:
        """Origin of the gateway."""
        return f"http://{LOOPBACK}:{self.ports['gateway']}"

    @property
    def issuer(self) -> str:
        """Issuer of the development OpenID provider."""
        return f"http://{LOOPBACK}:{self.ports['openid']}"

    def health_url(self, process: str) -> str:
        """Origin of a process's /livez, /readyz and /metrics."""
        return f"http://{LOOPBACK}:{self.ports[f'{process}-health']}"

    def replace_taken_ports(self) -> list[str]:
        """Choose again for ports that something else uses now; return their names.

        Only before anything of this platform runs.
        """
        taken = [name for name, port in self.ports.items() if not ports.is_free(port)]
        for name in taken:
            self.ports[name] = ports.choose(taken=set(self.ports.values()))
        if taken:
            self._save()
        return taken

    def _complete(self, *, preferred: dict[str, int]) -> None:
        before = (dict(self.ports), dict(self.secrets))
        for name in PORTS:
            if name not in self.ports:
                self.ports[name] = ports.choose(taken=set(self.ports.values()), preferred=preferred.get(name))
        wanted = [
            "postgres",
            "broker-cookie",
            *(f"broker-{user}" for user in BROKER_USERS),
            *(f"{service}_{role}" for service in SERVICES for role in ROLES),
        ]
        for name in wanted:
            self.secrets.setdefault(name, secrets.token_hex(24))
        if (self.ports, self.secrets) != before:
            self._save()
        self._make_audit_key()

    def _make_audit_key(self) -> None:
        if not self.audit_key.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            write_secret(self.audit_key, pem.decode())

    def _save(self) -> None:
        write_secret(self.file, json.dumps({"ports": self.ports, "secrets": self.secrets}, indent=1))


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read; it is complete or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    unfinished.replace(path)
