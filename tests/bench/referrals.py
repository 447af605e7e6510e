"""What benches of the running platform write: referrals of people of their own, over HTTP.

Needs no eventlet: a bench with threads may use this.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import requests

PEOPLE = 600
# A second referral of a person to a program joins the first, so every pair is used once before any comes again.
PROGRAMS = (
    "autism_funding",
    "bus_pass",
    "child_and_family_services",
    "child_care_subsidy",
    "child_protection",
    "employment_program",
    "family_maintenance",
    "income_assistance",
    "intensive_case_management",
    "medical_benefits",
    "seniors_supplement",
)


def environment(name: str) -> str:
    """A variable that `icm with-platform` sets."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f"{name} is missing: run this by `icm with-platform -- python -m tests.bench.…`")
    return value


def access_token(subject: str) -> str:
    """A token of a demo sign-in."""
    answer = requests.post(
        environment("ICM_TOKEN_URL"),
        data={"grant_type": environment("ICM_TOKEN_GRANT"), "subject": subject, "client_id": "icm-scripts"},
        timeout=10,
    )
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


def a_referral(person_id: str, program: str = "child_and_family_services") -> dict[str, Any]:
    """The body that both sides get."""
    return {
        "person_id": person_id,
        "program": program,
        "source": "professional",
        "priority": "routine",
        "reason": "Asked at school for help at home; the rent is owed and the younger children need care.",
    }


def recorded_people(token: str) -> list[str]:
    """People whom the referrals are about."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        made = []
        for number in range(PEOPLE):
            answer = session.post(
                f"{environment('ICM_BASE_URL')}/api/v1/people",
                json={"names": [{"kind": "alias", "given": f"Bench {number}"}]},
                timeout=10,
            )
            answer.raise_for_status()
            made.append(answer.json()["id"])
    return made
