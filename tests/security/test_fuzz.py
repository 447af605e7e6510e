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
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ensure_resource_availability,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)

from chassis import contracts

pytestmark = [pytest.mark.platform, pytest.mark.slow]

PATIENCE_S = 30.0
# Of each operation and kind of input, each asked twice; ICM_HYPOTHESIS=search looks further.
EXAMPLES = 2 if os.environ.get("ICM_HYPOTHESIS") != "search" else 40

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


# Every check of schemathesis. Those after the first line compare several requests and speak only where the document
# links operations, which it does not; they are asked all the same, for the day on which it does.
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, negative_data_rejection, missing_required_header, unsupported_method,
    allow_header_conformance, ignored_auth,
    use_after_free, ensure_resource_availability, positive_data_acceptance,
]  # fmt: skip
# What is not asked of an operation, and why.
NOT_ASKED: dict[str, dict[Any, str]] = {
    "*": {
        positive_data_acceptance: "A body of the right shape may break a rule that no schema tells: a period that is"
        " over, a code that is not on the list, a person whom nobody recorded.",
    },
}


def asked_of(operation: str) -> list[Any]:
    """The checks for an operation, those without that have a reason not to be asked."""
    left_out = NOT_ASKED["*"].keys() | NOT_ASKED.get(operation, {}).keys()
    return [check for check in CHECKS if check not in left_out]


def knock(case: Any, *, whole: bool) -> None:
    """Ask, and hold the answer against every check; a case that was changed by hand against those that still fit."""
    # A purpose that the role may not state would stop most cases at the first check.
    case.headers.pop("Purpose-Of-Use", None)
    subject = subject_with(case.operation.definition.raw["x-permission"])
    case.headers["Authorization"] = f"Bearer {token_of(subject)}"
    answer = case.call(base_url=os.environ["ICM_BASE_URL"], timeout=15)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]
    if answer.status_code == 429:
        return  # whoever asks too often is told to wait, whatever was asked
    checks = asked_of(case.operation.label)
    if not whole:
        checks = [check for check in checks if check is not negative_data_rejection]
    case.validate_response(answer, checks=checks)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_no_input_makes_the_platform_fail(
    operations: list[Any], known: dict[str, str], mode: GenerationMode
) -> None:
    carefully = settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def knock_twice(case: Any) -> None:
        knock(case, whole=True)
        aimed(case, known)
        knock(case, whole=False)

    broken: dict[str, str] = {}
    for operation in operations:
        try:
            carefully(given(case=operation.as_strategy(generation_mode=mode))(knock_twice))()
        except Unsatisfiable:
            if mode is not GenerationMode.NEGATIVE:
                broken[operation.label] = "no good input can be made"
        except (AssertionError, FailureGroup) as failed:
            broken[operation.label] = told(failed)
    assert broken == {}


def told(failed: BaseException) -> str:
    """What a check found, in short."""
    each = failed.exceptions if isinstance(failed, FailureGroup) else [failed]
    return "; ".join(f"{type(one).__name__}: {str(one)[:300]}" for one in each)
