"""Whether or not anybody collects spans, a request keeps its trace id from the browser to the audit log (OP-2, AU-1).

Run by `icm with-platform -- pytest -m platform tests/traces`.
"""

from __future__ import annotations

import os
import re

import pytest
import requests

from tests.traces.walk import walk

pytestmark = pytest.mark.platform


def test_answer_and_audit_entry_name_the_trace_that_the_browser_began() -> None:
    walked = walk()

    assert walked["referral"]["told"] == walked["referral"]["trace_id"]
    assert walked["consent"]["told"] == walked["consent"]["trace_id"]
    assert walked["consent"]["entry"] == "consent.record_consent"


def test_a_request_that_names_no_trace_gets_one_and_its_problem_document_says_it() -> None:
    answer = requests.get(os.environ["ICM_BASE_URL"] + "/api/v1/cases", timeout=5)

    assert answer.status_code == 401
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["Trace-Id"])
    assert answer.json()["trace_id"] == answer.headers["Trace-Id"]
