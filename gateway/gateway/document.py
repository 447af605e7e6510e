"""The OpenAPI 3.1 document: made from the same routes and shapes that answer, so that it cannot be wrong (GW-1)."""

from __future__ import annotations

from typing import Any

import marshmallow
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import make_schema_key, resolve_schema_cls
from flask import Flask
from flask_smorest import Api
from marshmallow import fields

from chassis import contracts
from chassis.schemas import Code, PersonName, Schema, Text
from gateway.callers import PURPOSE_HEADER
from gateway.operations import Operation
from gateway.problems import MEDIA_TYPE

TITLE = "Open ICM"
VERSION = "1.0.0"
_OPENAPI = "3.1.0"
DESCRIPTION = """
One person record, one family case with one lead, consent that gates sharing, providers who see what they need, and an
audit record of every access.

* Sign in with OpenID Connect and send the access token as `Authorization: Bearer`.
* Say what you look for with `Purpose-Of-Use` when it is not your role's usual purpose.
* Send `Idempotency-Key` with what changes something, and the same key when you try again: it acts once.
* Send `If-Match` with the `ETag` that you read where an operation asks for it.
* Fields that you may not see are left out; `withheld` names their categories.
* Every refusal is a problem document with a `code` and a `trace_id`.
""".strip()

SECURITY_SCHEME = "OpenIDConnect"

_REFUSALS = {
    400: "The request is not well formed.",
    401: "No access token, or one that is not valid.",
    403: "No role of the caller holds the permission, or no grant reaches the record.",
    404: "There is no such record, or even its existence is not told.",
    409: "A rule forbids the step, or the present state does.",
    412: "The record has changed since it was read.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "Some fields break a rule; `errors` points to each.",
    428: "If-Match is missing.",
    429: "Too many requests.",
    503: "The service behind this address is not available; the others are.",
}


class FieldErrorShape(Schema):
    """One field that breaks one rule."""

    pointer = fields.String(
        required=True, metadata={"description": "JSON pointer into the body, or query/<name>."}
    )
    rule = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemShape(Schema):
    """Why a request was refused (RFC 9457). Holds no personal data."""

    type = fields.String(required=True, metadata={"description": "urn:icm:problem:<code>"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = Code(required=True)
    trace_id = fields.String(required=True, metadata={"description": "Name this when you ask for help."})
    detail = fields.String()
    errors = fields.List(fields.Nested(FieldErrorShape))


class GatewayApi(Api):
    """flask-smorest's Api with our error documents."""

    ERROR_SCHEMA = ProblemShape
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Left out: gateway.problems answers every error."""

    def _register_pagination_header(self) -> None:
        """Left out: the next page is told by Link and next_cursor."""


def describe(app: Flask, *, issuer: str) -> GatewayApi:
    """The document of an app, to which blueprints are then registered."""
    app.config["OPENAPI_URL_PREFIX"] = None
    api = GatewayApi(
        app,
        spec_kwargs={
            "title": TITLE,
            "version": VERSION,
            "openapi_version": _OPENAPI,
            "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_name_of),
            "info": {"description": DESCRIPTION},
            "servers": [{"url": "/"}],
            "security": [{SECURITY_SCHEME: []}],
        },
    )
    for told in (_decimal_as_text, _text, _category):
        api.ma_plugin.converter.add_attribute_function(told)
    components = api.spec.components
    components.security_scheme(
        SECURITY_SCHEME,
        {
            "type": "openIdConnect",
            "openIdConnectUrl": issuer.rstrip("/") + "/.well-known/openid-configuration",
        },
    )
    for status, meaning in _REFUSALS.items():
        components.response(
            f"Problem{status}",
            {
                "description": meaning,
                "content": {MEDIA_TYPE: {"schema": ProblemShape}},
                **_retry_header(status),
            },
        )
    for name, parameter in _HEADERS.items():
        components.parameter(name, "header", parameter)
    return api


def operation_document(operation: Operation) -> dict[str, Any]:
    """What the document says of one operation beyond its path and its good answer."""
    headers = ["PurposeOfUse"]
    headers += ["IdempotencyKey"] if operation.changes else []
    headers += ["IfMatch"] if operation.versioned else []
    headers += ["IfNoneMatch"] if operation.method == "GET" else []
    parameters: list[Any] = list(headers)
    document: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": operation.says,
        "security": [{SECURITY_SCHEME: []}],
        "x-permission": operation.permission,
        "x-door": f"{operation.service}.{operation.door}",
        "responses": refusals(operation),
    }
    if operation.method == "GET":
        document["responses"]["304"] = {"description": "Your copy is still good."}
    outside = operation.shape_outside_path
    if outside.fields and not operation.in_body:
        parameters.append({"in": "query", "schema": outside})
    if outside.fields and operation.in_body:
        document["requestBody"] = {
            "required": any(field.required for field in outside.fields.values()),
            "content": {"application/json": {"schema": outside}},
        }
    document["parameters"] = parameters
    return document


def path_parameters(operation: Operation) -> list[dict[str, Any]]:
    """The arguments in the path that are more than identifiers: their choices and patterns."""
    plugin = MarshmallowPlugin()
    APISpec(TITLE, VERSION, _OPENAPI, plugins=[plugin])
    converter = plugin.converter
    assert converter is not None  # noqa: S101 - the plugin has one as soon as it has a document
    return [
        {"in": "path", "name": name, "schema": converter.field2property(operation.shape.fields[name])}
        for name in operation.path_names
        if not isinstance(operation.shape.fields[name], fields.UUID | fields.Integer)
    ]


def refusals(operation: Operation) -> dict[str, Any]:
    """References to the problem documents that the operation can answer with."""
    left_out = set() if operation.versioned else {412, 428}
    left_out |= set() if operation.in_body else {413, 415}
    left_out |= set() if operation.changes else {409}
    return refusal_references(*(status for status in _REFUSALS if status not in left_out))


def refusal_references(*statuses: int) -> dict[str, Any]:
    """References to the problem documents of these statuses."""
    return {str(status): f"Problem{status}" for status in statuses}


def _retry_header(status: int) -> dict[str, Any]:
    if status not in (429, 503):
        return {}
    return {
        "headers": {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        }
    }


_HEADERS: dict[str, dict[str, Any]] = {
    "PurposeOfUse": {
        "name": PURPOSE_HEADER,
        "description": "Why you look, as a code of contracts/access/purposes.yaml; your role's own by default.",
        "schema": {"type": "string", "enum": sorted(contracts.access_list("purposes"))},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "description": "Yours to choose; send the same one when you try the same request again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!#-\\[\\]-~]+$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "required": True,
        "description": "The ETag of the version that you read.",
        "schema": {"type": "string", "pattern": '^"[!#-~]*"$', "example": '"3.0f1e2d3c"'},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "description": "The ETag of the copy that you hold; the answer is 304 when it is still good.",
        "schema": {"type": "string"},
    },
}


def _name_of(schema: Any) -> str:
    """`<service>.<Schema>`, and the names left out when a schema is used without those in the path."""
    kind = resolve_schema_cls(schema)
    assert isinstance(kind, type)  # noqa: S101 - apispec gives one schema here
    owner = kind.__module__.split(".")[0]
    name = kind.__name__ if owner in ("chassis", "gateway") else f"{owner}.{kind.__name__}"
    name = name.removesuffix("Shape")
    modified = (
        [part for part in make_schema_key(schema)[1:] if part]
        if isinstance(schema, marshmallow.Schema)
        else []
    )
    return f"{name}.Body" if modified else name


def _decimal_as_text(_: Any, field: fields.Field, *, ret: dict[str, Any], **__: Any) -> dict[str, Any]:
    """An exact amount travels as text, whatever the field class is called; bounds of numbers do not apply to text."""
    if not (isinstance(field, fields.Decimal) and getattr(field, "as_string", False)):
        return {}
    for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        ret.pop(bound, None)
    kind = ["string", "null"] if field.allow_none else "string"
    return {"type": kind, "format": "decimal", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"}


def _text(_: Any, field: fields.Field, **__: Any) -> dict[str, Any]:
    """Human text has no control characters, and a name is on one line."""
    if isinstance(field, PersonName):
        return {"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}
    if isinstance(field, Text):
        return {"pattern": r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"}
    return {}


def _category(_: Any, field: fields.Field, **__: Any) -> dict[str, Any]:
    """The information category of a field: who holds no grant for it finds it left out."""
    category = field.metadata.get("category")
    return {"x-category": category} if category else {}
