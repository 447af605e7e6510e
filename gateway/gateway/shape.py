"""Reading what a client sent, strictly: media type, size, depth, characters, and one pointer a wrong field (GW-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import marshmallow
import orjson
from flask import Request
from marshmallow import fields

from chassis.errors import FieldError, InvalidInput, Malformed, TooLarge
from chassis.schemas import Schema
from gateway.problems import UnsupportedMediaType

_MEDIA_TYPES = {"application/json"}
_PATCH_MEDIA_TYPES = {"application/json", "application/merge-patch+json"}


def json_object(request: Request, *, deepest: int) -> dict[str, Any]:
    """The JSON object in the body; no body at all is the empty object.

    Raises UnsupportedMediaType, Malformed, TooLarge, InvalidInput.
    """
    raw = request.get_data(cache=False)
    if not raw:
        return {}
    if request.content_length is None and len(raw) >= (request.max_content_length or len(raw) + 1):
        raise TooLarge()  # of a body without a stated length Werkzeug reads up to the limit and says nothing
    _check_media_type(request)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Malformed("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Malformed("The body is not a JSON object.")
    _check_inside(body, deepest=deepest)
    return body


def query_arguments(request: Request, schema: Schema) -> dict[str, Any]:
    """The parameters of the query as arguments: a list where the schema takes a list, else one value each."""
    arguments: dict[str, Any] = {}
    repeated: list[FieldError] = []
    for name, values in request.args.lists():
        field = schema.fields.get(name)
        if isinstance(field, fields.List):
            arguments[name] = values
        elif len(values) > 1:
            repeated.append(
                FieldError(pointer=f"query/{name}", rule="once", detail="Must be given only once.")
            )
        else:
            arguments[name] = values[0]
    if repeated:
        raise InvalidInput(errors=repeated)
    _check_inside(arguments, deepest=2)
    return arguments


def expect_only(request: Request, *names: str) -> None:
    """Raise InvalidInput, naming each, for parameters of the query other than these."""
    unknown = sorted(request.args.keys() - set(names))
    if unknown:
        raise InvalidInput(
            errors=[FieldError(f"query/{name}", "unknown_field", "Unknown field.") for name in unknown]
        )


def check(schema: Schema, arguments: dict[str, Any], *, in_query: Iterable[str] = ()) -> None:
    """Raise InvalidInput unless the arguments have the shape of the schema; query parameters are named as such."""
    queried = set(in_query)
    try:
        schema.taken(arguments)
    except InvalidInput as refused:
        refused.errors = [_as_parameter(error, queried) for error in refused.errors]
        raise
    except (RecursionError, OverflowError, marshmallow.exceptions.MarshmallowError):
        raise InvalidInput("A value is out of every range.") from None


def _as_parameter(error: FieldError, queried: set[str]) -> FieldError:
    name = error.pointer.lstrip("/").split("/")[0]
    return replace(error, pointer=f"query/{name}") if name in queried else error


def _check_media_type(request: Request) -> None:
    allowed = _PATCH_MEDIA_TYPES if request.method == "PATCH" else _MEDIA_TYPES
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in allowed or charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType()
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without compression.")


def _check_inside(body: dict[str, Any], *, deepest: int) -> None:
    """Refuse nesting below `deepest` levels, and the character NUL, which no database text can hold."""
    waiting: list[tuple[str, int, Any]] = [("", 1, body)]
    while waiting:
        pointer, depth, value = waiting.pop()
        if isinstance(value, str):
            if "\x00" in value:
                raise InvalidInput(
                    errors=[FieldError(pointer, "characters", "Must not hold the character NUL.")]
                )
            continue
        if not isinstance(value, dict | list):
            continue
        if depth > deepest:
            raise Malformed(f"The JSON is nested deeper than {deepest} levels.")
        if isinstance(value, dict):
            if any("\x00" in name for name in value):
                raise Malformed("A name holds the character NUL.")
            waiting += [(f"{pointer}/{name}", depth + 1, inner) for name, inner in value.items()]
        else:
            waiting += [(f"{pointer}/{place}", depth + 1, inner) for place, inner in enumerate(value)]
