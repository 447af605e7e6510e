"""The routes of the API, one module for each service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from chassis.schemas import Schema
from gateway.document import SECURITY_SCHEME, operation_document, path_parameters, refusal_references
from gateway.operations import Operation

PREFIX = "/api/v1"


class Routes:
    """The routes to the doors of one service. Each call of `get`, `post`, `put`, `patch` is one route.

    The names in a route are the names of the door's arguments; the rest of what the door takes comes in the query for
    `get`, else in the body.
    """

    def __init__(self, service: str, description: str) -> None:
        self.service = service
        self.operations: list[Operation] = []
        self.blueprint = Blueprint(service, __name__, url_prefix=PREFIX, description=description)

    def get(self, rule: str, door: str, says: str, **more: Any) -> None:
        """A route that reads."""
        self._add("GET", rule, door, says, **more)

    def post(self, rule: str, door: str, says: str, **more: Any) -> None:
        """A route that makes something new or takes a step."""
        self._add("POST", rule, door, says, **more)

    def ask(self, rule: str, door: str, says: str, **more: Any) -> None:
        """A route that reads, with the question in the body: a name must not stand in an address."""
        self._add("POST", rule, door, says, asks=True, **more)

    def put(self, rule: str, door: str, says: str, **more: Any) -> None:
        """A route that puts something in the place of what is there."""
        self._add("PUT", rule, door, says, **more)

    def patch(self, rule: str, door: str, says: str, **more: Any) -> None:
        """A route that changes the fields that are sent."""
        self._add("PATCH", rule, door, says, **more)

    def special(
        self,
        rule: str,
        view: Callable[..., Response],
        *,
        says: str,
        media_type: str,
        door: str,
        permission: str,
        parameters: Sequence[dict[str, Any]] = (),
        method: str = "GET",
        takes_media_type: str | None = None,
        gives: type[Schema] | None = None,
    ) -> None:
        """A route that takes or answers something else than one JSON document, by a view of its own."""
        changes = method != "GET"
        body = {takes_media_type: {"schema": {"type": "string", "format": "binary"}}}
        more = {"requestBody": {"required": True, "content": body}} if takes_media_type else {}
        refusals = (400, 401, 403, 404, *((409, 413, 415) if changes else ()), 422, 429, 503)
        described = self.blueprint.doc(
            operationId=f"{self.service}_{door}_{media_type.partition('/')[2].replace('-', '_')}",
            summary=says,
            security=[{SECURITY_SCHEME: []}],
            parameters=["PurposeOfUse", *(["IdempotencyKey"] if changes else []), *parameters],
            responses={
                "200": {
                    "description": "OK",
                    "content": {media_type: {"schema": gives or _shape_of(media_type)}},
                },
                **refusal_references(*refusals),
            },
            **more,
            **{"x-permission": permission, "x-door": f"{self.service}.{door}"},
        )(view)
        self.blueprint.route(rule, methods=[method])(described)

    def _add(
        self,
        method: str,
        rule: str,
        door: str,
        says: str,
        *,
        takes: type[Schema],
        gives: type[Schema],
        permission: str,
        located: str | None = None,
        versioned: bool = False,
        asks: bool = False,
        variant: str = "",
        served_by: type[Operation] = Operation,
    ) -> None:
        operation = served_by(
            method=method,
            rule=rule,
            service=self.service,
            door=door,
            says=says,
            takes=takes,
            gives=gives,
            permission=permission,
            versioned=versioned,
            asks=asks,
            located=PREFIX + located if located else None,
            variant=variant,
        )
        self.operations.append(operation)

        def view(**path: Any) -> Response:
            return operation.serve(**path)

        view.__name__ = operation.operation_id
        view.__doc__ = takes.__doc__
        described = self.blueprint.doc(**operation_document(operation))(view)
        described = self.blueprint.response(operation.success, gives, headers=_headers(operation))(described)
        # Only the description is taken: the view answers by itself, and each wrapper costs on every request.
        view._apidoc = described._apidoc  # type: ignore[attr-defined]
        self.blueprint.route(
            rule, methods=[method], strict_slashes=False, parameters=path_parameters(operation)
        )(view)


def _headers(operation: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if operation.located:
        headers["Location"] = {"description": "Where the new record is.", "schema": {"type": "string"}}
    if "version" in operation.gives().fields:
        headers["ETag"] = {"description": "The version that you read.", "schema": {"type": "string"}}
    if "next_cursor" in operation.gives().fields and operation.method == "GET":
        headers["Link"] = {"description": "The next page, while there is one.", "schema": {"type": "string"}}
    return headers


def _shape_of(media_type: str) -> dict[str, str]:
    """What a body of this kind is to a reader of the document: a resource, or text."""
    return {"type": "object" if media_type.endswith("+json") else "string"}
