"""One operation of the API: a route, the door behind it, and the shape of what goes in (GW-1).

An operation checks who calls and what shape it has, then sends the caller's own JSON and token to the door and passes
the door's bytes on. It decides nothing about records: that is the door's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from flask import Response, request
from werkzeug.routing import Map, Rule

from chassis.errors import FieldError, InvalidInput, VersionRequired
from chassis.rpc import Reply
from chassis.schemas import Schema
from gateway.asking import misshapen
from gateway.callers import Caller
from gateway.conditions import idempotency_key, if_match
from gateway.house import house
from gateway.replies import answered
from gateway.shape import check, json_object, query_arguments

_CHANGES = {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A route and its door. `asks` marks a POST that only reads, so that what is looked for stays out of addresses.

    `located` is the route of what a POST creates: the answer is then 201 with a Location. `variant` tells two routes to
    one door apart.
    """

    method: str
    rule: str
    service: str
    door: str
    says: str
    takes: type[Schema]
    gives: type[Schema]
    permission: str
    versioned: bool = False
    asks: bool = False
    located: str | None = None
    variant: str = ""

    @property
    def operation_id(self) -> str:
        """Its name in the document, and in clients made from it."""
        return "_".join(part for part in (self.service, self.door, self.variant) if part)

    @property
    def changes(self) -> bool:
        """Whether the door changes anything."""
        return self.method in _CHANGES and not self.asks

    @property
    def in_body(self) -> bool:
        """Whether arguments come in the body (else in the query)."""
        return self.method in _CHANGES

    @property
    def success(self) -> int:
        """The status of a good answer."""
        return 201 if self.located else 200

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        """The arguments that stand in the path."""
        rule = Rule(self.rule)
        Map([rule])
        return tuple(sorted(rule.arguments))

    @cached_property
    def shape(self) -> Schema:
        """The schema that the door takes."""
        return self.takes()

    @cached_property
    def shape_outside_path(self) -> Schema:
        """What is left for the body or the query when the path has had its part."""
        return self.takes(exclude=self.path_names)

    def serve(self, **path: UUID | str) -> Response:
        """Answer one request."""
        keeper = house()
        caller = keeper.gate.admit(request)
        in_path = {name: str(value) for name, value in path.items()}
        arguments: dict[str, Any] = dict(in_path)
        with misshapen(caller, self.service, self.door):
            if caller.actor.may(self.permission):
                arguments = self._arguments(in_path, deepest=keeper.settings.deepest_json)
            # A caller without the permission is sent on all the same: the door refuses, and writes the denial down.
            version = if_match(request) if self.versioned else None
            if self.versioned and version is None and caller.actor.may(self.permission):
                raise VersionRequired()
            key = idempotency_key(request) if self.changes else None
        reply = keeper.client.call(
            self.service,
            self.door,
            orjson.dumps(arguments),
            token=caller.token,
            deadline_s=keeper.settings.deadline_s,
            idempotency_key=key,
            if_match=version,
            purpose=caller.purpose,
            origin=caller.origin,
        )
        return self.response_to(reply, caller=caller, arguments=arguments)

    def response_to(self, reply: Reply, *, caller: Caller, arguments: dict[str, Any]) -> Response:
        """The response to what the door replied, to this caller and these arguments."""
        return answered(reply, status=self.success, located=self.located, reads=self.method == "GET")

    def _arguments(self, in_path: dict[str, Any], *, deepest: int) -> dict[str, Any]:
        if self.in_body:
            given = json_object(request, deepest=deepest)
        else:
            given = query_arguments(request, self.shape_outside_path)
        if twice := sorted(given.keys() & in_path.keys()):
            raise InvalidInput(
                errors=[
                    FieldError(f"/{name}", "unknown_field", "Stands in the path already.") for name in twice
                ]
            )
        arguments = {**given, **in_path}
        check(self.shape, arguments, in_query=() if self.in_body else given)
        return arguments
