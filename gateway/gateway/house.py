"""What every route of one gateway process stands on, found through the app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask import current_app

from chassis.rpc import Client
from gateway.callers import Gate
from gateway.doorbell import Doorbell
from gateway.listeners import Seats
from gateway.settings import GatewaySettings
from gateway.together import Together

T = TypeVar("T")


class AllAtOnce(Protocol):
    """Runs several calls side by side and gives their results in order."""

    def __call__(self, do: Callable[[Any], T], over: Iterable[Any]) -> list[T]:
        """`[do(each) for each in over]`, in parallel."""


@dataclass(frozen=True, kw_only=True)
class House:
    """The parts of one gateway process."""

    settings: GatewaySettings
    client: Client
    gate: Gate
    doorbell: Doorbell
    seats: Seats
    together: Together
    all_at_once: AllAtOnce


def house() -> House:
    """The parts of the gateway that serves this request."""
    found: House = current_app.extensions["icm"]
    return found
