"""What attackers do with tokens (RFC 8725), at a door of every service: by HTTP, and past the gateway at the broker.

The last word on a token is the service's own; the gateway only says it earlier (GW-1, CO-9).
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests
from joserfc import jwe
from joserfc.jwk import ECKey

from tests.security.line import Line
from tests.security.signing import (
    OPEN,
    REFUSED,
    Signing,
    encoded,
    knock,
    past_the_gateway,
    provider_key,
    through_the_gateway,
)

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def provider() -> Signing:
    return Signing(provider_key())


@pytest.fixture(scope="module")
def attacker(provider: Signing) -> Signing:
    """Somebody with a key of their own under the identifier of the provider's."""
    return Signing(ECKey.generate_key("P-256", {"kid": str(provider.key.kid)}))


def is_refused(line: Line, token: str, *, at_the_gateway: bool = True) -> None:
    assert past_the_gateway(line, token) == REFUSED
    if at_the_gateway:
        assert through_the_gateway(token) == REFUSED


def issued(subject: str = "auditor", **asked: str) -> dict[str, str]:
    asked = {"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": subject, **asked}
    answer = requests.post(os.environ["ICM_TOKEN_URL"], data=asked, timeout=10)
    given: dict[str, str] = answer.json()
    return given


def test_a_good_token_of_the_same_making_opens_every_one_of_these_doors(
    line: Line, provider: Signing
) -> None:
    assert past_the_gateway(line, provider.token()) == OPEN
    assert through_the_gateway(provider.token()) == OPEN


# Without the provider's key


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "HS256 ", None])
def test_a_token_without_a_signature(line: Line, provider: Signing, name: str | None) -> None:
    head, claims = encoded(provider.header(alg=name)), encoded(provider.claims())
    for signature in ("", "AA", encoded(b"\0" * 64)):
        is_refused(line, f"{head}.{claims}.{signature}")


def test_the_public_key_used_as_a_secret(line: Line, provider: Signing) -> None:
    public = provider.key.as_dict(private=False)
    secrets = (
        provider.key.as_pem(private=False),
        provider.key.as_der(private=False),
        json.dumps(public).encode(),
        base64.urlsafe_b64decode(public["x"] + "=="),
    )
    for secret in secrets:
        signed = f"{encoded(provider.header(alg='HS256'))}.{encoded(provider.claims())}"
        is_refused(line, f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}")


def test_another_key_under_the_providers_identifier(line: Line, attacker: Signing) -> None:
    is_refused(line, attacker.token())


def test_a_key_that_the_token_brings_or_points_at(line: Line, attacker: Signing) -> None:
    theirs = attacker.key.as_dict(private=False)
    where = f"{os.environ['ICM_OIDC_ISSUER']}/jwks"
    certificate = base64.b64encode(attacker.key.as_der(private=False)).decode()
    for lure in (
        {"jwk": theirs},
        {"jwk": theirs, "kid": None},
        {"jku": where, "kid": "theirs"},
        {"jku": "https://attacker.example/jwks"},
        {"x5u": "http://127.0.0.1:9/certificate"},
        {"x5c": [certificate]},
        {"x5t": "AAAA", "x5t#S256": "AAAA", "x5c": [certificate]},
    ):
        is_refused(line, attacker.token(header=lure))


@pytest.mark.parametrize(
    "identifier",
    [
        "../../../../../dev/null", "/proc/self/environ", "' OR '1'='1", "x'; DROP TABLE grants; --", "a\0b",
        "http://127.0.0.1:9/key", "", "k" * 300, "$(id)", "%00", "{{7*7}}",
    ],
)  # fmt: skip
def test_an_identifier_that_wants_to_be_a_path_or_a_statement(
    line: Line, attacker: Signing, provider: Signing, identifier: str
) -> None:
    is_refused(line, attacker.token(header={"kid": identifier}))
    is_refused(line, provider.token(header={"kid": identifier}), at_the_gateway=False)


def test_a_signature_that_was_cut_changed_or_is_zero(line: Line, provider: Signing) -> None:
    head, claims, signature = provider.token().split(".")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for broken in (
        "", signature[:-1], signature[:-2], signature[:43], signature + "AA", signature[::-1],
        encoded(b"\0" * 64), encoded(b"\0" * 63 + b"\1"), encoded(order.to_bytes(32, "big") * 2),
        provider.token().rpartition(".")[2],
    ):  # fmt: skip
        is_refused(line, f"{head}.{claims}.{broken}")


def test_other_claims_under_a_good_signature(line: Line, provider: Signing) -> None:
    head, _, signature = provider.token(roles=["practitioner"]).split(".")
    for changed in ({"roles": ["privacy_officer"]}, {"sub": "privacy-officer"}, {"exp": 9999999999}):
        is_refused(line, f"{head}.{encoded(provider.claims(**changed))}.{signature}")


# With the provider's key, and something else wrong


def test_an_extension_that_changes_the_reading(line: Line, provider: Signing) -> None:
    for header in ({"zip": "DEF"}, {"cty": "JWT"}, {"enc": "A256GCM"}):
        is_refused(line, provider.token(header=header))
    _, claims, signature = provider.token().split(".")
    for header in ({"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}):
        is_refused(line, f"{encoded(provider.header(**header))}.{claims}.{signature}")


def test_a_token_within_a_token_and_an_encrypted_one(line: Line, provider: Signing) -> None:
    inner = provider.token()
    is_refused(line, provider.signed(inner.encode()))
    is_refused(line, provider.signed(inner.encode(), header={"cty": "JWT"}))
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
    head = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": provider.key.kid, "cty": "JWT"}
    public = ECKey.import_key(provider.key.as_dict(private=False))
    for content in (inner.encode(), json.dumps(provider.claims()).encode()):
        is_refused(line, jwe.encrypt_compact(head, content, public, registry=registry))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://attacker.example"}, {"iss": None}, {"iss": ["here"]},
        {"aud": "elsewhere"}, {"aud": "icm-web"}, {"aud": None}, {"aud": []}, {"aud": {"icm": 1}}, {"aud": "ICM"},
        {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "two words"}, {"sub": "s" * 129},
        {"exp": None}, {"exp": 1}, {"exp": 0}, {"exp": -1}, {"exp": True}, {"exp": "9999999999"},
        {"exp": 9999999999}, {"exp": 10**400}, {"exp": float("nan")}, {"exp": float("inf")}, {"exp": [1]},
        {"iat": None}, {"iat": 0}, {"iat": 9999999999}, {"iat": "now"}, {"nbf": 9999999999}, {"nbf": "now"},
        {"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}, {"cnf": {"x5t#S256": "AAAA"}},
        {"sid": 7}, {"sid": ""},
    ],
    ids=str,
)  # fmt: skip
def test_claims_that_do_not_hold(line: Line, provider: Signing, changed: dict[str, Any]) -> None:
    is_refused(line, provider.token(**changed))


@pytest.mark.parametrize("kind", ["JWT", "jwt", None, "id+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", ""])
def test_a_token_of_another_kind(line: Line, provider: Signing, kind: str | None) -> None:
    for payload_kind in (None, "ID", "Refresh", "Logout", "Offline"):
        is_refused(line, provider.token(header={"typ": kind}, typ=payload_kind), at_the_gateway=False)
    is_refused(line, provider.token(header={"typ": kind}))


def test_the_other_tokens_that_the_provider_gives(line: Line) -> None:
    is_refused(line, issued()["id_token"])
    is_refused(line, issued(lifetime="-60")["access_token"])
    is_refused(line, issued(audience="elsewhere")["access_token"])
    asked = {"session": uuid4().hex}
    told = requests.post(f"{os.environ['ICM_OIDC_ISSUER']}/sign-outs", data=asked, timeout=10).json()
    is_refused(line, told["logout_token"])


def test_claims_that_stand_twice(line: Line, provider: Signing) -> None:
    once = json.dumps(provider.claims())
    for more in ('"sub":"privacy-officer"', '"roles":["auditor"]', '"exp":9999999999'):
        is_refused(line, provider.signed(f"{{{more},{once[1:]}".encode()))
        is_refused(line, provider.signed(f"{once[:-1]},{more}}}".encode()))


def test_claims_that_are_no_object_or_no_text(line: Line, provider: Signing) -> None:
    claims = json.dumps(provider.claims())
    for payload in (
        b"[]", b"null", b"7", b'"x"', b"", b"\xff\xfe", claims.encode("utf-16"), claims.encode("utf-8-sig"),
        (claims[:-1] + ',"deep":' + "[" * 2500 + "]" * 2500 + "}").encode(),
    ):  # fmt: skip
        is_refused(line, provider.signed(payload))


def test_an_oversized_token(line: Line, provider: Signing) -> None:
    for token in (provider.token(teams=["t" * 100] * 100), ".".join(["A" * 30_000] * 3)):
        assert past_the_gateway(line, token) == REFUSED
        # The web server reads no line that long: it is refused before anybody looks for a token.
        assert knock("/audit/entries", token).status_code in (400, 401, 431)


def test_roles_in_other_claims_open_nothing(line: Line, provider: Signing) -> None:
    smuggled = provider.token(
        roles=["operator"],
        realm_access={"roles": ["privacy_officer"]},
        resource_access={"icm": {"roles": ["auditor"]}},
        role="auditor",
        groups=["auditor"],
        permissions=["audit.entry.list"],
        scope="audit.entry.list",
        act={"sub": "auditor"},
    )
    for told in (past_the_gateway(line, smuggled), through_the_gateway(smuggled)):
        assert set(told.values()) == {(403, "permission_missing")}


# Where a token may stand


def test_a_token_counts_in_one_header_and_nowhere_else(provider: Signing) -> None:
    good = provider.token()
    for more in (
        {"params": {"access_token": good}},
        {"cookies": {"access_token": good, "Authorization": f"Bearer {good}", "token": good}},
        {"headers": {"X-Access-Token": good, "Proxy-Authorization": f"Bearer {good}"}},
        {"headers": {"Authorization": f"Basic {good}"}},
        {"headers": {"Authorization": f"DPoP {good}"}},
        {"headers": {"Authorization": good}},
        {"headers": {"Authorization": f"Bearer {good}, Bearer {good}"}},
        {"headers": {"Authorization": f"Bearer {good} {good}"}},
        {"headers": {"Authorization": f'Bearer "{good}"'}},
        {"headers": {"Authorization": "Bearer"}},
    ):
        assert knock("/audit/entries", None, **more).status_code == 401, more.keys()
    in_body = knock("/sign-ins/ends", None, method="POST", data={"access_token": good})
    assert in_body.status_code == 401


def test_a_token_that_is_sent_in_two_headers(provider: Signing) -> None:
    import http.client
    from urllib.parse import urlsplit

    where = urlsplit(os.environ["ICM_BASE_URL"])
    other = provider.token(sub="another")
    for second in (f"Bearer {other}", "Bearer x", "Basic x", ""):
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)
        connection.putrequest("GET", "/api/v1/audit/entries")
        connection.putheader("Authorization", f"Bearer {provider.token()}")
        connection.putheader("Authorization", second)
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (401, "unauthenticated"), second
        connection.close()


# Replays


def test_a_reply_is_given_again_to_its_own_caller_only(line: Line, provider: Signing) -> None:
    body = json.dumps({"names": [{"kind": "alias", "given": "the girl"}]}).encode()
    key = uuid4().hex

    def recorded(token: str) -> dict[str, Any]:
        reply = line.call("intake.record_person", body, token=token, idempotency_key=key)
        assert reply is not None
        return reply

    first = recorded(provider.token(sub=f"one-{key}"))
    again = recorded(provider.token(sub=f"one-{key}"))
    other = recorded(provider.token(sub=f"two-{key}"))
    assert first["http"] == other["http"] == 200
    assert first["id"] == again["id"]
    assert other["id"] != first["id"]


def test_a_token_whose_key_was_withdrawn(line: Line, provider: Signing) -> None:
    """Services ask for the keys anew when a token names one that they do not know, every ten seconds at most."""
    second = Signing(ECKey.generate_key("P-256", {"kid": f"second-{uuid4().hex}"}))
    keys = f"{os.environ['ICM_OIDC_ISSUER']}/jwks"
    public = second.key.as_dict(private=False)
    assert requests.post(keys, json=public, timeout=10).status_code == 204
    token = second.token()
    until(lambda: past_the_gateway(line, token) == OPEN and through_the_gateway(token) == OPEN)

    assert requests.delete(f"{keys}/{second.key.kid}", timeout=10).status_code == 204
    until(lambda: _asked_anew(line, provider) and past_the_gateway(line, token) == REFUSED)
    until(lambda: through_the_gateway(token) == REFUSED)
    assert past_the_gateway(line, provider.token()) == OPEN


def _asked_anew(line: Line, provider: Signing) -> bool:
    unknown = provider.token(header={"kid": uuid4().hex})
    return past_the_gateway(line, unknown) == through_the_gateway(unknown) == REFUSED


def until(holds: Callable[[], bool], *, within_s: float = 60.0) -> None:
    ends = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends, f"not within {within_s:g} s"
        time.sleep(0.25)
