"""The tests of consent run on the real doors of the service, in a process of their own (see chassis.testing)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis.testing import Answer, Clock
from consent.service import ConsentService
from services.consent.tests.decisions import Decisions

SERVICE = "consent"
SERVICE_CLASS = ConsentService


@pytest.fixture
def decisions(call: Callable[..., Answer], receive: Callable[..., Any], clock: Clock) -> Decisions:
    """The girl, known to intake, who has decided nothing yet."""
    return Decisions(call=call, receive=receive)
