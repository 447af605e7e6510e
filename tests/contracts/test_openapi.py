"""Routes, doors and roles agree: one document, one permission, no door without a way and no way without a door."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from chassis import contracts
from chassis.doors import Door, doors_of
from gateway import publish
from gateway.routes.every import OPERATIONS

SERVICE_CLASSES = {
    "intake": "IntakeService",
    "cases": "CasesService",
    "consent": "ConsentService",
    "portal": "PortalService",
    "audit": "AuditService",
}
PROBLEMS = {"400", "401", "403", "404", "422", "429", "503"}
METHODS = {"get", "post", "put", "patch", "delete"}
# `health` is asked by /status, what the log publishes is read by anybody under /log, and /backchannel-logout is the
# sign-in provider's; the document describes what callers with a token may use.
WITHOUT_ROUTE = {"health", "read_published", "read_tile", "sign_out"}


def doors() -> dict[str, Door]:
    found: dict[str, Door] = {}
    for service, class_name in SERVICE_CLASSES.items():
        service_class = getattr(importlib.import_module(f"{service}.service"), class_name)
        found |= {f"{service}.{name}": door for name, door in doors_of(service_class).items()}
    return found


DOORS = doors()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return publish.document()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield method, path, item[method]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_operation_asks_for_a_sign_in_and_names_its_permission_and_door(
    document: dict[str, Any],
) -> None:
    for method, path, operation in operations(document):
        assert operation["security"] == [{"OpenIDConnect": []}], (method, path)
        assert operation["x-permission"] and operation["x-door"] and operation["summary"], (method, path)


def test_every_operation_tells_what_a_refusal_looks_like(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        assert operation["responses"].keys() >= PROBLEMS, (method, path)
        for status in PROBLEMS:
            assert operation["responses"][status] == {"$ref": f"#/components/responses/Problem{status}"}
    for name, response in document["components"]["responses"].items():
        if name.startswith("Problem"):
            assert response["content"].keys() == {"application/problem+json"}


def test_every_operation_that_replaces_or_amends_asks_for_the_version(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        door = DOORS[operation["x-door"]]
        parameters = [each.get("$ref", "") for each in operation["parameters"]]
        asks = "#/components/parameters/IfMatch" in parameters
        assert asks is door.versioned, (method, path)
        assert not asks or operation["responses"].keys() >= {"412", "428"}


def test_a_change_may_be_tried_again_and_a_read_needs_no_key(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        parameters = [each.get("$ref", "") for each in operation["parameters"]]
        assert ("#/components/parameters/IdempotencyKey" in parameters) is DOORS[
            operation["x-door"]
        ].changes, (
            method,
            path,
        )
        if method == "get":
            assert not DOORS[operation["x-door"]].changes, path


def test_names_of_people_never_stand_in_an_address(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        in_address = {each["name"] for each in operation["parameters"] if each.get("in") in ("query", "path")}
        assert not in_address & {"name", "names", "born_on", "given", "family", "phone", "email"}, (
            method,
            path,
        )


def test_every_door_has_a_route_and_every_route_a_door(document: dict[str, Any]) -> None:
    reached = {operation["x-door"] for _, _, operation in operations(document)}
    assert reached - DOORS.keys() == set()
    assert {door for door in DOORS.keys() - reached if door.split(".")[1] not in WITHOUT_ROUTE} == set()


def test_no_door_is_open_to_all_but_signs_of_life_the_bare_log_and_the_sign_in_provider() -> None:
    open_to_all = {name for name, door in DOORS.items() if door.open_to_all}
    assert {name.split(".")[1] for name in open_to_all} == WITHOUT_ROUTE
    assert {name for name, door in DOORS.items() if door.open_to_all and door.changes} == {"consent.sign_out"}
    assert all(door.vouched for door in DOORS.values() if door.open_to_all and door.changes)
    assert all(door.permission for door in DOORS.values() if not door.open_to_all)


def test_route_and_door_ask_for_the_same_permission(document: dict[str, Any]) -> None:
    differing = {
        operation["x-door"]: (operation["x-permission"], DOORS[operation["x-door"]].permission)
        for _, _, operation in operations(document)
        if operation["x-permission"] != DOORS[operation["x-door"]].permission
    }
    assert differing == {}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_the_gateway_checks_the_shape_that_the_door_takes_and_describes_the_one_it_gives(
    operation: Any,
) -> None:
    door = DOORS[f"{operation.service}.{operation.door}"]
    assert operation.takes is door.takes
    assert operation.gives is door.gives
    assert set(operation.path_names) <= set(operation.shape.fields)


def test_every_permission_is_held_by_a_role_and_opens_a_door() -> None:
    held = {name for role in contracts.access_list("roles").values() for name in role["permissions"]}
    asked = {door.permission for door in DOORS.values() if door.permission}
    # Whoever may ask about others, within `why` (CO-7).
    within = {each for door in DOORS.values() for each in door.further}
    assert held - asked - within == set(), "roles hold permissions that open nothing"
    assert asked - held == set(), "no role may open these doors"


def test_the_access_lists_keep_their_own_rules() -> None:
    purposes, categories = contracts.access_list("purposes"), contracts.access_list("categories")
    roles = contracts.access_list("roles")
    for name, role in roles.items():
        assert role.keys() == {"description", "purpose", "purposes", "permissions"}, name
        assert role["permissions"] == sorted(set(role["permissions"])), name
        assert role["purpose"] in role["purposes"], name
        assert set(role["purposes"]) <= purposes.keys(), name
    standing: list[dict[str, Any]] = yaml.safe_load(
        (contracts.folder() / "access" / "statutory_grants.yaml").read_text()
    )
    for grant in standing:
        assert grant["service"] in SERVICE_CLASSES
        kind, _, role_name = grant["grantee"].partition(":")
        assert kind == "role" and role_name in roles, grant
        assert set(grant["categories"]) <= categories.keys(), grant
        assert set(grant["purposes"]) <= set(roles[role_name]["purposes"]), grant
        assert grant["why"], "a grant on every record says why it must be"


def test_duties_that_must_be_kept_apart_are_held_by_no_one_role() -> None:
    apart = [
        ("portal.invoice.submit", "portal.invoice.approve"),
        ("portal.invoice.approve", "portal.payment.schedule"),
        ("portal.invoice.approve", "portal.payment.mark_paid"),
        ("portal.provider.apply", "portal.provider.approve"),
        ("portal.authorisation.issue", "portal.invoice.draft"),
        ("cases.assessment.record", "cases.assessment.sign_off"),
        ("consent.restriction.lift", "cases.case.read"),
        ("audit.entry.list", "cases.case.read"),
        ("audit.entry.list", "intake.person.read"),
    ]
    for name, role in contracts.access_list("roles").items():
        for one, other in apart:
            assert not {one, other} <= set(role["permissions"]), (name, one, other)


def test_no_shape_has_a_number_where_money_or_an_exact_quantity_is_meant(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            kinds = described.get("type", [])
            assert "number" not in ([kinds] if isinstance(kinds, str) else kinds), f"{name}.{field}"
