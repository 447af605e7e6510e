"""Access tokens: what becomes an actor, and each attack of RFC 8725 that must not."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from chassis import contracts, moment, testing_openid
from chassis.errors import Malformed, Unauthenticated, Unavailable
from chassis.identity import LARGEST_TOKEN, Verifier, system_actor
from chassis.signing_keys import SigningKeys
from chassis.testing_openid import AUDIENCE, Provider


class Ticks:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def provider() -> Iterator[Provider]:
    with testing_openid.running_provider() as running:
        yield running


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def verifier(provider: Provider, ticks: Ticks) -> Verifier:
    return Verifier(
        issuer=provider.issuer, audience=AUDIENCE, keys=SigningKeys(issuer=provider.issuer, ticks=ticks)
    )


def part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def refused(verifier: Verifier, token: str | None) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verifier.actor(token)
    return caught.value.detail or ""


# What a good token becomes


def test_an_access_token_becomes_an_actor_with_the_permissions_of_its_roles(
    provider: Provider, verifier: Verifier
) -> None:
    actor = verifier.actor(provider.token(), origin="192.0.2.7")
    assert (actor.subject, actor.organisation, actor.teams) == ("mentor", "school", frozenset({"pastoral"}))
    assert actor.permissions == frozenset(contracts.access_list("roles")["practitioner"]["permissions"])
    assert (actor.purpose, actor.origin, actor.client_id, actor.token_id) == (
        "care",
        "192.0.2.7",
        "icm-web",
        "token-1",
    )
    assert actor.grantees == ["worker:mentor", "organisation:school", "team:pastoral", "role:practitioner"]


@pytest.mark.parametrize("algorithm,make", [("ES256", "ec_key"), ("EdDSA", "okp_key"), ("RS256", "rsa_key")])
def test_each_permitted_algorithm_is_verified(
    provider: Provider, verifier: Verifier, algorithm: str, make: str
) -> None:
    key = getattr(testing_openid, make)("other")
    provider.publish(key)
    assert verifier.actor(provider.token(key=key, algorithm=algorithm)).subject == "mentor"


def test_the_audience_may_be_one_of_a_list(provider: Provider, verifier: Verifier) -> None:
    assert verifier.actor(provider.token(aud=["elsewhere", AUDIENCE])).subject == "mentor"


def test_keycloaks_access_token_is_known_by_its_payload_type_and_realm_roles(
    provider: Provider, verifier: Verifier
) -> None:
    token = provider.token(
        header={"typ": "JWT"}, typ="Bearer", roles=None, realm_access={"roles": ["auditor", "offline_access"]}
    )
    assert verifier.actor(token).roles == frozenset({"auditor"})


def test_a_role_that_is_not_in_the_list_gives_nothing(provider: Provider, verifier: Verifier) -> None:
    actor = verifier.actor(provider.token(roles=["superuser", "system", 7]))
    assert (actor.roles, actor.permissions) == (frozenset(), frozenset())


def test_roles_of_an_unexpected_shape_give_nothing(provider: Provider, verifier: Verifier) -> None:
    actor = verifier.actor(provider.token(roles="auditor", organisation=["x"], teams={"a": 1}))
    assert (actor.roles, actor.organisation, actor.teams) == (frozenset(), None, frozenset())


def test_a_stated_purpose_lends_only_the_roles_that_may_work_for_it(
    provider: Provider, verifier: Verifier
) -> None:
    token = provider.token(roles=["practitioner", "client"])
    assert "cases.case.open" in verifier.actor(token).permissions
    as_client = verifier.actor(token, purpose="own_record")
    assert as_client.purpose == "own_record"
    assert "cases.case.open" not in as_client.permissions
    assert "audit.access_report.read" in as_client.permissions
    assert verifier.actor(token, purpose="payment").permissions == frozenset()


def test_an_invented_purpose_is_a_mistake_of_the_client(provider: Provider, verifier: Verifier) -> None:
    with pytest.raises(Malformed):
        verifier.actor(provider.token(), purpose="curiosity")


def test_the_system_actor_holds_no_permission() -> None:
    assert system_actor("cases").permissions == frozenset()
    assert system_actor("cases").subject == "service:cases"


# RFC 8725: what attackers try


def test_no_token_is_refused(verifier: Verifier) -> None:
    refused(verifier, None)
    refused(verifier, "")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_a_token_without_signature_is_refused(
    provider: Provider, verifier: Verifier, name: str, signature: str
) -> None:
    head = {"alg": name, "typ": "at+jwt", "kid": "first"}
    refused(verifier, f"{part(head)}.{part(provider.claims())}.{signature}")


def test_a_token_signed_with_the_public_key_as_secret_is_refused(
    provider: Provider, verifier: Verifier
) -> None:
    for secret in (provider.signer.as_pem(private=False), json.dumps(provider.keys[0]).encode()):
        key = OctKey.import_key(base64.urlsafe_b64encode(secret).rstrip(b"=").decode(), {"kid": "first"})
        refused(verifier, provider.token(key=key, algorithm="HS256"))


def test_a_symmetric_key_in_the_key_set_is_never_used(provider: Provider, verifier: Verifier) -> None:
    shared = OctKey.generate_key(256, {"kid": "shared"})
    provider.keys.append(shared.as_dict(private=True))
    refused(verifier, provider.token(key=shared, algorithm="HS256"))


def test_an_algorithm_outside_the_list_is_refused_although_the_key_is_right(
    provider: Provider, verifier: Verifier
) -> None:
    refused(verifier, provider.token(algorithm="PS256"))


def test_the_right_identifier_with_another_key_is_refused(provider: Provider, verifier: Verifier) -> None:
    assert "signature" in refused(verifier, provider.token(key=testing_openid.rsa_key("first")))


def test_an_algorithm_that_does_not_suit_the_key_is_refused(provider: Provider, verifier: Verifier) -> None:
    curve = testing_openid.ec_key("first")
    refused(verifier, provider.token(key=curve, algorithm="ES256"))


def test_a_small_key_is_never_used(provider: Provider, verifier: Verifier) -> None:
    small = testing_openid.rsa_key("small", bits=1024)
    provider.publish(provider.signer, small)
    refused(verifier, provider.token(key=small))


def test_an_encryption_key_is_never_used(provider: Provider, verifier: Verifier) -> None:
    other = testing_openid.rsa_key("other")
    provider.keys.append({**other.as_dict(private=False), "use": "enc"})
    refused(verifier, provider.token(key=other))


@pytest.mark.parametrize("audience", ["elsewhere", ["elsewhere"], [], None, "icm ", {"icm": 1}, 7])
def test_another_audience_is_refused(provider: Provider, verifier: Verifier, audience: Any) -> None:
    assert "audience" in refused(verifier, provider.token(aud=audience))


@pytest.mark.parametrize("issuer", ["https://attacker.example", None, "", 7])
def test_another_issuer_is_refused(provider: Provider, verifier: Verifier, issuer: Any) -> None:
    assert "issuer" in refused(verifier, provider.token(iss=issuer))


def test_an_issuer_that_differs_by_a_slash_is_another_issuer(provider: Provider, verifier: Verifier) -> None:
    refused(verifier, provider.token(iss=provider.issuer + "/"))


@pytest.mark.parametrize("expires", [None, True, "9999999999", -1, float("inf"), float("nan")])
def test_a_token_without_a_proper_expiry_is_refused(
    provider: Provider, verifier: Verifier, expires: Any
) -> None:
    assert "expired" in refused(verifier, provider.token(exp=expires))


def test_an_expired_token_is_refused(provider: Provider, verifier: Verifier) -> None:
    assert "expired" in refused(verifier, provider.token(exp=int(moment.now().timestamp())))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_of_the_future_is_refused(provider: Provider, verifier: Verifier, claim: str) -> None:
    at = moment.now().timestamp()
    assert "not valid yet" in refused(verifier, provider.token(**{claim: at + 300}))
    refused(verifier, provider.token(**{claim: "soon"}))
    assert verifier.actor(provider.token(**{claim: at + 5})).subject == "mentor"


@pytest.mark.parametrize("kind", ["JWT", None, "id+jwt", "logout+jwt", "dpop+jwt", ""])
def test_an_identity_token_is_no_access_token(
    provider: Provider, verifier: Verifier, kind: str | None
) -> None:
    assert (
        refused(verifier, provider.token(header={"typ": kind}, nonce="n")) == "This is not an access token."
    )


@pytest.mark.parametrize("kind", ["ID", "Refresh", "Logout", None])
def test_keycloaks_other_tokens_are_no_access_tokens(
    provider: Provider, verifier: Verifier, kind: str | None
) -> None:
    refused(verifier, provider.token(header={"typ": "JWT"}, typ=kind))


@pytest.mark.parametrize(
    "identifier",
    [
        "../../../../dev/null",
        "first' OR '1'='1",
        "first\x00",
        "",
        None,
        "x" * 300,
        "FIRST",
        "http://127.0.0.1:9/keys",
    ],
)
def test_an_identifier_is_looked_up_and_never_interpreted(
    provider: Provider, verifier: Verifier, identifier: Any
) -> None:
    refused(verifier, provider.token(header={"kid": identifier}))


def test_an_identifier_that_is_no_text_is_refused(provider: Provider, verifier: Verifier) -> None:
    for identifier in (["first"], {"first": 1}, 1, True):
        head = {"alg": "RS256", "typ": "at+jwt", "kid": identifier}
        refused(verifier, f"{part(head)}.{part(provider.claims())}.AAAA")


def test_a_key_that_travels_in_the_token_is_not_followed(provider: Provider, verifier: Verifier) -> None:
    with testing_openid.running_provider() as attacker:
        theirs = testing_openid.rsa_key("first")
        attacker.publish(theirs)
        for lure in (
            {"jku": f"{attacker.issuer}/keys"},
            {"x5u": f"{attacker.issuer}/keys"},
            {"jwk": theirs.as_dict(private=False)},
            {"kid": "theirs", "jku": f"{attacker.issuer}/keys"},
        ):
            refused(verifier, provider.token(key=theirs, header=lure))
        assert attacker.requests == []
        # the same lure on a token of our provider changes nothing
        good = provider.token(header={"jku": f"{attacker.issuer}/keys"})
        assert verifier.actor(good).subject == "mentor"
        assert attacker.requests == []


def test_a_critical_extension_that_we_do_not_know_is_refused(provider: Provider, verifier: Verifier) -> None:
    refused(verifier, provider.token(header={"crit": ["b64"], "b64": True}))


def test_a_token_that_was_cut_or_changed_is_refused(provider: Provider, verifier: Verifier) -> None:
    token = provider.token()
    head, claims, signature = token.split(".")
    promoted = part(provider.claims(roles=["privacy_officer"]))
    for broken in (
        token[:-1], token[:-20], head, f"{head}.{claims}", f"{head}.{claims}.",
        f"{head}.{promoted}.{signature}",
        f".{claims}.{signature}", f"{token}.more", f" {token}", f"{token}\n", "Bearer x", "a.b.c", "é.é.é",
        f"{part([])}.{claims}.{signature}", f"{part('x')}.{claims}.{signature}",
    ):  # fmt: skip
        refused(verifier, broken)


def test_an_oversized_token_is_refused_before_it_is_read(provider: Provider, verifier: Verifier) -> None:
    refused(verifier, provider.token(teams=["t" * 100] * 200))
    refused(verifier, "a" * LARGEST_TOKEN + ".b.c")
    assert provider.requests == []


def test_a_payload_that_is_no_object_is_refused(provider: Provider, verifier: Verifier) -> None:
    head = {"alg": "RS256", "typ": "at+jwt", "kid": "first"}
    for payload in (b"[]", b'"x"', b"not json", b"null"):
        refused(verifier, jws.serialize_compact(head, payload, provider.signer))


@pytest.mark.parametrize("subject", [None, "", 7, "with space", "x" * 129, "line\nbreak"])
def test_a_token_without_a_proper_subject_is_refused(
    provider: Provider, verifier: Verifier, subject: Any
) -> None:
    assert "subject" in refused(verifier, provider.token(sub=subject))


# Keys: rotation, restraint, absence


def test_a_new_key_of_the_provider_is_found(provider: Provider, verifier: Verifier, ticks: Ticks) -> None:
    verifier.actor(provider.token())
    second = testing_openid.rsa_key("second")
    provider.publish(provider.signer, second)
    ticks.at += 11
    assert verifier.actor(provider.token(key=second)).subject == "mentor"


def test_a_flood_of_invented_identifiers_asks_the_provider_once(
    provider: Provider, verifier: Verifier
) -> None:
    verifier.actor(provider.token())
    asked = len(provider.requests)
    for number in range(50):
        refused(verifier, provider.token(header={"kid": f"invented-{number}"}))
    assert len(provider.requests) == asked


def test_the_last_good_keys_serve_while_the_provider_is_away(
    provider: Provider, verifier: Verifier, ticks: Ticks
) -> None:
    verifier.actor(provider.token())
    provider.away = True
    ticks.at += 10_000
    assert verifier.actor(provider.token(jti="token-2")).token_id == "token-2"
    assert verifier.actor(provider.token(jti="token-3")).token_id == "token-3"
    refused(verifier, provider.token(header={"kid": "unknown"}))


def test_a_key_set_that_turned_bad_does_not_replace_the_good_one(
    provider: Provider, verifier: Verifier, ticks: Ticks
) -> None:
    verifier.actor(provider.token())
    provider.keys = [{"kty": "RSA", "kid": "broken"}, {"kty": "what"}, "no key"]
    ticks.at += 10_000
    assert verifier.actor(provider.token(jti="token-2")).token_id == "token-2"


def test_without_any_key_the_answer_is_that_we_cannot_tell(
    provider: Provider, verifier: Verifier, ticks: Ticks
) -> None:
    provider.away = True
    with pytest.raises(Unavailable):
        verifier.actor(provider.token())
    provider.away = False
    ticks.at += 1.5
    assert verifier.actor(provider.token()).subject == "mentor"


def test_discovery_of_another_issuer_is_not_believed(provider: Provider, verifier: Verifier) -> None:
    provider.claimed_issuer = "https://attacker.example"
    with pytest.raises(Unavailable):
        verifier.actor(provider.token())


def test_a_given_key_set_address_needs_no_discovery(provider: Provider) -> None:
    verifier = Verifier(issuer=provider.issuer, audience=AUDIENCE, jwks_url=f"{provider.issuer}/keys")
    verifier.actor(provider.token())
    assert provider.requests == ["/keys"]


def test_a_token_signed_with_a_withdrawn_key_stops_counting(
    provider: Provider, verifier: Verifier, ticks: Ticks
) -> None:
    token = provider.token()
    verifier.actor(token)
    second = testing_openid.rsa_key("second")
    provider.publish(second)
    ticks.at += 301
    verifier.actor(provider.token(key=second))
    refused(verifier, token)


# What is remembered


@pytest.fixture
def frozen() -> Iterator[list[float]]:
    began = moment.now()
    shift = [0.0]
    moment.told_by(lambda: began + timedelta(seconds=shift[0]))
    yield shift
    moment.told_by(None)


def test_a_remembered_token_stops_counting_when_it_expires(
    provider: Provider, verifier: Verifier, frozen: list[float]
) -> None:
    token = provider.token()
    verifier.actor(token)
    frozen[0] = 299
    verifier.actor(token)
    frozen[0] = 301
    assert "expired" in refused(verifier, token)


def test_what_is_remembered_is_bounded(provider: Provider) -> None:
    keys = SigningKeys(issuer=provider.issuer)
    verifier = Verifier(issuer=provider.issuer, audience=AUDIENCE, keys=keys, remembered=3)
    for number in range(10):
        verifier.actor(provider.token(jti=f"token-{number}"))
    assert len(verifier._verified) == 3


def test_a_remembered_token_takes_the_purpose_and_origin_of_each_call(
    provider: Provider, verifier: Verifier
) -> None:
    token = provider.token()
    first = verifier.actor(token, purpose="coordination", origin="192.0.2.1")
    second = verifier.actor(token, origin="192.0.2.2")
    assert (first.purpose, first.origin) == ("coordination", "192.0.2.1")
    assert (second.purpose, second.origin) == ("care", "192.0.2.2")
