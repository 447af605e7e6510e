"""Calls from the gateway to the doors of a service: never persistent, never past their deadline."""

from chassis.rpc.client import Client
from chassis.rpc.messages import Call, Reply
from chassis.rpc.server import DoorServer

__all__ = ["Call", "Client", "DoorServer", "Reply"]
