"""Brings a running broker to the generated definitions through its management API. Safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import requests

TIMEOUT_S = 15
Binding = tuple[str, str, str, str]


def apply(management_url: str, wanted: Mapping[str, Any], *, vhost: str | None = None) -> int:
    """Import `wanted`, remove bindings of our queues that it does not name; returns how many were removed.

    `management_url` is `http[s]://user:password@host:port`. With `vhost` everything goes into that virtual
    host instead of the one in the definitions (tests use it). Raises requests.HTTPError when the broker
    refuses.
    """
    definitions = dict(wanted) if vhost is None else in_vhost(wanted, vhost)
    with _session(management_url) as broker:
        broker.send("POST", "/api/definitions", definitions)
        removed = 0
        for name in {each["name"] for each in definitions["vhosts"]}:
            removed += _remove_stale_bindings(broker, definitions, name)
    return removed


def in_vhost(wanted: Mapping[str, Any], vhost: str) -> dict[str, Any]:
    """The same definitions for another virtual host."""
    moved: dict[str, Any] = {"vhosts": [{"name": vhost}], "users": list(wanted["users"])}
    for kind in ("permissions", "topic_permissions", "exchanges", "queues", "bindings"):
        moved[kind] = [{**each, "vhost": vhost} for each in wanted[kind]]
    return moved


class _Broker:
    def __init__(self, session: requests.Session, base: str) -> None:
        self._session = session
        self._base = base

    def __enter__(self) -> _Broker:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, self._base + path, json=body, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json() if answer.content and method == "GET" else None


def _session(management_url: str) -> _Broker:
    parts = urlsplit(management_url)
    session = requests.Session()
    session.trust_env = False
    session.auth = (parts.username or "guest", parts.password or "guest")
    return _Broker(session, f"{parts.scheme}://{parts.hostname}:{parts.port or 15672}")


def _remove_stale_bindings(broker: _Broker, wanted: Mapping[str, Any], vhost: str) -> int:
    place = quote(vhost, safe="")
    ours = {each["name"] for each in wanted["queues"] if each["vhost"] == vhost}
    keep = set(_named(each for each in wanted["bindings"] if each["vhost"] == vhost))
    removed = 0
    for binding in broker.send("GET", f"/api/bindings/{place}"):
        is_ours = (
            binding["source"] and binding["destination_type"] == "queue" and binding["destination"] in ours
        )
        if not is_ours or next(_named([binding])) in keep:
            continue
        source, queue, key = (
            quote(binding[part], safe="") for part in ("source", "destination", "properties_key")
        )
        broker.send("DELETE", f"/api/bindings/{place}/e/{source}/q/{queue}/{key}")
        removed += 1
    return removed


def _named(bindings: Iterable[Mapping[str, Any]]) -> Iterator[Binding]:
    for each in bindings:
        yield each["source"], each["destination_type"], each["destination"], each["routing_key"]
