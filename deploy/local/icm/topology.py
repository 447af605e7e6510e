"""Gives the broker the vhost, users, permissions, exchanges and queues that the chassis declares."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import requests

from icm.complaints import Complaint

VHOST = "icm"


def apply_topology(management_url: str, *, passwords: Mapping[str, str]) -> None:
    """Bring the broker to the chassis' definitions; `passwords` is by broker user. Can be repeated.

    Raises Complaint when the chassis declares none, or when the broker refuses them.
    """
    declared = _declared()
    try:
        declared.apply(management_url, declared.definitions(dict(passwords)))
    except requests.HTTPError as refused:
        said = refused.response.text[:300] if refused.response is not None else ""
        raise Complaint(
            f"RabbitMQ refused the definitions: {said or refused}",
            mend="A queue whose arguments have changed must be deleted first; `make clean` starts afresh.",
        ) from None
    except requests.RequestException as failed:
        raise Complaint(
            f"RabbitMQ's management API does not answer: {type(failed).__name__}.",
            mend="For an existing broker set ICM_RABBITMQ_MANAGEMENT_URL and enable its management.",
        ) from None


def _declared() -> Any:
    try:
        return importlib.import_module("chassis.topology")
    except ModuleNotFoundError as missing:
        if missing.name != "chassis.topology":
            raise
        raise Complaint(
            "The chassis declares no broker topology: chassis/chassis/topology.py is missing.",
            mend="Run `make setup` again, then look at `git status`.",
        ) from None
