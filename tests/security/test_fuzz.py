"""Whatever is sent, nothing breaks: inputs made from the document itself, as a role that may send them (GW-1)."""

from __future__ import annotations

import os
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

# One demo sign-in for each role that a route may need.
SUBJECTS = {
    "practitioner": "mentor",
    "intake_worker": "intake-worker",
    "social_worker": "social-worker",
    "team_lead": "team-lead",
    "provider_user": "carers-worker",
    "provider_admin": "carers-admin",
    "contracts_officer": "contracts-officer",
    "finance_approver": "finance-approver",
    "finance_releaser": "finance-releaser",
    "privacy_officer": "privacy-officer",
    "auditor": "auditor",
    "system_feed": "directory-feed",
    "client": "girl",
}


@cache
def token_of_a_role_with(permission: str) -> str:
    role = next(
        role for role in SUBJECTS if permission in contracts.access_list("roles")[role]["permissions"]
    )
    answer = requests.post(
        os.environ["ICM_TOKEN_URL"],
        data={"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": SUBJECTS[role]},
        timeout=10,
    )
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


@pytest.fixture(scope="module")
def operations() -> list[Any]:
    document = schemathesis.openapi.from_url(f"{os.environ['ICM_BASE_URL']}/openapi.json")
    # The stream never ends, so it is left to tests of its own.
    return [result.ok() for result in document.exclude(path_regex="stream").get_all_operations()]


def knock(case: Any) -> None:
    # A purpose that the role may not state would stop most cases at the first check.
    case.headers.pop("Purpose-Of-Use", None)
    token = token_of_a_role_with(case.operation.definition.raw["x-permission"])
    case.headers["Authorization"] = f"Bearer {token}"
    answer = case.call(base_url=os.environ["ICM_BASE_URL"], timeout=15)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_no_input_makes_the_platform_fail(operations: list[Any], mode: GenerationMode) -> None:
    carefully = settings(
        max_examples=4,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for operation in operations:
        try:
            carefully(given(case=operation.as_strategy(generation_mode=mode))(knock))()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, f"no good input can be made for {operation.label}"
