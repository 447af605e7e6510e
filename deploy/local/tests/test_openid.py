"""The development provider issues tokens that verify, and refuses to exist in production."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet

from chassis.identity import Verifier
from chassis.signing_keys import SigningKeys
from icm.complaints import NotForProduction
from icm.openid.app import DEVELOPMENT_GRANT, WEB_CLIENT, make_app
from icm.openid.codes import challenge_of
from icm.openid.people import demo_people
from icm.places import CHECKOUT

ISSUER = "http://127.0.0.1:8421"
BACK = "http://127.0.0.1:8420/signed-in"
VERIFIER = "v" * 64


@pytest.fixture
def provider(tmp_path, monkeypatch):
    monkeypatch.delenv("ICM_ENV", raising=False)
    return make_app(issuer=ISSUER, key_file=tmp_path / "openid.pem").test_client()


@pytest.fixture
def keys(provider):
    return KeySet.import_key_set(provider.get("/jwks").get_json())


def sign_in_request(**changed):
    return {
        "response_type": "code",
        "client_id": WEB_CLIENT,
        "redirect_uri": BACK,
        "scope": "openid",
        "state": "st",
        "nonce": "no",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        **changed,
    }


def sign_in(provider, subject="mentor"):
    answer = provider.post("/authorize", data=sign_in_request(subject=subject))
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.location).query)


def exchange(provider, code, **changed):
    asked = {
        "grant_type": "authorization_code",
        "client_id": WEB_CLIENT,
        "redirect_uri": BACK,
        "code": code,
        "code_verifier": VERIFIER,
        **changed,
    }
    return provider.post("/token", data=asked)


def script_token(provider, subject, **more):
    return provider.post("/token", data={"grant_type": DEVELOPMENT_GRANT, "subject": subject, **more})


def test_an_access_token_has_the_shape_of_rfc_9068(provider, keys):
    token = script_token(provider, "youth-worker").get_json()["access_token"]

    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.header["typ"] == "at+jwt"
    assert decoded.header["kid"] == keys.keys[0].kid
    claims = decoded.claims
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, "icm", "youth-worker")
    assert (claims["organisation"], claims["roles"], claims["teams"]) == (
        "youth-service",
        ["practitioner"],
        [],
    )
    assert {"exp", "iat", "jti", "client_id"} <= set(claims)


def test_the_services_accept_an_access_token_and_nothing_else(provider):
    answers = script_token(provider, "team-lead").get_json()
    keys = SigningKeys(issuer=ISSUER, fetch=lambda url: provider.get(urlsplit(url).path).get_json())
    verifier = Verifier(issuer=ISSUER, audience="icm", keys=keys)

    actor = verifier.actor(answers["access_token"])

    assert actor.subject == "team-lead"
    assert actor.grantees == [
        "worker:team-lead", "organisation:social-care", "team:family-support", "role:team_lead",
    ]  # fmt: skip
    with pytest.raises(Exception, match="not an access token"):
        verifier.actor(answers["id_token"])


@pytest.mark.parametrize("wrong", [{"lifetime": -60}, {"audience": "another"}])
def test_scripts_can_ask_for_a_token_that_must_be_refused(provider, wrong):
    keys = SigningKeys(issuer=ISSUER, fetch=lambda url: provider.get(urlsplit(url).path).get_json())
    token = script_token(provider, "mentor", **wrong).get_json()["access_token"]

    with pytest.raises(Exception, match=r"expired|another audience"):
        Verifier(issuer=ISSUER, audience="icm", keys=keys).actor(token)


def test_the_key_outlives_the_provider(tmp_path):
    first = make_app(issuer=ISSUER, key_file=tmp_path / "openid.pem").test_client().get("/jwks").get_json()
    again = make_app(issuer=ISSUER, key_file=tmp_path / "openid.pem").test_client().get("/jwks").get_json()

    assert first == again
    assert "d" not in first["keys"][0]


def test_signing_in_with_pkce_gives_both_tokens(provider, keys):
    answered = sign_in(provider)
    assert answered["state"] == ["st"]

    tokens = exchange(provider, answered["code"][0]).get_json()

    identity = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"])
    assert identity.header["typ"] == "JWT"
    assert (identity.claims["aud"], identity.claims["nonce"]) == (WEB_CLIENT, "no")
    assert jws.extract_compact(tokens["access_token"].encode()).headers()["typ"] == "at+jwt"


def test_a_code_works_once(provider):
    code = sign_in(provider)["code"][0]

    assert exchange(provider, code).status_code == 200
    assert exchange(provider, code).get_json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "x" * 64}, {"redirect_uri": BACK + "/elsewhere"}, {"client_id": "somebody"}]
)
def test_a_code_is_useless_to_anybody_else(provider, wrong):
    assert exchange(provider, sign_in(provider)["code"][0], **wrong).get_json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": "somebody"},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
        {"subject": "nobody"},
    ],
)
def test_a_faulty_sign_in_is_refused(provider, wrong):
    answer = provider.post("/authorize", data=sign_in_request(**{"subject": "mentor", **wrong}))

    assert answer.status_code == 400


def test_the_sign_in_page_lists_everybody(provider):
    page = provider.get("/authorize", query_string=sign_in_request()).get_data(as_text=True)

    assert all(f'value="{subject}"' in page for subject in demo_people())


def test_who_is_asked_about_is_the_bearer(provider):
    token = script_token(provider, "girl").get_json()["access_token"]

    known = provider.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert known.get_json()["sub"] == "girl"
    assert provider.get("/userinfo", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_every_role_of_a_demo_sign_in_exists():
    roles = yaml.safe_load((CHECKOUT / "contracts" / "access" / "roles.yaml").read_text())

    assert {role for person in demo_people().values() for role in person.roles} <= set(roles)


def test_the_provider_refuses_production(tmp_path):
    with pytest.raises(NotForProduction):
        make_app(issuer=ISSUER, key_file=tmp_path / "openid.pem", environment="production")


def test_the_process_refuses_production(tmp_path):
    environment = {
        **os.environ,
        "ICM_ENV": "production",
        "ICM_OIDC_ISSUER": ISSUER,
        "ICM_OPENID_KEY_FILE": str(tmp_path / "openid.pem"),
    }

    ran = subprocess.run(
        [sys.executable, "-m", "icm.openid"], env=environment, capture_output=True, text=True
    )

    assert ran.returncode == 1
    assert "does not start when ICM_ENV=production" in ran.stderr
    assert not Path(tmp_path / "openid.pem").exists()


def test_a_sign_in_is_a_session_that_both_its_tokens_name(provider, keys):
    first, second = (script_token(provider, "mentor").get_json() for _ in range(2))
    sessions = [jwt.decode(each["access_token"], keys).claims["sid"] for each in (first, second)]

    assert len(set(sessions)) == 2
    assert jwt.decode(first["id_token"], keys).claims["sid"] == sessions[0]


@pytest.mark.parametrize(
    "whom,named", [({"subject": "mentor"}, ("mentor", None)), ({"session": "s-1"}, (None, "s-1"))]
)
def test_a_logout_token_is_one_that_the_services_believe(provider, whom, named):
    told = provider.post("/sign-outs", data=whom).get_json()
    keys = SigningKeys(issuer=ISSUER, fetch=lambda url: provider.get(urlsplit(url).path).get_json())
    logout = Verifier(issuer=ISSUER, audience="icm", keys=keys).logout(told["logout_token"])

    assert (logout.worker, logout.session is not None) == (named[0], named[1] is not None)
    assert told["answered"] is None, "no address is set, so nobody is told"


def test_nobody_unknown_signs_out(provider):
    for whom in ({}, {"subject": "nobody"}, {"subject": ""}):
        assert provider.post("/sign-outs", data=whom).status_code == 400


def test_a_key_beside_ours_is_published_until_it_is_withdrawn(provider):
    own = provider.get("/jwks").get_json()["keys"]
    key = ECKey.generate_key("P-256", {"kid": "second"})

    assert provider.post("/jwks", json=key.as_dict(private=True)).status_code == 204
    published = provider.get("/jwks").get_json()["keys"]
    assert [each["kid"] for each in published] == [own[0]["kid"], "second"]
    assert all("d" not in each for each in published)
    assert provider.delete("/jwks/second").status_code == 204
    assert provider.get("/jwks").get_json()["keys"] == own
    assert provider.delete(f"/jwks/{own[0]['kid']}").status_code == 404


@pytest.mark.parametrize(
    "described", [{}, {"kty": "oct", "k": "AA", "kid": "x"}, {"kty": "EC", "kid": "x"}, []]
)
def test_what_is_no_key_is_not_published(provider, described):
    assert provider.post("/jwks", json=described).status_code == 400
