"""Another system that applies all active Consents of an export permits what stands, and nothing else (CO-1)."""

from __future__ import annotations

import json
from itertools import product
from typing import Any
from uuid import UUID

from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from chassis import contracts
from gateway.fhir.consents import bundle_of_consents
from gateway.tests.test_fhir import a_consent

CATEGORIES = sorted(contracts.access_list("categories"))
PURPOSES = sorted(contracts.access_list("purposes"))
RECIPIENTS = ["organisation:youth-service", "team:youth", "worker:youth-worker"]
Permitted = set[tuple[str, str, str, str]]


def some(codes: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(codes), min_size=1, max_size=4, unique=True)


PARTS = st.fixed_dictionaries({"categories": some(CATEGORIES), "purposes": some(PURPOSES)})
DECISIONS = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "person_id": st.sampled_from([str(UUID(int=1)), str(UUID(int=2))]),
        "decision": st.sampled_from(["given", "refused"]),
        "recipient": st.sampled_from(RECIPIENTS),
        "stands": st.lists(PARTS, max_size=3),
    }
)


def what_stands(decisions: list[dict[str, Any]]) -> Permitted:
    """As the service tells it: a refusal anywhere outweighs a consent anywhere."""
    rules: dict[str, Permitted] = {"given": set(), "refused": set()}
    for told in decisions:
        for part in told["stands"]:
            rules[told["decision"]] |= set(
                product([told["person_id"]], [told["recipient"]], part["categories"], part["purposes"])
            )
    return rules["given"] - rules["refused"]


def plainly_read(bundle: str) -> Permitted:
    """What a system permits that applies all active Consents: a denial anywhere outweighs a permission anywhere."""
    rules: dict[str, Permitted] = {"permit": set(), "deny": set()}
    for entry in json.loads(bundle).get("entry", []):
        resource = entry["resource"]
        if resource["status"] == "active":
            rules[resource["provision"]["type"]] |= _of(resource, resource["provision"])
    return rules["permit"] - rules["deny"]


def _of(resource: dict[str, Any], rule: dict[str, Any]) -> Permitted:
    return set(
        product(
            [resource["patient"]["identifier"]["value"]],
            [rule["actor"][0]["reference"]["identifier"]["value"]],
            [each["coding"][0]["code"] for each in rule["code"]],
            [each["code"] for each in rule["purpose"] if each["system"] == "urn:openicm:purpose"],
        )
    )


@given(st.lists(DECISIONS, max_size=6))
def test_all_active_consents_of_an_export_permit_exactly_what_stands(told: list[dict[str, Any]]) -> None:
    decisions = [a_consent(**each, state=each["decision"]) for each in told]

    exported = bundle_of_consents(decisions)

    Bundle.model_validate_json(exported)
    assert plainly_read(exported) == what_stands(decisions)
