"""`/backchannel-logout`: the sign-in provider tells that somebody signed out (OpenID Connect Back-Channel Logout 1.0).

Open to all, and nobody's word counts but the provider's: the logout token is verified here, to refuse forged ones
early, and again by the consent service, which ends the session or the sign-in everywhere. Not part of the API: the
answers are those of the specification.
"""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from chassis.errors import LogoutRefused, Problem, TooLarge
from gateway.house import house

blueprint = Blueprint("logout", __name__)

PARAMETER = "logout_token"
_FORM = "application/x-www-form-urlencoded"
_LARGEST_FORM = 16 * 1024


@blueprint.post("/backchannel-logout")
def backchannel_logout() -> Response:
    """200 when what the token tells of has ended, 400 when it has not; nothing of it is kept by anybody on the way."""
    keeper = house()
    try:
        token = _logout_token()
        keeper.gate.expect_logout(request, token)
        keeper.client.call(
            "consent",
            "sign_out",
            orjson.dumps({PARAMETER: token}),
            deadline_s=keeper.settings.deadline_s,
            origin=request.remote_addr,
        )
    except Problem as refused:
        return _failed(refused)
    return _answer(200)


def _logout_token() -> str:
    """The one parameter of the one form that the specification knows."""
    request.max_content_length = _LARGEST_FORM
    if request.mimetype != _FORM:
        raise LogoutRefused("Send the logout token as a form.")
    if request.content_length is not None and request.content_length > _LARGEST_FORM:
        raise TooLarge()
    given = request.form.getlist(PARAMETER)
    if len(given) != 1 or PARAMETER in request.args:
        raise LogoutRefused("Send one logout token, in the body.")
    return given[0]


def _failed(refused: Problem) -> Response:
    """The failure as the specification tells it: 400 whatever the cause, and a code by which to try again or not."""
    later = refused.status in (429, 503)
    error = "temporarily_unavailable" if later else "invalid_request"
    told = {"error": error, "error_description": refused.detail or refused.title}
    response = _answer(400, orjson.dumps(told))
    if later:
        response.headers["Retry-After"] = str(refused.retry_after or 1)
    return response


def _answer(status: int, body: bytes = b"") -> Response:
    response = Response(body, status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
