"""What was published stays true: a route may gain optional fields and answers more, and loses nothing (OP-4).

`contracts/http/openapi.json` is what clients were promised; `python -m gateway.publish` renews the promise.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway import publish

Document = dict[str, Any]


def broken_promises(before: Document, after: Document) -> list[str]:
    """Everything that a client of `before` would find gone or changed in `after`."""
    return [*_routes(before, after), *_shapes(before, after)]


def _routes(before: Document, after: Document) -> Iterator[str]:
    for path, item in before["paths"].items():
        for method in item.keys() - {"parameters"}:
            where = f"{method.upper()} {path}"
            then, now = item[method], after["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where} is gone"
                continue
            for name in ("operationId", "x-permission"):
                if then[name] != now[name]:
                    yield f"{where}: {name} was {then[name]}"
            if _good(then) != _good(now):
                yield f"{where}: a good answer was {_good(then)}"
            yield from _parameters(where, then, now)


def _good(operation: Document) -> list[str]:
    return sorted(status for status in operation["responses"] if status.startswith("2"))


def _parameters(where: str, then: Document, now: Document) -> Iterator[str]:
    def named(operation: Document) -> dict[str, bool]:
        return {
            each.get("$ref", f"{each.get('in')} {each.get('name')}"): bool(each.get("required"))
            for each in operation.get("parameters", [])
        }

    earlier, later = named(then), named(now)
    yield from (f"{where}: parameter {name} is gone" for name in earlier.keys() - later.keys())
    yield from (
        f"{where}: parameter {name} must now be sent"
        for name, required in later.items()
        if required and not earlier.get(name, False)
    )
    if now.get("requestBody", {}).get("required") and not then.get("requestBody", {}).get("required"):
        yield f"{where}: a body must now be sent"


def _shapes(before: Document, after: Document) -> Iterator[str]:
    sent = _reached(before, lambda operation: operation.get("requestBody", {}))
    received = _reached(before, lambda operation: operation["responses"])
    for name in sorted(sent | received):
        then, now = before["components"]["schemas"][name], after["components"]["schemas"].get(name)
        if now is None:
            yield f"{name} is gone"
            continue
        earlier, later = set(then.get("required", [])), set(now.get("required", []))
        if name in sent:
            yield from (f"{name}.{field} must now be sent" for field in sorted(later - earlier))
        if name in received:
            yield from (f"{name}.{field} may now be missing" for field in sorted(earlier - later))
        for field, described in then.get("properties", {}).items():
            yield from _field(
                f"{name}.{field}", described, now.get("properties", {}).get(field), sent=name in sent
            )


def _field(where: str, then: Document, now: Document | None, *, sent: bool) -> Iterator[str]:
    if now is None:
        yield f"{where} is gone"
        return
    for word in ("format", "$ref"):
        if then.get(word) != now.get(word):
            yield f"{where}: {word} was {then.get(word)}"
    earlier, later = _kinds(then), _kinds(now)
    if (sent and not earlier <= later) or (not sent and not later <= earlier):
        yield f"{where}: type was {sorted(earlier)}"
    if sent and "enum" in now and not set(then.get("enum", [])) <= set(now["enum"]):
        yield f"{where}: fewer choices"
    if sent and now.get("maxLength", 0) < then.get("maxLength", 0):
        yield f"{where}: shorter texts only"


def _kinds(described: Document) -> set[str]:
    kinds = described.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _reached(document: Document, part: Callable[[Document], Any]) -> set[str]:
    """Names of the shapes that a part of any operation reaches, directly or through others."""
    waiting: list[Any] = [
        part(operation)
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    found: set[str] = set()
    while waiting:
        inside = waiting.pop()
        if isinstance(inside, list):
            waiting += inside
        elif isinstance(inside, dict):
            waiting += inside.values()
            kind, _, name = str(inside.get("$ref", "")).removeprefix("#/components/").partition("/")
            if kind == "schemas" and name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"][name])
            elif kind == "responses":
                waiting.append(document["components"]["responses"][name])
    return found


@pytest.fixture(scope="module")
def published() -> Document:
    promised: Document = json.loads(publish.published_document().read_text())
    return promised


def test_nothing_that_was_published_is_gone_or_changed(published: Document) -> None:
    assert broken_promises(published, publish.document()) == []


def _without_route(document: Document) -> None:
    del document["paths"]["/api/v1/referrals"]["get"]


def _without_field(document: Document) -> None:
    del document["components"]["schemas"]["intake.PersonView"]["properties"]["names"]


def _with_a_new_demand(document: Document) -> None:
    document["components"]["schemas"]["intake.ReceiveReferral"]["required"].append("priority")


def _with_fewer_choices(document: Document) -> None:
    document["components"]["schemas"]["intake.ReceiveReferral"]["properties"]["source"]["enum"].remove(
        "church"
    )


def _with_another_type(document: Document) -> None:
    document["components"]["schemas"]["portal.InvoiceView"]["properties"]["total"]["type"] = "number"


def _with_another_permission(document: Document) -> None:
    document["paths"]["/api/v1/people"]["post"]["x-permission"] = "intake.person.search"


@pytest.mark.parametrize(
    "change",
    [
        _without_route,
        _without_field,
        _with_a_new_demand,
        _with_fewer_choices,
        _with_another_type,
        _with_another_permission,
    ],
    ids=lambda change: change.__name__.strip("_"),
)
def test_a_change_that_breaks_a_client_is_noticed(
    published: Document, change: Callable[[Document], None]
) -> None:
    changed = copy.deepcopy(published)
    change(changed)
    assert len(broken_promises(published, changed)) == 1


def test_an_optional_field_more_breaks_nobody(published: Document) -> None:
    grown = copy.deepcopy(published)
    grown["components"]["schemas"]["intake.ReceiveReferral"]["properties"]["language"] = {"type": "string"}
    grown["paths"]["/api/v2/people"] = grown["paths"]["/api/v1/people"]
    assert broken_promises(published, grown) == []
