"""The tests of the portal run on the real doors of the service, in a process of their own (see chassis.testing)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis.testing import Answer, Clock
from portal.service import PortalService
from services.portal.tests.contract import Contract

SERVICE = "portal"
SERVICE_CLASS = PortalService


@pytest.fixture
def contract(call: Callable[..., Answer], receive: Callable[..., Any], clock: Clock) -> Contract:
    """The young carers' group, approved, with nothing authorised yet; the girl is known, with her case."""
    return Contract(call=call, receive=receive, clock=clock)


@pytest.fixture(autouse=True)
def _consent_is_current(consent_is_current: Callable[[], None], clock: Clock) -> None:
    """The heartbeat of consent was heard just now, unless a test lets time pass."""
    consent_is_current()
