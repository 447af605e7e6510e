"""Event contracts and code agree: who publishes, who listens, and that nothing personal can cross (rule 4, OP-4)."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from chassis import contracts

SERVICES = ("intake", "cases", "consent", "portal", "audit")
CLASSES = {name: f"{name.title()}Service" for name in SERVICES}
CATALOGUE = contracts.event_contracts()

# Names under which a person or free text would hide.
PERSONAL = {
    "name",
    "names",
    "given",
    "family",
    "address",
    "phone",
    "email",
    "note",
    "text",
    "reason_text",
    "born",
}


@cache
def patterns_followed(service: str) -> tuple[str, ...]:
    """What a service subscribes to; asked in a process of its own, as services share one table of tables."""
    program = (
        "import json, importlib\n"
        "from chassis.doors import subscriptions_of\n"
        f"module = importlib.import_module('{service}.service')\n"
        f"print(json.dumps([each.pattern for each in subscriptions_of(module.{CLASSES[service]})]))\n"
    )
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    return tuple(json.loads(told.stdout))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_follows_exactly_the_events_that_name_it_as_consumer(service: str) -> None:
    followed = {pattern for pattern in patterns_followed(service) if "*" not in pattern}
    named = {key for key, contract in CATALOGUE.items() if service in (contract.get("consumers") or [])}
    named = {key for key in named if not key.endswith(".access.recorded.v1")}
    assert followed == named


def test_audit_follows_the_accesses_of_every_service() -> None:
    assert "*.access.recorded.v1" in patterns_followed("audit")
    assert {f"{service}.access.recorded.v1" for service in SERVICES} <= CATALOGUE.keys()


@pytest.mark.parametrize("key", CATALOGUE)
def test_an_event_is_named_after_its_publisher(key: str) -> None:
    assert CATALOGUE[key]["publisher"] == key.split(".")[0] in SERVICES
    assert len(key.split(".")) == 4
    assert CATALOGUE[key]["description"].strip()


@pytest.mark.parametrize("key", CATALOGUE)
def test_the_examples_of_an_event_keep_its_schema(key: str) -> None:
    assert CATALOGUE[key]["examples"], "an event without an example"
    for example in CATALOGUE[key]["examples"]:
        contracts.check_event(key, example["data"])


def objects_in(schema: Any) -> list[dict[str, Any]]:
    found = []
    if isinstance(schema, dict):
        if schema.get("type") == "object" or "properties" in schema:
            found.append(schema)
        for each in schema.values():
            found += objects_in(each)
    elif isinstance(schema, list):
        for each in schema:
            found += objects_in(each)
    return found


@pytest.mark.parametrize("key", CATALOGUE)
def test_an_event_can_hold_nothing_but_what_is_named_and_no_free_text(key: str) -> None:
    for part in objects_in(CATALOGUE[key]["schema"]):
        assert part.get("additionalProperties") is False, "an unnamed property could carry anything"
        assert not PERSONAL & part.get("properties", {}).keys()
    example = CATALOGUE[key]["examples"][0]["data"]
    validator = jsonschema_rs.Draft202012Validator(CATALOGUE[key]["schema"], validate_formats=True)
    assert not validator.is_valid({**example, "name": "somebody"})


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_string_of_an_event_is_bounded_to_a_code_an_id_or_a_time(key: str) -> None:
    loose = [
        name
        for part in objects_in(CATALOGUE[key]["schema"])
        for name, field in part.get("properties", {}).items()
        if isinstance(field, dict)
        and ("string" in (field.get("type") if isinstance(field.get("type"), list) else [field.get("type")]))
        and not {"format", "enum", "pattern", "const", "maxLength"} & field.keys()
    ]
    assert loose == []
