"""Calls and their deadlines, between real processes over a real broker."""

from __future__ import annotations

import json
import signal
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import amqp
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis.errors import FieldError, InvalidInput, Problem
from chassis.frames import address
from chassis.rpc import Reply
from chassis.testing_messages import FailingProxy, Program, connect, eventually, fresh_vhost
from chassis.wire import Incoming, properties

pytestmark = pytest.mark.broker
WORKER = str(Path(__file__).parent / "messages_worker.py")


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    with fresh_vhost(events={}) as made:
        yield made


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    path = tmp_path / "executed"
    path.touch()
    return path


@pytest.fixture(scope="module")
def gateway(urls: dict[str, str]) -> Iterator[Program]:
    with client(urls["gateway"]) as program:
        yield program


def doors(url: str, executed: Path, **settings: Any) -> Program:
    given = {"part": "doors", "amqp_url": url, "service": "cases", "executed": str(executed), **settings}
    return Program([WORKER, json.dumps(given)])


def client(url: str) -> Program:
    return Program([WORKER, json.dumps({"part": "client", "amqp_url": url})])


def call(
    program: Program, door: str = "read", arguments: dict[str, Any] | None = None, **options: Any
) -> dict[str, Any]:
    return program.ask(service="cases", door=door, arguments=arguments or {}, options=options)


@contextmanager
def proxied(url: str) -> Iterator[tuple[FailingProxy, str]]:
    where = address(url)
    proxy = FailingProxy(host=where.host, port=where.port)
    try:
        yield proxy, url.replace(f"{where.host}:{where.port}", f"127.0.0.1:{proxy.port}")
    finally:
        proxy.close()


def test_a_call_carries_arguments_and_headers_and_brings_the_view_with_its_etag(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed):
        told = call(
            gateway, arguments={"case_id": "Ünïcødé"}, token="t" * 1_500, idempotency_key="k", if_match='"2"',
            purpose="care", origin="api",
        )  # fmt: skip
    assert told["body"]["arguments"] == {"case_id": "Ünïcødé"}
    assert told["body"]["headers"] == {
        "token": "t" * 1_500, "idempotency_key": "k", "if_match": '"2"', "purpose": "care", "origin": "api",
    }  # fmt: skip
    assert (told["http"], told["etag"]) == (200, '"3"')


def test_a_body_larger_than_a_frame_arrives_whole(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    note = "x" * 700_000
    with doors(urls["cases"], executed):
        assert call(gateway, arguments={"note": note})["body"]["arguments"]["note"] == note


def test_a_problem_travels_as_code_and_never_as_class_path_or_text(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed):
        assert call(gateway, "missing")["problem"]["code"] == "not_found"
        broken = call(gateway, "broken")["problem"]
    assert broken == {"status": 500, "code": "internal_fault", "title": "Something failed on our side"}


def test_a_service_without_replicas_is_unavailable_within_the_deadline(
    urls: dict[str, str], gateway: Program
) -> None:
    told = call(gateway, deadline_s=2.0)
    assert told["problem"]["code"] == "unavailable"
    assert told["problem"]["retry_after"] == 1
    assert told["took_s"] < 1.5


def test_a_replica_that_starts_meanwhile_takes_the_call(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed) as replica:
        eventually(lambda: replica.ask(do="figures")["is_ready"])
        replica.ask(do="stop")
        gateway.tell(service="cases", door="read", arguments={}, options={"deadline_s": 20.0})
        with doors(urls["cases"], executed):
            assert gateway.answer()["http"] == 200


def test_a_slow_door_is_given_up_at_the_deadline_on_both_sides(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed) as replica:
        call(gateway)
        told = call(gateway, arguments={"sleep_s": 30}, deadline_s=0.4)
        assert told["problem"]["code"] == "deadline_exceeded"
        assert 0.3 < told["took_s"] < 2.0
        eventually(lambda: replica.ask(do="figures")["timed_out"] == 1)
        assert replica.ask(do="figures")["running"] == 0


def test_a_call_past_its_deadline_is_not_executed(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed, max_workers=1) as replica:
        eventually(lambda: replica.ask(do="figures")["is_ready"])
        replica.send_signal(signal.SIGSTOP)
        try:
            told = [call(gateway, f"late_{number}", deadline_s=0.3) for number in range(3)]
        finally:
            replica.send_signal(signal.SIGCONT)
        assert {each["problem"]["code"] for each in told} == {"deadline_exceeded"}
        assert call(gateway, "in_time", deadline_s=10.0)["http"] == 200
        assert [line.split()[0] for line in executed.read_text().splitlines()] == ["in_time"]
        assert replica.ask(do="figures")["expired"] >= 1


def test_another_replica_takes_the_calls_of_one_that_crashed(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed) as doomed:
        eventually(lambda: doomed.ask(do="figures")["is_ready"])
        with doors(urls["cases"], executed) as survivor:
            eventually(lambda: survivor.ask(do="figures")["is_ready"])
            for number in range(10):
                options = {"deadline_s": 20.0}
                gateway.tell(
                    service="cases", door="read", arguments={"sleep_s": 1}, options=options, number=number
                )
            eventually(lambda: len(executed.read_text().splitlines()) == 10)
            doomed.kill()
            told = [gateway.answer() for _ in range(10)]
    assert [each.get("problem") for each in told] == [None] * 10
    assert {each["body"]["pid"] for each in told} == {survivor.pid}


def test_a_graceful_stop_lets_running_calls_finish(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed) as replica:
        eventually(lambda: replica.ask(do="figures")["is_ready"])
        gateway.tell(service="cases", door="read", arguments={"sleep_s": 1}, options={"deadline_s": 10.0})
        eventually(lambda: executed.read_text())
        replica.ask(do="stop")
        assert gateway.answer()["http"] == 200


def test_no_more_calls_run_at_once_than_there_are_workers(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed, max_workers=2) as replica:
        eventually(lambda: replica.ask(do="figures")["is_ready"])
        for number in range(6):
            options = {"deadline_s": 20.0}
            gateway.tell(
                service="cases", door="read", arguments={"sleep_s": 0.5}, options=options, number=number
            )
        eventually(lambda: replica.ask(do="figures")["running"] == 2)
        assert len(executed.read_text().splitlines()) == 2
        assert {gateway.answer()["http"] for _ in range(6)} == {200}


def test_a_broker_that_is_away_is_told_quickly_and_calls_work_again_when_it_is_back(
    urls: dict[str, str], executed: Path
) -> None:
    with (
        proxied(urls["gateway"]) as (proxy, url),
        doors(urls["cases"], executed),
        client(url) as gateway,
    ):
        assert eventually(lambda: call(gateway).get("http")) == 200
        proxy.refuse(refusing=True)
        proxy.cut()
        eventually(lambda: not gateway.ask(do="figures")["is_ready"])
        told = call(gateway, deadline_s=5.0)
        assert told["problem"]["code"] == "unavailable"
        assert told["took_s"] < 1.0
        proxy.refuse(refusing=False)
        eventually(lambda: call(gateway, deadline_s=5.0).get("http") == 200)


def test_calls_in_flight_when_the_connection_breaks_end_at_once(urls: dict[str, str], executed: Path) -> None:
    with (
        proxied(urls["gateway"]) as (proxy, url),
        doors(urls["cases"], executed) as replica,
        client(url) as gateway,
    ):
        assert eventually(lambda: call(gateway).get("http")) == 200
        gateway.tell(service="cases", door="read", arguments={"sleep_s": 20}, options={"deadline_s": 30.0})
        eventually(lambda: len(executed.read_text().splitlines()) >= 2)
        proxy.cut()
        told = gateway.answer()
        replica.kill()
    assert told["problem"]["code"] == "unavailable"
    assert told["took_s"] < 10


def test_the_doors_outlive_a_broken_connection(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with (
        proxied(urls["cases"]) as (proxy, url),
        doors(url, executed) as replica,
    ):
        assert eventually(lambda: call(gateway, deadline_s=5.0).get("http")) == 200
        for _ in range(3):
            proxy.cut()
            eventually(lambda: call(gateway, deadline_s=1.0).get("http") == 200)
        assert not replica.ended


def test_a_silent_broker_costs_callers_no_more_than_their_deadline(
    urls: dict[str, str], executed: Path
) -> None:
    with (
        proxied(urls["gateway"]) as (proxy, url),
        doors(urls["cases"], executed),
        client(url) as gateway,
    ):
        assert eventually(lambda: call(gateway).get("http")) == 200
        proxy.silence()
        told = call(gateway, deadline_s=1.0)
        assert told["problem"]["code"] == "deadline_exceeded"
        assert told["took_s"] < 2.0
        proxy.speak()
        eventually(lambda: call(gateway, deadline_s=5.0).get("http") == 200)


def test_a_broker_that_stays_silent_is_noticed_by_heartbeats(urls: dict[str, str]) -> None:
    with proxied(urls["cases"]) as (proxy, url):
        given = {"part": "link", "amqp_url": url, "heartbeat_s": 1}
        with Program([WORKER, json.dumps(given)]) as link:
            eventually(lambda: link.ask()["state"] == "open")
            proxy.silence()
            eventually(lambda: link.ask()["state"] == "connecting")
            proxy.speak()
            eventually(lambda: link.ask()["state"] == "open")
            assert link.ask()["opened"] >= 2


def certificate_for(name: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate that vouches for itself, and a server's context that holds it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=subject, subject_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, private = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return path, context


@pytest.mark.parametrize(("name", "trusted"), [("localhost", True), ("elsewhere.example", False)])
def test_over_tls_the_broker_must_be_who_it_says(
    urls: dict[str, str], executed: Path, tmp_path: Path, name: str, trusted: bool
) -> None:
    certificate, context = certificate_for(name, tmp_path)
    where = address(urls["gateway"])
    proxy = FailingProxy(host=where.host, port=where.port, tls=context)
    url = urls["gateway"].replace(f"{where.host}:{where.port}", f"localhost:{proxy.port}")
    given = {"part": "client", "amqp_url": url.replace("amqp://", "amqps://")}
    environment = {"SSL_CERT_FILE": str(certificate)}
    with (
        doors(urls["cases"], executed),
        Program([WORKER, json.dumps(given)], environment=environment) as caller,
    ):
        if trusted:
            told = eventually(lambda: (told := call(caller, deadline_s=5.0)).get("http") and told)
            assert told["body"]["arguments"] == {}
            note = "x" * 300_000
            assert (
                call(caller, arguments={"note": note}, deadline_s=10.0)["body"]["arguments"]["note"] == note
            )
        else:
            assert {call(caller, deadline_s=2.0)["problem"]["code"] for _ in range(3)} == {"unavailable"}
    proxy.close()


def test_a_malformed_call_is_dropped_and_the_next_one_served(
    urls: dict[str, str], executed: Path, gateway: Program
) -> None:
    with doors(urls["cases"], executed) as replica:
        eventually(lambda: replica.ask(do="figures")["is_ready"])
        with connect(urls["gateway"]) as connection:
            channel = connection.channel()
            for message in (amqp.Message(b"{}"), amqp.Message(b"", application_headers={"deadline": "soon"})):
                channel.basic_publish(message, exchange="icm.rpc", routing_key="cases.read")
        eventually(lambda: replica.ask(do="figures")["malformed"] == 2)
        assert call(gateway)["http"] == 200


def test_a_reply_tells_a_problem_with_its_fields() -> None:
    problem = InvalidInput(errors=[FieldError(pointer="/born_on", rule="past", detail="Give a past date.")])
    with pytest.raises(InvalidInput) as told:
        Reply.of(problem).raise_problem()
    assert told.value.errors == problem.errors
    with pytest.raises(Problem):
        Reply(
            body=orjson.dumps({"status": 418, "code": "teapot", "title": "x"}), status="problem"
        ).raise_problem()


def test_properties_are_read_by_py_amqp_as_they_were_written(urls: dict[str, str]) -> None:
    flags, listed = properties(
        headers={"deadline": 1_790_000_000_123, "token": "t" * 400}, mode=b"\x01", content_type="application/json",
        correlation_id="17", reply_to="gateway.replies.x", expiration="2000", message_id="m", kind="entry",
    )  # fmt: skip
    header = b"\x00\x3c\x00\x00" + (5).to_bytes(8, "big") + flags.to_bytes(2, "big") + listed
    message = amqp.Message()
    message.inbound_header(header)
    assert message.properties == {
        "application_headers": {"deadline": 1_790_000_000_123, "token": "t" * 400}, "delivery_mode": 1,
        "content_type": "application/json", "correlation_id": "17", "reply_to": "gateway.replies.x",
        "expiration": "2000", "message_id": "m", "type": "entry",
    }  # fmt: skip
    incoming = Incoming(b"\x00\x3c\x00\x3c\x01c" + (7).to_bytes(8, "big") + b"\x01\x02ex\x0acases.read")
    assert not incoming.take_header(header)
    assert (incoming.consumer_tag, incoming.delivery_tag, incoming.routing_key) == ("c", 7, "cases.read")
    assert incoming.headers == message.properties["application_headers"]
    assert (incoming.correlation_id, incoming.reply_to, incoming.message_id) == (
        "17",
        "gateway.replies.x",
        "m",
    )
    assert not incoming.take_body(b"ab")
    assert incoming.take_body(b"cde")
    assert incoming.body == b"abcde"


def test_late_replies_are_dropped_and_counted(urls: dict[str, str], executed: Path, gateway: Program) -> None:
    with doors(urls["cases"], executed) as replica:
        eventually(lambda: replica.ask(do="figures")["is_ready"])
        replica.send_signal(signal.SIGSTOP)
        try:
            assert call(gateway, deadline_s=0.3)["problem"]["code"] == "deadline_exceeded"
        finally:
            replica.send_signal(signal.SIGCONT)
        began = time.monotonic()
        assert call(gateway, deadline_s=10.0)["http"] == 200
        assert time.monotonic() - began < 10
        assert gateway.ask(do="figures")["pending"] == 0
