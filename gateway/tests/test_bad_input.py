"""What bad input gets: one answer for each rule of the API, never a 5xx for a client's mistake."""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from chassis.testing_openid import rsa_key

PERSON = {"names": [{"kind": "alias", "given": "the girl"}]}
ID = "11111111-1111-4111-8111-111111111111"
ETAG = '"3.0f1e2d3c"'


def problem(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), (
        answer.text
    )
    document: dict[str, Any] = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"urn:icm:problem:{code}"
    assert len(document["trace_id"]) == 32
    assert "Traceback" not in answer.text
    return document


def pointers(answer: requests.Response) -> dict[str, str]:
    return {error["pointer"]: error["rule"] for error in answer.json()["errors"]}


# shape


def test_each_wrong_field_is_pointed_at(gateway: Any) -> None:
    body = {
        "names": [{"kind": "nickname"}, {"kind": "alias", "given": "x" * 301}],
        "born": {"year": 1},
        "admin": True,
    }
    answer = gateway.post("/people", body)
    problem(answer, 422, "invalid_input")
    assert pointers(answer) == {
        "/names/0/kind": "choice",
        "/names/1/given": "length",
        "/born/year": "range",
        "/admin": "unknown_field",
    }


def test_a_wrong_query_parameter_is_pointed_at(gateway: Any) -> None:
    answer = gateway.get("/referrals?limit=1000&person_id=nobody&colour=red")
    problem(answer, 422, "invalid_input")
    assert set(pointers(answer)) == {"query/limit", "query/person_id", "query/colour"}


def test_a_parameter_given_twice_is_refused(gateway: Any) -> None:
    answer = gateway.get("/referrals?limit=1&limit=2")
    problem(answer, 422, "invalid_input")
    assert pointers(answer) == {"query/limit": "once"}


@pytest.mark.parametrize(
    "body", [b"{", b"not json", b'{"a":NaN}', b"\xff\xfe", b'"\\ud800"', b"[]", b'"x"', b"null", b"7"]
)
def test_what_is_no_json_object_is_malformed(gateway: Any, body: bytes) -> None:
    answer = gateway.ask("POST", "/people", data=body, headers={"Content-Type": "application/json"})
    problem(answer, 400, "malformed")


def test_no_body_at_all_misses_its_fields(gateway: Any) -> None:
    answer = gateway.ask("POST", "/people", headers={"Content-Type": "application/json"})
    problem(answer, 422, "invalid_input")
    assert pointers(answer) == {"/names": "required"}


def test_json_nested_too_deep_is_malformed(gateway: Any) -> None:
    for depth in (20, 900, 5000, 100_000):
        body = b'{"names":' + b"[" * depth + b"]" * depth + b"}"
        answer = gateway.ask("POST", "/people", data=body, headers={"Content-Type": "application/json"})
        problem(answer, 400, "malformed")


def test_the_character_nul_is_refused_wherever_it_stands(gateway: Any) -> None:
    problem(gateway.post("/people", {"names": [{"kind": "alias", "given": "a\x00b"}]}), 422, "invalid_input")
    problem(gateway.get("/referrals?program=a%00b"), 422, "invalid_input")
    problem(gateway.ask("POST", "/people", json={"na\x00mes": 1}), 400, "malformed")


@pytest.mark.parametrize("number", ["1e999", "9" * 400, "-0", "1.5", '"12"', "true"])
def test_odd_numbers_never_break_anything(gateway: Any, number: str) -> None:
    body = f'{{"names":[{{"kind":"alias","given":"x"}}],"born":{{"year":{number}}}}}'
    answer = gateway.ask("POST", "/people", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


def test_what_stands_in_the_path_may_not_stand_in_the_body(gateway: Any) -> None:
    answer = gateway.ask(
        "PATCH", f"/people/{ID}", json={"person_id": ID, "gender": "girl"}, headers={"If-Match": ETAG}
    )
    problem(answer, 422, "invalid_input")
    assert pointers(answer) == {"/person_id": "unknown_field"}


# the outside of a request


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin-1", ""]
)
def test_another_content_type_is_refused(gateway: Any, kind: str) -> None:
    answer = gateway.ask("POST", "/people", data=b'{"names":[]}', headers={"Content-Type": kind})
    problem(answer, 415, "unsupported_media_type")


def test_a_compressed_body_is_refused(gateway: Any) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(gateway.ask("POST", "/people", data=b"\x1f\x8b", headers=headers), 415, "unsupported_media_type")


def test_a_body_over_the_limit_is_refused(gateway: Any) -> None:
    body = b'{"names":"' + b"x" * (1024 * 1024) + b'"}'
    answer = gateway.ask("POST", "/people", data=body, headers={"Content-Type": "application/json"})
    problem(answer, 413, "too_large")


def test_a_body_over_the_limit_is_refused_though_its_length_is_not_told(gateway: Any) -> None:
    pieces = (b"x" * 64 * 1024 for _ in range(40))
    answer = gateway.ask("POST", "/people", data=pieces, headers={"Content-Type": "application/json"})
    problem(answer, 413, "too_large")


def test_a_body_in_pieces_is_read(gateway: Any) -> None:
    pieces = (piece for piece in (b'{"names":[{"kind":"alias",', b'"given":"the girl"}]}'))
    answer = gateway.ask("POST", "/people", data=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201


def test_a_body_that_ends_too_soon_does_no_harm(gateway: Any) -> None:
    where = urlsplit(gateway.url)
    with socket.create_connection((where.hostname, where.port), timeout=5) as line:
        line.sendall(
            f"POST /api/v1/people HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.token()}\r\n"
            "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{".encode()
        )
        line.shutdown(socket.SHUT_WR)
        assert b" 500 " not in line.recv(4096)
    assert gateway.get(f"/people/{ID}").status_code == 200


def test_an_unknown_address_and_an_unknown_method_are_problems(gateway: Any) -> None:
    problem(gateway.get("/nothing-here"), 404, "no_such_address")
    problem(gateway.get("/people/not-an-identifier"), 404, "no_such_address")
    answer = gateway.ask("DELETE", f"/people/{ID}")
    problem(answer, 405, "method_not_allowed")
    assert {"GET", "PATCH"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/people/%2e%2e%2f", "/people/%00", "/%ff"])
def test_odd_addresses_are_not_found(gateway: Any, path: str) -> None:
    assert gateway.get(path).status_code in (400, 404, 308)


# who calls


def test_no_token_is_answered_with_how_to_bring_one(gateway: Any) -> None:
    answer = requests.get(f"{gateway.url}/api/v1/people/{ID}", timeout=5)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="icm"'


@pytest.mark.parametrize(
    "given", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer a.b.c", "token", "Bearer é"]
)
def test_what_is_no_bearer_token_is_refused(gateway: Any, given: str) -> None:
    headers = {"Authorization": given.encode()}
    answer = requests.get(f"{gateway.url}/api/v1/people/{ID}", headers=headers, timeout=5)
    problem(answer, 401, "unauthenticated")


def test_a_forged_token_is_refused(gateway: Any) -> None:
    forged = [
        gateway.token(key=rsa_key("first")),
        gateway.token(aud="elsewhere"),
        gateway.token(iss="https://attacker.example"),
        gateway.token(exp=1),
        gateway.token(header={"typ": "JWT"}),
        gateway.token(header={"kid": "unknown"}),
    ]
    for token in forged:
        answer = gateway.get(f"/people/{ID}", headers={"Authorization": f"Bearer {token}"})
        problem(answer, 401, "unauthenticated")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_in_the_address_is_no_token(gateway: Any) -> None:
    answer = requests.get(f"{gateway.url}/api/v1/people/{ID}?access_token={gateway.token()}", timeout=5)
    problem(answer, 401, "unauthenticated")


def test_an_invented_purpose_is_malformed(gateway: Any) -> None:
    for purpose in ("curiosity", "caré", "x" * 100):
        answer = gateway.get(f"/people/{ID}", headers={"Purpose-Of-Use": purpose.encode()})
        problem(answer, 400, "malformed")


# conditions


def test_a_change_without_if_match_is_refused(gateway: Any) -> None:
    problem(gateway.ask("PATCH", f"/people/{ID}", json={"gender": "girl"}), 428, "version_required")
    answer = gateway.ask("PATCH", f"/people/{ID}", json={"gender": "girl"}, headers={"If-Match": "*"})
    problem(answer, 428, "version_required")


def test_a_stale_version_is_refused(gateway: Any) -> None:
    answer = gateway.ask("PATCH", f"/people/{ID}", json={"gender": "girl"}, headers={"If-Match": '"2.0"'})
    problem(answer, 412, "stale_version")


@pytest.mark.parametrize("version", ["3", 'W/"3', '"3","4"', '"'])
def test_an_if_match_that_is_no_etag_is_malformed(gateway: Any, version: str) -> None:
    answer = gateway.ask("PATCH", f"/people/{ID}", json={"gender": "girl"}, headers={"If-Match": version})
    problem(answer, 400, "malformed")


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "a\tb"])
def test_an_odd_idempotency_key_is_malformed(gateway: Any, key: str) -> None:
    problem(gateway.post("/people", PERSON, headers={"Idempotency-Key": key}), 400, "malformed")


# what the door says


@pytest.mark.parametrize(
    "record,status,code",
    [
        ("00000404", 404, "not_found"),
        ("00000403", 403, "access_denied"),
        ("00000409", 409, "referral_closed"),
    ],
)
def test_the_door_says_no_and_the_caller_hears_why(gateway: Any, record: str, status: int, code: str) -> None:
    problem(gateway.get(f"/people/{record}-1111-4111-8111-111111111111"), status, code)


def test_a_fault_behind_the_door_tells_nothing(gateway: Any) -> None:
    answer = gateway.get("/people/00000500-1111-4111-8111-111111111111")
    problem(answer, 500, "internal_fault")
    assert "name" not in answer.text and "RuntimeError" not in answer.text


def test_a_service_that_is_down_is_unavailable_within_the_deadline_and_the_others_answer(
    gateway: Any,
) -> None:
    began = time.monotonic()
    answer = gateway.get("/invoices", roles=["finance_approver"])
    assert time.monotonic() - began < 2.5
    problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert gateway.get(f"/people/{ID}").status_code == 200


def test_a_door_that_is_too_slow_is_given_up_at_the_deadline(gateway: Any) -> None:
    began = time.monotonic()
    answer = gateway.get("/people/00000999-1111-4111-8111-111111111111")
    assert 1.5 < time.monotonic() - began < 2.6
    problem(answer, 503, "deadline_exceeded")
    assert int(answer.headers["Retry-After"]) >= 1


# too many


def test_a_subject_that_knocks_too_often_waits_and_others_do_not(start_gateway: Any) -> None:
    small = start_gateway(ICM_RATE_PER_SUBJECT="5/minute", ICM_RATE_PER_ADDRESS="3/minute")
    answers = [small.get(f"/people/{ID}") for _ in range(8)]
    assert [answer.status_code for answer in answers][:5] == [200] * 5
    problem(answers[-1], 429, "too_many_requests")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    other = {"Authorization": f"Bearer {small.token(sub='youth-worker', roles=['intake_worker'])}"}
    assert small.get(f"/people/{ID}", headers=other).status_code == 200
    guesses = [requests.get(f"{small.url}/api/v1/people/{ID}", timeout=5).status_code for _ in range(6)]
    assert guesses == [401, 401, 401, 429, 429, 429]
