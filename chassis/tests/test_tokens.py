"""What RFC 8725 lists beside the wrong key: other readings of one token, odd claims, tokens of another kind."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from chassis import moment, testing_openid
from chassis.errors import LogoutRefused, Unauthenticated
from chassis.identity import Verifier
from chassis.testing_openid import AUDIENCE, Provider
from chassis.tokens import LONGEST_LIFE, session_code


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with testing_openid.running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def verifier(provider: Provider) -> Verifier:
    return Verifier(issuer=provider.issuer, audience=AUDIENCE)


def refused(verifier: Verifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verifier.actor(token)
    return caught.value.detail or ""


# One token, one reading


@pytest.mark.parametrize(
    "header",
    [
        {"zip": "DEF"}, {"enc": "A256GCM"}, {"b64": False}, {"crit": ["exp"], "exp": 1}, {"crit": []},
        {"cty": "JWT"}, {"cty": "jwt"}, {"cty": "application/jwt"}, {"cty": 7},
    ],
    ids=str,
)  # fmt: skip
def test_a_header_that_changes_the_reading_is_refused(
    provider: Provider, verifier: Verifier, header: dict[str, Any]
) -> None:
    payload = json.dumps(provider.claims()).encode()
    if header.keys() & {"b64", "crit"} or header.get("cty") == 7:  # what the signing library would not write
        head, _, signature = provider.signed(payload).split(".")
        told = {**json.loads(base64.urlsafe_b64decode(head + "==")), **header}
        token = f"{encoded(json.dumps(told).encode())}.{encoded(payload)}.{signature}"
    else:
        token = provider.signed(payload, header=header)
    assert "not accepted" in refused(verifier, token)


def test_a_token_within_a_token_is_refused(provider: Provider, verifier: Verifier) -> None:
    inner = provider.token()
    for header in ({}, {"cty": "JWT"}):
        refused(verifier, provider.signed(inner.encode(), header=header))
        refused(verifier, provider.signed(json.dumps(inner).encode(), header=header))


def test_an_encrypted_token_is_refused(provider: Provider, verifier: Verifier) -> None:
    claims = json.dumps(provider.claims()).encode()
    for algorithm in ("RSA-OAEP-256", "RSA-OAEP"):
        head = {"alg": algorithm, "enc": "A256GCM", "kid": "first", "typ": "at+jwt", "cty": "JWT"}
        public = RSAKey.import_key({**provider.keys[0], "use": "enc"})
        registry = jwe.JWERegistry(algorithms=[algorithm, "A256GCM"])
        assert "malformed" in refused(verifier, jwe.encrypt_compact(head, claims, public, registry=registry))


@pytest.mark.parametrize(
    "claim,twice", [("sub", "privacy-officer"), ("roles", ["auditor"]), ("exp", 9999999999)]
)
def test_a_claim_that_stands_twice_is_refused_whichever_is_first(
    provider: Provider, verifier: Verifier, claim: str, twice: Any
) -> None:
    once = json.dumps(provider.claims())
    more = f'"{claim}":{json.dumps(twice)}'
    for payload in (f"{{{more},{once[1:]}", f"{once[:-1]},{more}}}"):
        assert "malformed" in refused(verifier, provider.signed(payload.encode()))


def test_a_member_of_the_header_that_stands_twice_is_refused(provider: Provider, verifier: Verifier) -> None:
    _, claims, signature = provider.token().split(".")
    for head in (
        b'{"alg":"none","alg":"RS256","typ":"at+jwt","kid":"first"}',
        b'{"alg":"RS256","typ":"at+jwt","kid":"first","kid":"other"}',
    ):
        assert "malformed" in refused(verifier, f"{encoded(head)}.{claims}.{signature}")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"])
def test_claims_in_another_encoding_are_refused(
    provider: Provider, verifier: Verifier, encoding: str
) -> None:
    payload = json.dumps(provider.claims(organisation="école"), ensure_ascii=False)
    assert "malformed" in refused(verifier, provider.signed(payload.encode(encoding)))


def test_claims_nested_a_thousand_deep_are_refused(provider: Provider, verifier: Verifier) -> None:
    nested = json.dumps(provider.claims())[:-1] + ',"a":' + "[" * 2500 + "]" * 2500 + "}"
    assert "malformed" in refused(verifier, provider.signed(nested.encode()))


def test_each_part_has_one_spelling(provider: Provider, verifier: Verifier) -> None:
    """The last sign of a part holds bits that stand for nothing: changed, they would make two tokens of one."""
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    head, claims, signature = provider.token().split(".")
    spare = signs[signs.index(signature[-1]) ^ 1]
    assert base64.urlsafe_b64decode(signature + "==") == base64.urlsafe_b64decode(
        signature[:-1] + spare + "=="
    )
    assert "malformed" in refused(verifier, f"{head}.{claims}.{signature[:-1]}{spare}")
    for padded in (
        f"{head}=.{claims}.{signature}",
        f"{head}.{claims}.{signature}==",
        f"{head}.{claims}+.{signature}",
    ):
        assert "malformed" in refused(verifier, padded)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(place=st.integers(0, 5000), sign=st.sampled_from("AQgw09-_.Zz"))
def test_a_token_with_any_one_sign_changed_is_refused(
    place: int, sign: str, provider: Provider, verifier: Verifier
) -> None:
    token = provider.token()
    place %= len(token)
    assume(token[place] != sign)
    refused(verifier, token[:place] + sign + token[place + 1 :])


# Signatures


def test_a_signature_of_zeros_is_refused(provider: Provider, verifier: Verifier) -> None:
    curve = testing_openid.ec_key("curve")
    provider.publish(provider.signer, curve)
    fresh = Verifier(issuer=provider.issuer, audience=AUDIENCE)
    head, claims, _ = provider.token(key=curve, algorithm="ES256").split(".")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for r, s in ((0, 0), (0, 1), (1, 0), (order, order), (order, 1)):
        signature = encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        assert "signature" in refused(fresh, f"{head}.{claims}.{signature}")


@pytest.mark.parametrize("left", [0, 1, 3, 4, 8, 85])
def test_a_signature_that_was_cut_is_refused(provider: Provider, verifier: Verifier, left: int) -> None:
    head, claims, signature = provider.token().split(".")
    refused(verifier, f"{head}.{claims}.{signature[:left]}")


def test_a_certificate_or_key_in_the_header_is_never_looked_at(
    provider: Provider, verifier: Verifier
) -> None:
    theirs = testing_openid.rsa_key("first")
    der = base64.b64encode(theirs.as_der(private=False)).decode()
    for header in (
        {"x5c": [der]},
        {"x5t": "AAAA", "x5c": [der]},
        {"x5t#S256": "AAAA"},
        {"jwk": theirs.as_dict(private=False), "kid": "theirs"},
        {"jwk": theirs.as_dict(private=False), "kid": None},
    ):
        refused(verifier, provider.token(key=theirs, header=header))


def test_another_curve_is_refused_even_when_it_is_published(provider: Provider) -> None:
    for name, algorithm in (("P-384", "ES384"), ("secp256k1", "ES256K")):
        key = ECKey.generate_key(name, {"kid": "odd"})
        provider.publish(provider.signer, key)
        head = encoded(json.dumps({"alg": algorithm, "typ": "at+jwt", "kid": "odd"}).encode())
        token = f"{head}.{encoded(json.dumps(provider.claims()).encode())}.{'A' * 86}"
        refused(Verifier(issuer=provider.issuer, audience=AUDIENCE), token)


# Claims


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "exp", "iat"])
def test_a_token_that_lacks_what_it_must_say_is_refused(
    provider: Provider, verifier: Verifier, claim: str
) -> None:
    refused(verifier, provider.token(**{claim: None}))


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value",
    ["1e400", "-1e400", "NaN", "Infinity", "1" + "0" * 400, "true", "[1]", "{}", '"9999999999"', "1" * 5000],
)
def test_a_moment_that_is_none_is_refused_and_breaks_nothing(
    provider: Provider, verifier: Verifier, claim: str, value: str
) -> None:
    claims = {**provider.claims(), claim: "here"}
    if claim == "nbf" and value == "-1e400":
        claims["exp"] = None
    payload = json.dumps(claims).replace('"here"', value)
    refused(verifier, provider.signed(payload.encode()))


def test_a_token_that_lives_for_longer_than_a_day_is_refused(provider: Provider, verifier: Verifier) -> None:
    at = int(moment.now().timestamp())
    day = int(LONGEST_LIFE.total_seconds())
    assert verifier.actor(provider.token(iat=at, exp=at + day)).subject == "mentor"
    for lives in (day + 60, 10 * day, 10**15, 1e300):
        assert "longer than a day" in refused(verifier, provider.token(iat=at, exp=at + lives))
    assert "longer than a day" in refused(verifier, provider.token(iat=at - day - 60, exp=at + 60))
    assert "longer than a day" in refused(verifier, provider.token(iat=0, exp=at + 60))


@pytest.mark.parametrize(
    "bound",
    [{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}, {"x5t#S256": "AAAA"}, {}, None, "x"],
    ids=str,
)
def test_a_token_that_is_bound_to_a_key_is_no_bearer_token(
    provider: Provider, verifier: Verifier, bound: Any
) -> None:
    payload = json.dumps({**provider.claims(), "cnf": bound}).encode()
    assert "bound to a key" in refused(verifier, provider.signed(payload))


@pytest.mark.parametrize(
    "smuggled",
    [
        {"realm_access": {"roles": ["privacy_officer"]}},
        {"resource_access": {"icm": {"roles": ["privacy_officer"]}}},
        {"role": "privacy_officer", "groups": ["privacy_officer"], "authorities": ["privacy_officer"]},
        {"permissions": ["audit.entry.read"], "scope": "audit.entry.read privacy_officer"},
        {"Roles": ["privacy_officer"], "roles ": ["privacy_officer"], "ROLES": ["privacy_officer"]},
        {"entitlements": ["privacy_officer"], "amr": ["privacy_officer"], "act": {"sub": "privacy-officer"}},
    ],
    ids=str,
)
def test_roles_come_from_one_claim(provider: Provider, verifier: Verifier, smuggled: dict[str, Any]) -> None:
    for roles in (["practitioner"], []):
        actor = verifier.actor(provider.token(roles=roles, jti=None, **smuggled))
        assert actor.roles == frozenset(roles)
        assert "audit.entry.read" not in actor.permissions


def test_a_role_spelled_otherwise_is_none(provider: Provider, verifier: Verifier) -> None:
    spelled = [
        "Privacy_Officer",
        "privacy_officer ",
        "privacy_officer\x00",
        "privacy\u2010officer",
        "*",
        "",
        "system",
    ]
    assert verifier.actor(provider.token(roles=spelled)).roles == frozenset()


@pytest.mark.parametrize(
    "subject", ["mentor\n", "mentor\x00", "mentor ", " mentor", "méntor", "mentor‮", "\x7f"]
)
def test_a_subject_that_looks_like_another_is_refused(
    provider: Provider, verifier: Verifier, subject: str
) -> None:
    assert "subject" in refused(verifier, provider.token(sub=subject))


def test_a_token_says_when_it_was_issued_and_in_which_session(provider: Provider, verifier: Verifier) -> None:
    at = int(moment.now().timestamp())
    actor = verifier.actor(provider.token(iat=at - 7, sid="desk"))
    assert actor.issued_at is not None
    assert actor.issued_at.timestamp() == at - 7
    assert actor.session == session_code("desk")
    assert verifier.actor(provider.token(jti="other")).session is None


@pytest.mark.parametrize("session", ["", 7, ["desk"], {"desk": 1}, False])
def test_a_session_that_is_none_is_refused(provider: Provider, verifier: Verifier, session: Any) -> None:
    assert "session" in refused(verifier, provider.token(sid=session))


# Other tokens of the same provider


def test_a_logout_token_opens_no_door_and_an_access_token_ends_nothing(
    provider: Provider, verifier: Verifier
) -> None:
    assert refused(verifier, provider.logout_token()) == "This is not an access token."
    assert verifier.logout(provider.logout_token()).worker == "mentor"
    with pytest.raises(LogoutRefused):
        verifier.logout(provider.token())
    with pytest.raises(LogoutRefused):
        verifier.logout(None)


def test_a_logout_token_of_another_client_is_not_ours(provider: Provider) -> None:
    ours = Verifier(issuer=provider.issuer, audience=AUDIENCE, clients=["pages", "phone"])
    assert ours.logout(provider.logout_token(aud="phone")).worker == "mentor"
    with pytest.raises(LogoutRefused):
        ours.logout(provider.logout_token())


def test_the_moment_of_a_logout_is_that_of_the_provider(provider: Provider, verifier: Verifier) -> None:
    said = int((moment.now() - timedelta(minutes=2)).timestamp())
    logout = verifier.logout(provider.logout_token(iat=said, sid="desk"))
    assert logout.issued_until.timestamp() == said
    assert logout.session == session_code("desk")


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
