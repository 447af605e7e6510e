"""Whatever is sent, nothing breaks: inputs made from the document itself, as a role that may send them (GW-1)."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from chassis import contracts

pytestmark = [pytest.mark.platform, pytest.mark.slow]

PATIENCE_S = 30.0

# One demo sign-in for each role that a route may need.
SUBJECTS = {
    "practitioner": "mentor",
    "intake_worker": "intake-worker",
    "social_worker": "social-worker",
    "team_lead": "team-lead",
    "provider_user": "carers-worker",
    "provider_admin": "carers-admin",
    "program_manager": "program-manager",
    "contracts_officer": "contracts-officer",
    "finance_approver": "finance-approver",
    "finance_releaser": "finance-releaser",
    "privacy_officer": "privacy-officer",
    "auditor": "auditor",
    "system_feed": "directory-feed",
    "directory_mediator": "directory-mediator",
    "client": "girl",
}


@cache
def token_of(subject: str) -> str:
    answer = requests.post(
        os.environ["ICM_TOKEN_URL"],
        data={"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": subject},
        timeout=10,
    )
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


def subject_with(permission: str) -> str:
    roles = contracts.access_list("roles")
    return next(SUBJECTS[role] for role in SUBJECTS if permission in roles[role]["permissions"])


@pytest.fixture(scope="module")
def operations() -> list[Any]:
    document = schemathesis.openapi.from_url(f"{os.environ['ICM_BASE_URL']}/openapi.json")
    # The stream never ends, so it is left to tests of its own.
    return [result.ok() for result in document.exclude(path_regex="stream").get_all_operations()]


def asked_as(subject: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make a record by a demo sign-in; waits for what other services have yet to hear of."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        answer = requests.post(
            f"{os.environ['ICM_BASE_URL']}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {token_of(subject)}"},
            timeout=10,
        )
        if answer.ok:
            made: dict[str, Any] = answer.json()
            return made
        assert answer.status_code in (403, 404) and time.monotonic() < ends, answer.text
        time.sleep(0.1)


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    """Records that are there, by the argument or the address that names one, so that inputs get past the first look."""
    person = asked_as("intake-worker", "/people", {"names": [{"kind": "alias", "given": "the girl"}]})["id"]
    referral = {
        "person_id": person,
        "program": "intensive_case_management",
        "source": "police",
        "reason": "alone",
    }
    family = {"program": "child_and_family_services", "role": "learning_mentor"}
    case = asked_as(
        "mentor", "/cases", {**family, "members": [{"person_id": person, "relation": "young_person"}]}
    )["id"]
    action = {"description": "call", "owner": "mentor", "due_on": "2099-01-01"}
    asked_as("mentor", f"/cases/{case}/plan", {})
    consent = {
        "person_id": person,
        "recipient": "worker:youth-worker",
        "categories": ["case"],
        "purposes": ["care"],
        "form": "verbal",
        "explanation": {"text": "what it means", "refusal_explained": True},
    }
    return {
        "person_id": person,
        "referral_id": asked_as("intake-worker", "/referrals", referral)["id"],
        "case_id": case,
        "action_id": asked_as("mentor", f"/cases/{case}/plan/actions", action)["id"],
        "consents": asked_as("mentor", "/consents", consent)["id"],
    }


def aimed(case: Any, known: dict[str, str]) -> None:
    """Let a made-up input concern records that are there, where it names any."""
    for name in case.path_parameters or {}:
        sort = name if name != "id" else case.operation.path.split("/")[3]
        if sort in known:
            case.path_parameters[name] = known[sort]
    if isinstance(case.body, dict):
        case.body.update({name: known[name] for name in case.body.keys() & known.keys()})
    if "If-Match" in case.headers:
        case.headers["If-Match"] = '"1.00000000"'


def knock(case: Any) -> None:
    # A purpose that the role may not state would stop most cases at the first check.
    case.headers.pop("Purpose-Of-Use", None)
    subject = subject_with(case.operation.definition.raw["x-permission"])
    case.headers["Authorization"] = f"Bearer {token_of(subject)}"
    answer = case.call(base_url=os.environ["ICM_BASE_URL"], timeout=15)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_no_input_makes_the_platform_fail(
    operations: list[Any], known: dict[str, str], mode: GenerationMode
) -> None:
    carefully = settings(
        max_examples=4,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def knock_twice(case: Any) -> None:
        knock(case)
        aimed(case, known)
        knock(case)

    for operation in operations:
        try:
            carefully(given(case=operation.as_strategy(generation_mode=mode))(knock_twice))()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, f"no good input can be made for {operation.label}"
