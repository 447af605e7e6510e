"""`icm-witness` as it runs: a process of its own, which may be killed at any moment (AU-4)."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from witness.notes import vkey


class Running:
    """A witness process, started again after it was killed."""

    def __init__(self, folder: Path, log: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.policy = folder / "audit.policy"
        self.policy.write_text(
            f"# keys of the log\nlog {vkey(log.origin, 1, log.public.public)}\nquorum none\n"
        )
        self.environment = {
            **os.environ,
            "ICM_WITNESS_KEY_FILE": str(folder / "witness.pem"),
            "ICM_WITNESS_STORE": str(folder / "store.sqlite"),
            "ICM_WITNESS_POLICY_FILE": str(self.policy),
            "ICM_WITNESS_PORT": str(self.port),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "witness"]
        self.process = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        ends = time.monotonic() + 20
        while self.asked("GET", "/readyz")[0] != 200:
            assert time.monotonic() < ends, "the witness does not answer"
            time.sleep(0.02)

    def kill(self, number: int = signal.SIGKILL) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=10)

    def asked(self, method: str, path: str, body: str | bytes = "") -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()


@pytest.fixture
def running(tmp_path: Path, log) -> Iterator[Running]:
    made = Running(tmp_path, log)
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


@pytest.fixture
def submit(running: Running, log) -> Callable[[int, int], tuple[int, str]]:
    return lambda old, size: running.asked("POST", "/add-checkpoint", log.body(old, size))


def test_it_makes_a_key_that_only_its_owner_can_read_and_keeps_it(running: Running) -> None:
    key = Path(running.environment["ICM_WITNESS_KEY_FILE"])
    assert key.stat().st_mode & 0o777 == 0o600
    command = [sys.executable, "-m", "witness", "key"]
    told = [
        subprocess.run(command, env=running.environment, capture_output=True, check=True).stdout for _ in "12"
    ]
    assert told[0] == told[1] and told[0].startswith(b"openicm.local/witness+")


def test_what_it_has_cosigned_it_knows_after_every_kill(running: Running, submit, log) -> None:
    """A cosignature that left is never forgotten: the witness knows at least what the log was given."""
    dice, known = random.Random(6), 0
    for _ in range(6):
        ends = time.monotonic() + dice.uniform(0.0, 0.25)
        given = known
        while time.monotonic() < ends and given < 69:
            status, _ = submit(given, given + 1)
            assert status == 200
            given += 1
        running.kill()
        running.start()
        status, said = submit(0, 70)
        known = int(said) if status == 409 else 0
        assert known >= given, "a cosignature left that the witness does not know of"
        fork = log.fork(max(0, known - 1))
        assert known == 0 or running.asked("POST", "/add-checkpoint", fork.body(known, known))[0] == 422


def test_a_kill_in_the_middle_of_an_answer_leaves_one_truth(running: Running, log) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as wire:
        body = log.body(0, 9).encode()
        wire.sendall(
            b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        running.kill()
    running.start()
    known = running.asked("POST", "/add-checkpoint", log.body(1, 9))[1].strip()
    assert known in ("0", "9")
    fork = log.fork(3)
    answer = running.asked("POST", "/add-checkpoint", fork.body(int(known), 9))
    assert answer[0] == (200 if known == "0" else 422)


def test_two_submissions_at_once_never_roll_back(running: Running, log) -> None:
    from concurrent.futures import ThreadPoolExecutor

    running.asked("POST", "/add-checkpoint", log.body(0, 5))
    with ThreadPoolExecutor(8) as pool:
        sizes = [6, 40, 12, 33, 8, 50, 7, 21]
        answers = list(
            pool.map(lambda size: running.asked("POST", "/add-checkpoint", log.body(5, size))[0], sizes)
        )
    assert answers.count(200) == 1, "all but one come with an old size that is no longer true"
    status, said = running.asked("POST", "/add-checkpoint", log.body(0, 60))
    assert (status, int(said)) == (409, sizes[answers.index(200)])


def test_auditors_read_the_largest_checkpoint_with_its_cosignature(running: Running, submit, log) -> None:
    place = f"/logs/{sha256(log.origin.encode()).hexdigest()}/checkpoint"
    assert running.asked("GET", place)[0] == 404
    _, line = submit(0, 7)
    assert running.asked("GET", place) == (200, log.note(7) + line)
    assert running.asked("GET", "/logs/0/checkpoint")[0] == 404


def test_a_new_key_of_the_log_is_known_without_a_restart(running: Running, log, another) -> None:
    other = another(origin=log.origin)
    assert running.asked("POST", "/add-checkpoint", other.body(0, 2))[0] == 403
    keys = "".join(f"log {vkey(each.origin, 1, each.public.public)}\n" for each in (log, other))
    running.policy.write_text(keys + "quorum none\n")
    assert running.asked("POST", "/add-checkpoint", other.body(0, 2))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/add-checkpoint", b"\xff\xfe", 400),
        ("POST", "/add-checkpoint", b"x" * 40_000, 413),
        ("POST", "/elsewhere", b"", 404),
        ("GET", "/elsewhere", b"", 404),
        ("DELETE", "/add-checkpoint", b"", 501),
    ],
)
def test_nonsense_is_answered_and_hurts_nothing(running: Running, method, path, body, status) -> None:
    assert running.asked(method, path, body)[0] in (status, 0)
    assert running.asked("GET", "/livez")[0] == 200


def test_it_stops_when_asked_and_tells_what_it_did(running: Running, submit) -> None:
    submit(0, 3)
    assert 'icm_witness_answers_total{code="200"} 1' in running.asked("GET", "/metrics")[1]
    assert running.kill(signal.SIGTERM) == 0
