"""The tests of intake go through the real doors of the service, in a process of their own (see chassis.testing)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis.testing import Answer
from intake.service import IntakeService
from services.intake.tests.front_desk import FrontDesk
from services.intake.tests.linking_desk import LinkingDesk
from services.intake.tests.referral_desk import ReferralDesk
from services.intake.tests.services_desk import ServicesDesk
from services.intake.tests.wait_desk import WaitDesk

SERVICE = "intake"
SERVICE_CLASS = IntakeService


@pytest.fixture
def desk(call: Callable[..., Answer], receive: Callable[..., Any], clock: Any) -> FrontDesk:
    """The front desk on a Wednesday morning, with nobody known yet."""
    return FrontDesk(call=call, receive=receive)


@pytest.fixture
def linking(desk: FrontDesk, call: Callable[..., Answer]) -> LinkingDesk:
    """Where records are judged to be of the same person or not."""
    return LinkingDesk(desk=desk, call=call)


@pytest.fixture
def line(desk: FrontDesk, in_lane: Any) -> WaitDesk:
    """The wait list of a program of which no capacity has been recorded yet."""
    return WaitDesk(desk=desk, in_lane=in_lane)


@pytest.fixture
def services(call: Callable[..., Answer], clock: Any, database: Any) -> ServicesDesk:
    """The service directory, empty."""
    return ServicesDesk(call=call)


@pytest.fixture
def referrals(desk: FrontDesk) -> ReferralDesk:
    """What the desk does with referrals beyond receiving, reaching and screening."""
    return ReferralDesk(desk)
