"""Before a real witness, in a process of its own: cosigning, going on without it, and being convicted by it (AU-4)."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from audit.log.divergence import COUNTED
from audit.log.errors import LogDiverged
from audit.log.keys import signing_keys
from audit.log.model import Divergence
from audit.verifier import key_line, read_trust, verify
from audit.witnesses.actions import ask_witnesses
from audit.witnesses.model import WitnessAnswer
from audit.witnesses.policy import known_witnesses
from audit.witnesses.queries import UNWITNESSED, published
from chassis.config import SettingsRefused
from services.audit.tests.builders import an_access

pytestmark = pytest.mark.postgres


class RealWitness:
    """`icm-witness` beside us; it can be stopped and come back."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.policy = folder / "audit.policy"
        self.environment = {
            **os.environ,
            "ICM_WITNESS_KEY_FILE": str(folder / "witness.pem"),
            "ICM_WITNESS_STORE": str(folder / "store.sqlite"),
            "ICM_WITNESS_POLICY_FILE": str(self.policy),
            "ICM_WITNESS_PORT": str(self.port),
        }
        made = subprocess.run(
            [sys.executable, "-m", "witness", "key"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        self.policy.write_text(
            f"log {signing_keys()[0].verifying.line()}\n"
            f"witness w1 {made.stdout.strip()} http://127.0.0.1:{self.port}\nquorum w1\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "witness"]
        self.process = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            with suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError("the witness does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealWitness]:
    made = RealWitness(tmp_path)
    monkeypatch.setenv("ICM_AUDIT_POLICY_FILE", str(made.policy))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def asked(in_lane, clock) -> Callable[[], list[str]]:
    """`asked()` shows the newest checkpoint to the witnesses, half a second later."""

    def shown() -> list[str]:
        clock.advance(seconds=0.5)
        with in_lane() as work:
            return [answer.outcome for answer in ask_witnesses(work)]

    return shown


def causes(in_lane) -> list[str]:
    with in_lane() as work:
        return list(work.session.scalars(select(Divergence.cause)))


def test_each_newest_checkpoint_is_cosigned_and_an_export_shows_it(
    beside, told, sealed, asked, export
) -> None:
    for _ in range(3):
        told(*(an_access() for _ in range(100)))
        sealed()
        assert asked() == ["cosigned"]
    verdict = verify(export(limit=500), trust=read_trust(beside.policy.read_text()))
    assert verdict.sound, verdict.findings
    assert verdict.witnessed.keys() == {"w1"}


def test_without_its_witness_the_log_goes_on_and_readers_who_ask_for_it_are_told(
    beside, told, sealed, asked, export, in_lane
) -> None:
    beside.stop()
    told(an_access())
    sealed()
    assert asked() == ["unreachable"]
    with in_lane() as work:
        assert published(work.session).size == 1
    trust = read_trust(beside.policy.read_text())
    assert [each.rule for each in verify(export(), trust=trust).findings] == ["unwitnessed"]
    assert verify(export(), keys=trust.keys).sound, "whoever does not ask for a witness sees a sound log"
    beside.start()
    told(*(an_access() for _ in range(9)))
    sealed()
    assert asked() == ["cosigned"]
    assert verify(export(), trust=trust).sound


def test_readers_are_shown_the_newest_checkpoint_that_the_witnesses_were_asked_about(
    beside, told, sealed, asked, in_lane
) -> None:
    told(an_access())
    sealed()
    asked()
    told(an_access())
    sealed()
    with in_lane() as work:
        assert published(work.session).size == 1
    asked()
    with in_lane() as work:
        assert published(work.session).size == 2


def test_a_log_at_rest_is_cosigned_anew_so_that_readers_see_that_it_lives(
    beside, told, sealed, asked, clock
) -> None:
    told(an_access())
    sealed()
    assert asked() == ["cosigned"]
    assert asked() == []
    clock.advance(seconds=15)
    assert asked() == ["cosigned"]


def test_an_answer_that_was_lost_is_asked_for_again(beside, told, sealed, asked, database) -> None:
    told(*(an_access() for _ in range(5)))
    sealed()
    asked()
    told(an_access())
    sealed()
    asked()
    with database.superuser.connect() as superuser:  # as after a crash between the answer and our commit
        superuser.execute(text("DELETE FROM witness_answers"))
    assert asked() == ["cosigned"]


@pytest.mark.parametrize(("again", "cause"), [(4, "witness_knows_more"), (9, "witness_knows_another")])
def test_a_past_that_was_replaced_is_told_by_the_witness_and_stops_the_log(
    beside, told, sealed, asked, database, in_lane, again: int, cause: str
) -> None:
    told(*(an_access() for _ in range(6)))
    sealed()
    asked()
    database.clear()
    told(*(an_access(by="nobody") for _ in range(again)))
    sealed()
    assert asked() == ["refused"]
    assert causes(in_lane) == [cause]
    with pytest.raises(LogDiverged):
        told(an_access())
    assert asked() == [], "nothing more is shown to anybody"
    with database.lane() as session:
        assert list(session.execute(text(COUNTED))) == [(cause, 1)]


def test_a_witness_cannot_stop_the_log_by_its_word_alone(
    told, sealed, asked, in_lane, tmp_path, monkeypatch
) -> None:
    class Liar(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(409, b"99\n")

        def do_GET(self) -> None:
            self._say(200, b"openicm.local/audit\n99\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n")

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    policy = tmp_path / "policy"
    policy.write_text(
        f"witness liar {key_line('liar.example', bytes(32), kind=4)} http://127.0.0.1:{server.server_port}\n"
    )
    monkeypatch.setenv("ICM_AUDIT_POLICY_FILE", str(policy))
    told(an_access())
    sealed()
    assert asked() == ["refused"]
    assert causes(in_lane) == []
    told(an_access())
    sealed()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("spelling", ["true", "another base64", "no time"])
def test_a_cosignature_is_published_only_as_every_reader_takes_it(
    told, sealed, asked, export, tmp_path, monkeypatch, spelling: str
) -> None:
    key = Ed25519PrivateKey.generate()
    vkey = key_line("odd.example", key.public_key().public_bytes_raw(), kind=4)

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            text_ = body.partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
            at = 2**63 if spelling == "no time" else 1_800_000_000
            signed = key.sign(f"cosignature/v1\ntime {at}\n{text_}".encode())
            raw = bytes.fromhex(vkey.split("+")[1]) + at.to_bytes(8, "big") + signed
            line = base64.b64encode(raw).decode()
            if spelling == "another base64":
                line = line[:-3] + chr(ord(line[-3]) + 1) + "=="  # the last four bits mean nothing
                assert base64.b64decode(line, validate=True) == raw
            answer = f"\u2014 odd.example {line}\n".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    log = "".join(f"log {each.verifying.line()}\n" for each in signing_keys())
    policy = tmp_path / "policy"
    policy.write_text(f"{log}witness odd {vkey} http://127.0.0.1:{server.server_port}\nquorum none\n")
    monkeypatch.setenv("ICM_AUDIT_POLICY_FILE", str(policy))
    told(an_access())
    sealed()
    assert asked() == ["cosigned" if spelling == "true" else "unreachable"]
    verdict = verify(export(), trust=read_trust(policy.read_text()))
    assert verdict.sound, "no witness makes the log unreadable for auditors"
    assert verdict.witnessed == ({"odd": 1_800_000_000} if spelling == "true" else {})
    server.shutdown()
    server.server_close()


def test_how_long_a_witness_has_been_away_is_counted(beside, told, sealed, asked, database) -> None:
    told(an_access())
    sealed()
    asked()
    with database.superuser.connect() as superuser:
        superuser.execute(text("UPDATE witness_answers SET asked_at = now() - interval '90 seconds'"))
        superuser.execute(
            text(
                "INSERT INTO witness_answers (size, witness, asked_at, outcome) VALUES (1, 'w1', now(), 'unreachable')"
            )
        )
    with database.lane() as session:
        ((name, seconds),) = session.execute(text(UNWITNESSED))
    assert (name, round(seconds)) == ("w1", 90)


def test_answers_stay_on_record(beside, told, sealed, asked, in_lane) -> None:
    told(an_access())
    sealed()
    asked()
    with in_lane() as work:
        (answer,) = work.session.scalars(select(WitnessAnswer))
        assert (answer.size, answer.witness, answer.outcome) == (1, "w1", "cosigned")
        assert answer.line.startswith("\u2014 openicm.local/witness ")


@pytest.mark.parametrize(
    "line",
    [
        "witness w x http://127.0.0.1:1",
        f"witness w {key_line('w.example', bytes(32))} http://127.0.0.1:1",
        f"witness w {key_line('w.example', bytes(32), kind=4)} ftp://127.0.0.1",
        f"witness w {key_line('w.example', bytes(32), kind=4).replace('+', '+0', 1)} http://127.0.0.1",
    ],
)
def test_a_policy_that_names_no_witness_rightly_is_refused(tmp_path, monkeypatch, line: str) -> None:
    policy = tmp_path / "policy"
    policy.write_text(line + "\n")
    monkeypatch.setenv("ICM_AUDIT_POLICY_FILE", str(policy))
    with pytest.raises(SettingsRefused):
        known_witnesses()
    monkeypatch.setenv("ICM_AUDIT_POLICY_FILE", str(tmp_path / "missing"))
    with pytest.raises(SettingsRefused):
        known_witnesses()
