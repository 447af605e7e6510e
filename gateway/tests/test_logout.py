"""The sign-in provider tells that somebody signed out; nobody else can (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import signal
import subprocess
from typing import Any

import pytest
import requests

from chassis.testing_openid import rsa_key


def tell(gateway: Any, *, form: Any = None, **more: Any) -> requests.Response:
    return requests.post(f"{gateway.url}/backchannel-logout", data=form, timeout=10, **more)


def word(gateway: Any, **changed: Any) -> dict[str, str]:
    return {"logout_token": gateway.provider.logout_token(**changed)}


def is_refused(answer: requests.Response, error: str = "invalid_request") -> bool:
    assert answer.headers["Cache-Control"] == "no-store"
    return (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_logout_token_of_the_provider_is_answered_200_and_kept_by_nobody(gateway: Any) -> None:
    answer = tell(gateway, form=word(gateway))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_service_behind_is_asked_about_what_the_provider_said_and_about_nothing_else(
    gateway: Any,
) -> None:
    before = gateway.figure("icm_rpc_calls_total")
    assert is_refused(tell(gateway, form=word(gateway, nonce="n")))
    assert gateway.figure("icm_rpc_calls_total") == before
    assert tell(gateway, form=word(gateway)).status_code == 200
    assert gateway.figure("icm_rpc_calls_total") == before + 1


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://attacker.example"},
        {"aud": "icm"},
        {"nonce": "n"},
        {"events": {}},
        {"jti": None},
        {"exp": 1},
    ],
    ids=str,
)
def test_what_the_provider_did_not_say_is_answered_400(gateway: Any, changed: dict[str, Any]) -> None:
    assert is_refused(tell(gateway, form=word(gateway, **changed)))


def test_an_access_token_is_no_logout_token(gateway: Any) -> None:
    assert is_refused(tell(gateway, form={"logout_token": gateway.token()}))


def test_a_token_signed_by_another_key_is_answered_400(gateway: Any) -> None:
    provider = gateway.provider
    theirs, provider.signer = provider.signer, rsa_key("first")
    try:
        forged = word(gateway)
    finally:
        provider.signer = theirs
    assert is_refused(tell(gateway, form=forged))


def test_the_token_stands_once_in_the_body_of_a_form(gateway: Any) -> None:
    token = word(gateway)["logout_token"]
    url = {"params": {"logout_token": token}}
    for answer in (
        tell(gateway),
        tell(gateway, **url),
        tell(gateway, form={"logout_token": token}, **url),
        tell(gateway, form=[("logout_token", token), ("logout_token", token)]),
        tell(gateway, json={"logout_token": token}),
        tell(gateway, files={"logout_token": (None, token)}),
        tell(gateway, form={"logout_token": "x" * 20_000}),
        tell(gateway, form={"logout_token": token, "more": "x" * 900_000}),
    ):
        assert is_refused(answer)


def test_only_post_is_answered(gateway: Any) -> None:
    answer = requests.get(f"{gateway.url}/backchannel-logout", timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


def test_while_the_consent_service_is_away_the_provider_is_told_to_come_again(
    start_gateway: Any, echo_doors: subprocess.Popen[bytes]
) -> None:
    hasty = start_gateway(ICM_DEADLINE_SECONDS="0.5")
    echo_doors.send_signal(signal.SIGSTOP)
    try:
        answer = tell(hasty, form=word(hasty))
    finally:
        echo_doors.send_signal(signal.SIGCONT)
    assert is_refused(answer, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_who_guesses_too_often_waits(start_gateway: Any) -> None:
    strict = start_gateway(ICM_RATE_PER_ADDRESS="3/minute")
    answers = [tell(strict, form={"logout_token": "a.b.c"}) for _ in range(5)]
    assert [is_refused(answer) for answer in answers] == [True, True, True, False, False]
    assert is_refused(answers[-1], "temporarily_unavailable")
    assert tell(strict, form=word(strict)).status_code == 200, "the provider is not kept waiting by others"


# Sign-ins that count no more, at the gateway


@pytest.mark.parametrize(
    "method,path,more",
    [
        ("GET", "/referrals?limit=1000", {}),
        ("GET", "/referrals", {}),
        ("POST", "/people", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
        ("POST", "/people", {"json": {"admin": True}}),
        ("POST", "/people", {"json": {}, "headers": {"Idempotency-Key": "two words"}}),
        ("PUT", "/involvement-uploads/11111111-1111-4111-8111-111111111111/parts/1", {"data": b""}),
        ("GET", "/audit/stream?after=x", {}),
    ],
)
def test_a_removed_sign_in_is_told_so_and_not_what_else_is_wrong(
    gateway: Any, method: str, path: str, more: dict[str, Any]
) -> None:
    bearer = {
        "Authorization": f"Bearer {gateway.token(sub='removed', roles=['intake_worker', 'system_feed'])}"
    }
    headers = {**bearer, **more.pop("headers", {})}
    answer = requests.request(method, f"{gateway.url}/api/v1{path}", headers=headers, timeout=10, **more)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_removed")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_mistake_is_told_also_while_the_service_is_away(gateway: Any) -> None:
    answer = gateway.get("/payments?limit=1000", roles=["finance_releaser"])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
