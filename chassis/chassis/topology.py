"""The broker's queues, bindings, users and permissions, generated from the event contracts (rules 2, 4).

    python -m chassis.topology            print the definitions, a placeholder where a password belongs
    python -m chassis.topology check      exit 1 when deploy/rabbitmq/definitions.json is stale
    python -m chassis.topology render     print them with the passwords of ICM_RABBITMQ_PASSWORD_<USER>
    python -m chassis.topology apply      bring a running broker (ICM_RABBITMQ_MANAGEMENT_URL) to them

A service may publish events only under its own first word, read only its own queues, declare only its own
call queue, and use no default exchange.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from chassis import contracts
from chassis.topology_import import apply

VHOST = "icm"
SERVICES = ("intake", "cases", "consent", "portal", "audit")
USERS = ("gateway", *SERVICES, "auditor", "admin")

EVENTS, CALLS, REPLIES, DEAD, SEALED = "icm.events", "icm.rpc", "icm.replies", "icm.dead", "icm.audit"
UNCLAIMED = "icm.unclaimed"
ACCESS_RECORDED = "*.access.recorded.v1"

INBOX_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": True,
    "x-delivery-limit": 50,
    "x-dead-letter-exchange": DEAD,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
DEAD_ARGUMENTS: dict[str, Any] = {"x-queue-type": "quorum", "x-overflow": "reject-publish"}
SEALED_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "stream",
    "x-max-length-bytes": 2_000_000_000,
    # Shorter than the time before which no entry may be erased: what is erased is gone from here already (AU-8).
    "x-max-age": "90D",
    "x-stream-max-segment-size-bytes": 50_000_000,
}
UNCLAIMED_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "stream",
    "x-max-length-bytes": 100_000_000,
    "x-stream-max-segment-size-bytes": 20_000_000,
}

NOTHING, EVERYTHING = "^$", ".*"
COMMITTED = Path("deploy/rabbitmq/definitions.json")


def inbox_of(service: str) -> str:
    """The queue of the events that a service understands."""
    return f"{service}.inbox"


def definitions(
    passwords: Mapping[str, str], *, events: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """RabbitMQ definitions of the whole house; `passwords` by user, a user without one cannot sign in.

    `events` are the event contracts by key (contracts/events by default). An event that nobody consumes
    goes to the stream `icm.unclaimed`, so that mandatory publishing still finds a mistaken key.
    """
    catalogue = contracts.event_contracts() if events is None else events
    return {
        "vhosts": [{"name": VHOST}],
        "users": [_user(name, password_hash(passwords[name])) for name in USERS if name in passwords],
        **_structure(catalogue),
    }


def committed_definitions() -> str:
    """The definitions as they are committed: every user, a placeholder instead of its password."""
    generated = {
        "vhosts": [{"name": VHOST}],
        "users": [_user(name, f"${{{_variable(name)}}}") for name in USERS],
        **_structure(contracts.event_contracts()),
    }
    return json.dumps(generated, indent=2, sort_keys=True) + "\n"


def password_hash(password: str) -> str:
    """RabbitMQ's salted SHA-256; the salt comes from the password, so that generating twice gives the same."""
    salt = hashlib.sha256(b"icm topology " + password.encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _user(name: str, hashed: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": hashed,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if name == "admin" else [],
        "limits": {},
    }


def _structure(catalogue: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "permissions": list(_permissions()),
        "topic_permissions": list(_topic_permissions()),
        "exchanges": [
            _exchange(EVENTS, "topic"),
            _exchange(CALLS, "topic"),
            _exchange(REPLIES, "direct"),
            _exchange(DEAD, "fanout"),
            _exchange(SEALED, "topic"),
        ],
        "queues": [
            *(_queue(inbox_of(service), INBOX_ARGUMENTS) for service in SERVICES),
            _queue(DEAD, DEAD_ARGUMENTS),
            _queue(SEALED, SEALED_ARGUMENTS),
            _queue(UNCLAIMED, UNCLAIMED_ARGUMENTS),
        ],
        "bindings": [
            _binding(DEAD, DEAD, ""),
            _binding(SEALED, SEALED, "#"),
            *(_binding(EVENTS, queue, key) for queue, key in _subscriptions(catalogue)),
        ],
    }


def _subscriptions(catalogue: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    yield inbox_of("audit"), ACCESS_RECORDED
    for key, contract in sorted(catalogue.items()):
        if key.endswith("access.recorded.v1"):
            continue
        consumers = contract.get("consumers") or []
        unknown = sorted(set(consumers) - set(SERVICES))
        if unknown:
            raise ValueError(f"contracts/events/{key}.yaml: unknown consumers {', '.join(unknown)}")
        if not consumers:
            yield UNCLAIMED, key
        for service in sorted(consumers):
            yield inbox_of(service), key


def _permissions() -> Iterable[dict[str, str]]:
    yield _permission(
        "gateway",
        configure=r"^gateway\.replies\.",
        write=r"^(icm\.rpc|gateway\.replies\..+)$",
        read=r"^(icm\.replies|icm\.audit|gateway\.replies\..+)$",
    )
    for service in SERVICES:
        sealed = r"|icm\.audit" if service == "audit" else ""
        yield _permission(
            service,
            configure=rf"^{service}\.rpc$",
            write=rf"^(icm\.events|icm\.replies|{service}\.rpc{sealed})$",
            read=rf"^(icm\.rpc|{service}\.rpc|{service}\.inbox)$",
        )
    yield _permission("auditor", configure=NOTHING, write=NOTHING, read=r"^icm\.audit$")
    yield _permission("admin", configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING)


def _topic_permissions() -> Iterable[dict[str, str]]:
    some_service = "|".join(SERVICES)
    yield _topic_permission("gateway", CALLS, write=rf"^({some_service})\.", read=NOTHING)
    for service in SERVICES:
        yield _topic_permission(service, EVENTS, write=rf"^{service}\.", read=NOTHING)
        yield _topic_permission(service, CALLS, write=NOTHING, read=rf"^{service}\.")


def _permission(user: str, *, configure: str, write: str, read: str) -> dict[str, str]:
    return {"user": user, "vhost": VHOST, "configure": configure, "write": write, "read": read}


def _topic_permission(user: str, exchange: str, *, write: str, read: str) -> dict[str, str]:
    return {"user": user, "vhost": VHOST, "exchange": exchange, "write": write, "read": read}


def _exchange(name: str, kind: str) -> dict[str, Any]:
    return {
        "name": name, "vhost": VHOST, "type": kind,
        "durable": True, "auto_delete": False, "internal": False, "arguments": {},
    }  # fmt: skip


def _queue(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": dict(arguments)}


def _binding(exchange: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "source": exchange, "vhost": VHOST, "destination": queue,
        "destination_type": "queue", "routing_key": key, "arguments": {},
    }  # fmt: skip


def _variable(user: str) -> str:
    return f"ICM_RABBITMQ_PASSWORD_{user.upper()}"


def passwords_from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The password of every user; raises KeyError naming all variables that are missing."""
    missing = [_variable(user) for user in USERS if not environment.get(_variable(user))]
    if missing:
        raise KeyError(f"missing: {', '.join(missing)}")
    return {user: environment[_variable(user)] for user in USERS}


def main(arguments: list[str]) -> int:
    """The command line; the exit code tells."""
    command = arguments[0] if arguments else "print"
    if command == "print":
        sys.stdout.write(committed_definitions())
    elif command == "check":
        if not COMMITTED.is_file() or COMMITTED.read_text() != committed_definitions():
            sys.stderr.write(f"{COMMITTED} is stale: make definitions\n")
            return 1
    elif command == "render":
        sys.stdout.write(json.dumps(definitions(passwords_from_environment(os.environ)), indent=2) + "\n")
    elif command == "apply":
        url = os.environ["ICM_RABBITMQ_MANAGEMENT_URL"]
        removed = apply(url, definitions(passwords_from_environment(os.environ)))
        sys.stdout.write(f"applied; {removed} bindings removed that are no longer in the contracts\n")
    else:
        sys.stderr.write(__doc__ or "")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
