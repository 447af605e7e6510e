"""The tests of cases run on the real doors of the service, in a process of their own (see chassis.testing)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cases.service import CasesService
from chassis.testing import Answer
from services.cases.tests.family import Family

SERVICE = "cases"
SERVICE_CLASS = CasesService


@pytest.fixture
def family(call: Callable[..., Answer], receive: Callable[..., Any], clock: Any) -> Family:
    """A family nobody has opened a case for yet, on a Wednesday morning."""
    return Family(call=call, receive=receive)
