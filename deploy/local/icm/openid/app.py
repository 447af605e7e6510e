"""The provider's web application: discovery, keys, sign-in page, tokens."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from icm.complaints import refuse_production
from icm.openid.codes import Codes, SignIn
from icm.openid.people import DemoPerson, demo_people
from icm.openid.signing_out import tell_the_platform
from icm.openid.tokens import ACCESS_LIFETIME, ALGORITHM, AUDIENCE, DEVELOPMENT_GRANT, Signer

WEB_CLIENT = "icm-web"
SCRIPT_CLIENT = "icm-scripts"

pages = Blueprint("openid", __name__)


def make_app(*, issuer: str, key_file: Path, environment: str | None = None) -> Flask:
    """The provider as a WSGI application; raises NotForProduction when `environment` is production."""
    refuse_production(environment, what="The sign-in without passwords")
    refuse_production(os.environ.get("ICM_ENV"), what="The sign-in without passwords")
    app = Flask(__name__)
    app.config["ISSUER"] = issuer
    app.extensions["signer"] = Signer(issuer=issuer, key_file=key_file)
    app.extensions["codes"] = Codes()
    app.register_blueprint(pages)
    return app


@pages.get("/livez")
def livez() -> ResponseReturnValue:
    """Say that the provider is there."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@pages.get("/.well-known/openid-configuration")
def discovery() -> ResponseReturnValue:
    """Describe the provider (OpenID Connect Discovery)."""
    issuer = current_app.config["ISSUER"]
    return jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        userinfo_endpoint=f"{issuer}/userinfo",
        end_session_endpoint=f"{issuer}/sign-out",
        backchannel_logout_supported=True,
        backchannel_logout_session_supported=True,
        jwks_uri=f"{issuer}/jwks",
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code", DEVELOPMENT_GRANT],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=[ALGORITHM],
        code_challenge_methods_supported=["S256"],
        token_endpoint_auth_methods_supported=["none"],
        scopes_supported=["openid", "profile"],
        claims_supported=["sub", "name", "organisation", "roles", "teams"],
    )


@pages.get("/jwks")
def jwks() -> ResponseReturnValue:
    """Publish the public key."""
    return jsonify(_signer().published_keys)


@pages.post("/jwks")
def publish_key() -> ResponseReturnValue:
    """For tests of rotation: publish one more public key, until it is withdrawn or the provider ends."""
    return ("", 204) if _signer().publish(request.get_json(silent=True) or {}) else ("", 400)


@pages.delete("/jwks/<identifier>")
def withdraw_key(identifier: str) -> ResponseReturnValue:
    """For tests of rotation: take back a key that was published beside ours."""
    return "", 204 if _signer().withdraw(identifier) else 404


@pages.get("/authorize")
def authorize() -> ResponseReturnValue:
    """Show who can sign in."""
    fault = _fault_in_sign_in(request.args)
    if fault:
        return _refused(fault)
    return render_template("sign_in.html", people=demo_people().values(), asked=request.args.items())


@pages.post("/authorize")
def signed_in() -> ResponseReturnValue:
    """Send the chosen person's browser back with a code."""
    asked = request.form
    fault = _fault_in_sign_in(asked)
    if not fault and asked.get("subject") not in demo_people():
        fault = "there is no such demo sign-in"
    if fault:
        return _refused(fault)
    code = _codes().give(
        SignIn(
            subject=asked["subject"],
            client=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce"),
            scope=asked.get("scope", "openid"),
        )
    )
    answer = {"code": code, "iss": current_app.config["ISSUER"]}
    if asked.get("state"):
        answer["state"] = asked["state"]
    joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return redirect(asked["redirect_uri"] + joint + urlencode(answer), code=303)


@pages.post("/token")
def token() -> ResponseReturnValue:
    """Exchange a code for tokens; or, for scripts, sign a demo person in by name."""
    grant = request.form.get("grant_type")
    if grant == "authorization_code":
        return _for_code(request.form)
    if grant == DEVELOPMENT_GRANT:
        return _for_script(request.form)
    return _token_refused("unsupported_grant_type")


@pages.get("/userinfo")
def userinfo() -> ResponseReturnValue:
    """Say who the bearer of an access token is."""
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    subject = _signer().subject_of(presented) if scheme.lower() == "bearer" else None
    person = demo_people().get(subject or "")
    if person is None:
        return jsonify(error="invalid_token"), 401, {"WWW-Authenticate": "Bearer"}
    return jsonify(sub=person.subject, name=person.title, **person.claims)


@pages.get("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session of the ID token in the hint, and lead back; nothing else is remembered here."""
    signed_in = _signer().session_of(request.args.get("id_token_hint", ""))
    if signed_in is not None:
        tell_the_platform(
            _signer().logout_token(client=WEB_CLIENT, subject=signed_in[0], session=signed_in[1])
        )
    back = request.args.get("post_logout_redirect_uri", "")
    if not _on_this_machine(back):
        return "You are signed out.\n", 200, {"Content-Type": "text/plain"}
    state = request.args.get("state")
    return redirect(back + (f"?{urlencode({'state': state})}" if state else ""), code=303)


@pages.post("/sign-outs")
def sign_outs() -> ResponseReturnValue:
    """For scripts: tell the platform that a demo person, or one `session` of theirs, signed out.

    Answers with the logout token that was sent and with the status that the platform answered.
    """
    subject, session = request.form.get("subject"), request.form.get("session")
    if subject not in demo_people() and not (subject is None and session):
        return _token_refused("invalid_request")
    told = _signer().logout_token(
        client=request.form.get("client_id", WEB_CLIENT), subject=subject, session=session
    )
    return jsonify(logout_token=told, answered=tell_the_platform(told)), 200, {"Cache-Control": "no-store"}


def _for_code(asked: Mapping[str, str]) -> ResponseReturnValue:
    client = asked.get("client_id", "")
    sign_in = _codes().take(
        asked.get("code", ""),
        client=client,
        redirect_uri=asked.get("redirect_uri", ""),
        verifier=asked.get("code_verifier", ""),
    )
    if sign_in is None:
        return _token_refused("invalid_grant")
    return _tokens(demo_people()[sign_in.subject], client=client, nonce=sign_in.nonce)


def _for_script(asked: Mapping[str, str]) -> ResponseReturnValue:
    person = demo_people().get(asked.get("subject", ""))
    if person is None:
        return _token_refused("invalid_grant")
    try:
        lifetime = int(asked.get("lifetime", ACCESS_LIFETIME))
    except ValueError:
        return _token_refused("invalid_request")
    return _tokens(
        person,
        client=asked.get("client_id", SCRIPT_CLIENT),
        lifetime=max(-86_400, min(lifetime, 86_400)),
        audience=asked.get("audience", AUDIENCE),
    )


def _tokens(
    person: DemoPerson,
    *,
    client: str,
    nonce: str | None = None,
    lifetime: int = ACCESS_LIFETIME,
    audience: str = AUDIENCE,
) -> Response:
    signer, session = _signer(), secrets.token_urlsafe(18)
    answer = jsonify(
        access_token=signer.access_token(
            person, client=client, session=session, lifetime=lifetime, audience=audience
        ),
        id_token=signer.id_token(person, client=client, session=session, nonce=nonce),
        token_type="Bearer",  # noqa: S106
        expires_in=lifetime,
        scope="openid profile",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _fault_in_sign_in(asked: Mapping[str, str]) -> str | None:
    if asked.get("client_id") != WEB_CLIENT:
        return f"client_id must be {WEB_CLIENT}"
    if not _on_this_machine(asked.get("redirect_uri", "")):
        return "redirect_uri must lead to this machine"
    if asked.get("response_type") != "code":
        return "response_type must be code"
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) < 43:
        return "PKCE with S256 is needed"
    return None


def _on_this_machine(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def _refused(fault: str) -> ResponseReturnValue:
    return f"{fault}\n", 400, {"Content-Type": "text/plain"}


def _token_refused(error: str) -> ResponseReturnValue:
    answer: dict[str, Any] = {"error": error}
    return jsonify(answer), 400, {"Cache-Control": "no-store"}


def _signer() -> Signer:
    signer: Signer = current_app.extensions["signer"]
    return signer


def _codes() -> Codes:
    codes: Codes = current_app.extensions["codes"]
    return codes
