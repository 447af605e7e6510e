"""Every refusal leaves as application/problem+json (RFC 9457) with a code, a trace id and pointers (GW-1).

That includes what Flask and Werkzeug refuse by themselves. No stack trace and no personal data is ever in one.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

import orjson
import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from chassis.errors import InternalFault, Malformed, NotFound, Problem, TooLarge, Unauthenticated
from gateway.tracing import trace_id

log = structlog.get_logger("gateway")

MEDIA_TYPE = "application/problem+json"


class NoSuchAddress(NotFound):
    """The address is not one of ours."""

    code = "no_such_address"
    title = "There is nothing at this address"


class MethodNotAllowed(Problem):
    """The address does not take this method."""

    status = 405
    code = "method_not_allowed"
    title = "This address does not take that method"


class UnsupportedMediaType(Problem):
    """The body is not in a form that we read."""

    status = 415
    code = "unsupported_media_type"
    title = "Send the body as application/json"


_OF_WERKZEUG: dict[int, type[Problem]] = {
    400: Malformed,
    404: NoSuchAddress,
    405: MethodNotAllowed,
    413: TooLarge,
    415: UnsupportedMediaType,
}


def problem_response(problem: Problem) -> Response:
    """The document of a problem, with the headers that its status asks for."""
    trace = trace_id()
    document: dict[str, object] = {
        "type": f"urn:icm:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "trace_id": trace,
    }
    if problem.detail:
        document["detail"] = problem.detail
    if problem.errors:
        document["errors"] = [asdict(error) for error in problem.errors]
    response = Response(orjson.dumps(document), status=problem.status, content_type=MEDIA_TYPE)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = _challenge(problem)
    if problem.status in (429, 503) or problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after or 1)
    return response


def register_problems(app: Flask) -> None:
    """Let the app answer every error with a problem document."""
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _of_flask)
    app.register_error_handler(Exception, _fault)


def _of_flask(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    kind = _OF_WERKZEUG.get(error.code) or _reported(error)
    response = problem_response(kind())
    valid_methods = getattr(error, "valid_methods", None)
    if valid_methods:
        response.headers["Allow"] = ", ".join(sorted(valid_methods))
    return response


def _reported(error: HTTPException) -> type[Problem]:
    class Reported(Problem):
        status: ClassVar[int] = error.code or 500
        code: ClassVar[str] = error.name.lower().replace(" ", "_")
        title: ClassVar[str] = error.name

    return Reported if Reported.status < 500 else InternalFault


def _fault(error: Exception) -> Response:
    # The text of an exception may quote what a person wrote; its place and its class are enough to find it.
    place = (RuntimeError, RuntimeError(type(error).__name__), error.__traceback__)
    log.error("request_failed", fault=type(error).__name__, trace_id=trace_id(), exc_info=place)
    return problem_response(InternalFault())


def _challenge(problem: Problem) -> str:
    challenge = 'Bearer realm="icm"'
    told = problem.detail or problem.title
    if isinstance(problem, Unauthenticated) and told != NO_TOKEN:
        challenge += f', error="invalid_token", error_description="{told}"'
    return challenge


NO_TOKEN = "An access token is needed."  # noqa: S105 - a sentence, no secret
