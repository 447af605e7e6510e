"""What goes through the gateway: the caller's own token and words, the door's own bytes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any
from uuid import UUID

import requests

PERSON = {"names": [{"kind": "alias", "given": "the girl"}]}
ID = "11111111-1111-4111-8111-111111111111"
ETAG = '"3.0f1e2d3c"'
TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_the_door_hears_what_the_caller_said(gateway: Any) -> None:
    answer = gateway.post(
        "/people",
        PERSON,
        headers={
            "Idempotency-Key": "our-key-1",
            "Purpose-Of-Use": "coordination",
            "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
        },
    )
    assert answer.status_code == 201
    heard = answer.json()
    assert heard["door"] == "record_person"
    assert heard["arguments"] == PERSON
    assert heard["token"] is True
    assert heard["headers"]["idempotency_key"] == "our-key-1"
    assert heard["headers"]["purpose"] == "coordination"
    assert heard["headers"]["origin"] == "127.0.0.1"
    assert heard["headers"]["traceparent"].split("-")[1] == TRACE
    assert answer.headers["Trace-Id"] == TRACE
    assert answer.headers["Location"] == f"/api/v1/people/{UUID(heard['id'])}"
    assert answer.headers["ETag"] == ETAG


def test_a_change_without_a_key_gets_a_fresh_one_and_a_read_gets_none(gateway: Any) -> None:
    keys = {gateway.post("/people", PERSON).json()["headers"]["idempotency_key"] for _ in range(3)}
    assert len(keys) == 3
    assert "idempotency_key" not in gateway.get(f"/people/{ID}").json()["headers"]
    asked = gateway.post("/people/searches", {"name": "the girl"}).json()
    assert "idempotency_key" not in asked["headers"]


def test_an_idempotency_key_in_quotes_is_the_same_key(gateway: Any) -> None:
    heard = gateway.post("/people", PERSON, headers={"Idempotency-Key": '"our-key-2"'}).json()
    assert heard["headers"]["idempotency_key"] == "our-key-2"


def test_path_and_body_become_one_set_of_arguments(gateway: Any) -> None:
    answer = gateway.ask("PATCH", f"/people/{ID}", json={"gender": "girl"}, headers={"If-Match": ETAG})
    assert answer.json()["arguments"] == {"person_id": ID, "gender": "girl"}
    assert answer.json()["headers"]["if_match"] == ETAG


def test_merge_patch_is_read_as_json_too(gateway: Any) -> None:
    headers = {"If-Match": ETAG, "Content-Type": "application/merge-patch+json"}
    assert gateway.ask("PATCH", f"/people/{ID}", data=b'{"gender":null}', headers=headers).status_code == 200


def test_a_copy_that_is_still_good_is_not_sent_again(gateway: Any) -> None:
    first = gateway.get(f"/people/{ID}")
    assert first.headers["ETag"] == ETAG
    for held in (ETAG, f'"1", {ETAG}', f"W/{ETAG}", "*"):
        again = gateway.get(f"/people/{ID}", headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", ETAG)
    assert gateway.get(f"/people/{ID}", headers={"If-None-Match": '"2.0"'}).status_code == 200


def test_a_page_names_the_next_one(gateway: Any) -> None:
    page = gateway.get(f"/referrals?limit=1&person_id={ID}")
    assert page.json()["items"][0]["arguments"] == {"limit": "1", "person_id": ID}
    assert (
        page.headers["Link"] == f'</api/v1/referrals?limit=1&person_id={ID}&cursor=abc%2B%2F%3D>; rel="next"'
    )
    following = requests.get(
        gateway.url + page.links["next"]["url"],
        headers={"Authorization": page.request.headers["Authorization"]},
        timeout=5,
    )
    assert following.json()["items"][0]["arguments"]["cursor"] == "abc+/="
    assert "Link" not in following.headers


def test_a_caller_without_the_permission_is_sent_on_so_that_the_denial_is_written_down(gateway: Any) -> None:
    heard = gateway.post("/people", {"nonsense": True}, roles=["auditor"]).json()
    assert (heard["door"], heard["arguments"]) == ("record_person", {})


def test_every_answer_carries_the_headers_that_protect_it(gateway: Any) -> None:
    for answer in (
        gateway.get(f"/people/{ID}"),
        gateway.get("/nothing"),
        requests.get(gateway.url + "/status", timeout=5),
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in answer.headers


def test_a_forwarded_address_is_believed_only_behind_a_trusted_proxy(
    gateway: Any, start_gateway: Any
) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert gateway.get(f"/people/{ID}", headers=headers).json()["headers"]["origin"] == "127.0.0.1"
    behind = start_gateway(ICM_TRUSTED_PROXIES="1")
    assert behind.get(f"/people/{ID}", headers=headers).json()["headers"]["origin"] == "198.51.100.7"


def test_the_status_names_each_service_for_programs_and_for_people(gateway: Any) -> None:
    told = requests.get(f"{gateway.url}/status", timeout=5).json()
    states = {part["name"]: part["state"] for part in told["parts"]}
    assert told["state"] == "degraded"
    assert states == {
        "broker": "up", "intake": "up", "cases": "up", "consent": "up", "portal": "down", "audit": "up",
    }  # fmt: skip
    page = requests.get(f"{gateway.url}/status", headers={"Accept": "text/html"}, timeout=5)
    assert page.headers["Content-Type"].startswith("text/html")
    assert '<html lang="en">' in page.text and '<th scope="row">portal</th>' in page.text


def test_the_document_and_its_browser_need_no_network(gateway: Any) -> None:
    document = requests.get(f"{gateway.url}/openapi.json", timeout=5)
    assert document.json()["openapi"] == "3.1.0"
    held = {"If-None-Match": document.headers["ETag"]}
    assert requests.get(f"{gateway.url}/openapi.json", headers=held, timeout=5).status_code == 304
    page = requests.get(f"{gateway.url}/docs", timeout=5)
    assert page.status_code == 200 and "://" not in page.text.replace("http://127.0.0.1", "")
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "browse.js", "favicon-32x32.png"):
        assert asset in page.text
        assert requests.get(f"{gateway.url}/docs/{asset}", timeout=5).status_code == 200
    assert requests.get(f"{gateway.url}/docs/..%2fapp.py", timeout=5).status_code == 404


def test_the_process_tells_its_health_and_its_figures(gateway: Any) -> None:
    gateway.get(f"/people/{ID}")
    assert requests.get(f"{gateway.health_url}/livez", timeout=5).status_code == 200
    figures = requests.get(f"{gateway.health_url}/metrics", timeout=5).text
    assert 'route="/api/v1/people/<uuid:person_id>"' in figures
    assert ID not in figures


def test_many_at_once_are_answered(gateway: Any) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(gateway.get(f"/people/{ID}").status_code))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40


def test_a_stop_waits_for_what_is_being_answered(start_gateway: Any) -> None:
    leaving = start_gateway()
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(leaving.get("/people/00000999-1111-4111-8111-111111111111").status_code)
    )
    asking.start()
    while leaving.figure("icm_rpc_calls_pending") < 1:
        assert asking.is_alive()
    leaving.process.terminate()
    asking.join(timeout=10)
    assert answers == [503]
    assert leaving.process.wait(timeout=60) == 0


def test_settings_that_are_missing_are_all_named_at_once() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ICM_")}
    refused = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "gateway"],
        env={**clean, "ICM_RATE_PER_SUBJECT": "often", "ICM_ENV": "somewhere"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert refused.returncode != 0
    for named in ("ICM_AMQP_URL", "ICM_OIDC_ISSUER", "ICM_RATE_PER_SUBJECT", "ICM_ENV"):
        assert named in refused.stderr
