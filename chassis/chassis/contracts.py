"""What crosses a border, read from the folder `contracts/` (events and access lists as data)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml


def folder() -> Path:
    """The folder `contracts/`: `ICM_CONTRACTS`, else the one of this checkout."""
    named = os.environ.get("ICM_CONTRACTS")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "contracts"


@cache
def access_list(name: str) -> dict[str, Any]:
    """One list of contracts/access: `roles`, `categories` or `purposes`, by code."""
    listed: dict[str, Any] = yaml.safe_load((folder() / "access" / f"{name}.yaml").read_text())
    return listed


@cache
def event_contract(key: str) -> dict[str, Any] | None:
    """The contract of an event key, None when nothing of that name is published."""
    path = folder() / "events" / f"{key}.yaml"
    if not path.is_file():
        return None
    contract: dict[str, Any] = yaml.safe_load(path.read_text())
    return contract


def event_contracts() -> dict[str, dict[str, Any]]:
    """All event contracts by key, in order of name."""
    return {
        path.stem: event_contract(path.stem) or {} for path in sorted((folder() / "events").glob("*.yaml"))
    }


@cache
def _validator(key: str) -> jsonschema_rs.Draft202012Validator:
    contract = event_contract(key)
    if contract is None:
        raise LookupError(f"no contract for event {key} in contracts/events")
    return jsonschema_rs.Draft202012Validator(contract["schema"], validate_formats=True)


def check_event(key: str, data: dict[str, Any]) -> None:
    """Raise ValueError when the data of an event does not keep its contract; says where, never the value.

    It costs a few microseconds, so it is done in production too: what is not in a contract never reaches the bus.
    """
    for error in _validator(key).iter_errors(data):
        where = "/".join(str(part) for part in error.instance_path)
        rule = "/".join(str(part) for part in error.schema_path)
        raise ValueError(f"{key}: data/{where} breaks the rule {rule}")
