"""Every route with every role, through HTTP: what is not listed in contracts/access/roles.yaml is refused (CO-9).

Made from /openapi.json of the running platform, so a new route is in the matrix the moment it exists.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests

from chassis import contracts

pytestmark = pytest.mark.platform

# A demo sign-in that has exactly this one role.
SUBJECT_OF = {
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
    "operator": "operator",
    "client": "girl",
    "system_feed": "directory-feed",
    "directory_mediator": "directory-mediator",
}
ROLES: dict[str, dict[str, Any]] = contracts.access_list("roles")


@dataclass(frozen=True)
class Route:
    """One operation of the document."""

    method: str
    path: str
    permission: str
    parameters: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    def ask(self, session: requests.Session, **headers: str) -> requests.Response:
        """Knock with identifiers that nobody has and an empty body: enough to see whether the door opens.

        Whoever knocks in vain too often is told to wait, and does.
        """
        while (answer := self._knock(session, **headers)).status_code == 429:
            time.sleep(int(answer.headers["Retry-After"]))
        return answer

    def _knock(self, session: requests.Session, **headers: str) -> requests.Response:
        path = self.path
        for parameter in self.parameters:
            kind = parameter["schema"]
            value = (
                str(uuid4())
                if kind.get("format") == "uuid"
                else "1"
                if kind.get("type") == "integer"
                else "none"
            )
            path = path.replace("{" + parameter["name"] + "}", value)
        body = None if self.method == "get" else {}
        with session.request(
            self.method,
            os.environ["ICM_BASE_URL"] + path,
            json=body,
            headers={"If-Match": '"1.00000000"', "Accept": "application/json", **headers},
            timeout=10,
            stream=True,
        ) as answer:
            if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                answer.content  # noqa: B018 - read it before the connection goes
            return answer


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    document = requests.get(f"{os.environ['ICM_BASE_URL']}/openapi.json", timeout=10).json()
    return list(_routes(document))


def _routes(document: dict[str, Any]) -> Iterator[Route]:
    for path, item in document["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                yield Route(method, path, item[method]["x-permission"], tuple(item.get("parameters", ())))


def signed_in(subject: str, **asked: str) -> requests.Session:
    answer = requests.post(
        os.environ["ICM_TOKEN_URL"],
        data={"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": subject, **asked},
        timeout=10,
    )
    answer.raise_for_status()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def opened(answer: requests.Response) -> bool:
    """Whether the door let the caller's role in, whatever it then said of the record or of the body."""
    if answer.status_code != 403:
        return True
    return bool(answer.json()["code"] != "permission_missing")


def test_every_role_has_a_sign_in_that_has_no_other_role() -> None:
    assert SUBJECT_OF.keys() == ROLES.keys()


def test_the_matrix_is_not_empty(routes: list[Route]) -> None:
    assert len(routes) > 60
    assert all(route.permission for route in routes)


@pytest.mark.parametrize("role", SUBJECT_OF)
def test_a_role_opens_what_is_listed_for_it_and_nothing_else(role: str, routes: list[Route]) -> None:
    session = signed_in(SUBJECT_OF[role])
    listed = set(ROLES[role]["permissions"])
    wrongly_open, wrongly_shut, strange = [], [], []
    for route in routes:
        answer = route.ask(session)
        if (
            answer.status_code in (401, 404 if route.permission not in listed else 0)
            or answer.status_code >= 500
        ):
            strange.append((str(route), answer.status_code))
        elif opened(answer) and route.permission not in listed:
            wrongly_open.append((str(route), answer.status_code))
        elif not opened(answer) and route.permission in listed:
            wrongly_shut.append(str(route))
    assert (wrongly_open, wrongly_shut, strange) == ([], [], [])


def test_nobody_comes_in_without_a_token(routes: list[Route]) -> None:
    session = requests.Session()
    assert {str(route): route.ask(session).status_code for route in routes} == {
        str(route): 401 for route in routes
    }


@pytest.mark.parametrize(
    "asked", [{"lifetime": "-60"}, {"audience": "elsewhere"}], ids=["expired", "other-audience"]
)
def test_a_token_that_does_not_count_opens_nothing(asked: dict[str, str], routes: list[Route]) -> None:
    session = signed_in("mentor", **asked)
    assert {route.ask(session).status_code for route in routes} == {401}


def test_an_identity_token_opens_nothing(routes: list[Route]) -> None:
    answer = requests.post(
        os.environ["ICM_TOKEN_URL"],
        data={"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": "auditor"},
        timeout=10,
    )
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['id_token']}"
    assert {route.ask(session).status_code for route in routes} == {401}


def test_a_purpose_that_is_not_the_roles_own_opens_nothing(routes: list[Route]) -> None:
    session = signed_in("mentor")
    mine = [route for route in routes if route.permission in ROLES["practitioner"]["permissions"]]
    answers = {str(route): opened(route.ask(session, **{"Purpose-Of-Use": "payment"})) for route in mine}
    assert answers == {str(route): False for route in mine}
