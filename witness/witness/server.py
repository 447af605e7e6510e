"""The witness over HTTP: submissions of logs, reading for auditors, signs of life."""

from __future__ import annotations

import json
import sys
import time
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from witness.protocol import TEXT, Answer, Witness

LARGEST_BODY = 32 * 1024
PATIENCE_S = 10.0


class Server(ThreadingHTTPServer):
    """Serves one witness until `shutdown`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, witness: Witness, *, host: str, port: int) -> None:
        self.witness = witness
        self.answered: dict[int, int] = {}
        super().__init__((host, port), Requests)

    def count(self, status: int) -> None:
        """One more submission was answered so."""
        self.answered[status] = self.answered.get(status, 0) + 1


class Requests(BaseHTTPRequestHandler):
    """One connection; several requests may come on it."""

    protocol_version = "HTTP/1.1"
    server_version = "icm-witness"
    sys_version = ""
    timeout = PATIENCE_S
    server: Server

    def do_POST(self) -> None:
        """`add-checkpoint`."""
        length = self.headers.get("Content-Length") or ""
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._answer(Answer(413, "send a body of at most 32 kilobytes and its length\n"))
            return
        body = self.rfile.read(int(length))
        if self.path != "/add-checkpoint":
            self._answer(Answer(404, "there is no such call\n"))
            return
        try:
            told = self.server.witness.add_checkpoint(body.decode())
        except UnicodeDecodeError:
            told = Answer(400, "not UTF-8\n")
        self.server.count(told.status)
        self._answer(told)

    def do_GET(self) -> None:
        """Signs of life, figures, and the largest checkpoint that was cosigned of each log."""
        if self.path in ("/livez", "/readyz"):
            self._answer(
                Answer(200, json.dumps({"service": "witness", "ready": True}) + "\n", "application/json")
            )
        elif self.path == "/metrics":
            self._answer(Answer(200, self._figures(), "text/plain; version=0.0.4; charset=utf-8"))
        elif self.path.startswith("/logs/") and self.path.endswith("/checkpoint"):
            self._answer(self._checkpoint(self.path.removeprefix("/logs/").removesuffix("/checkpoint")))
        else:
            self._answer(Answer(404, "there is no such page\n"))

    def _checkpoint(self, named: str) -> Answer:
        """The newest checkpoint of the log whose origin has this SHA-256, in hexadecimal."""
        for origin in {key.origin for key in self.server.witness.log_keys()}:
            if sha256(origin.encode()).hexdigest() == named:
                note = self.server.witness.latest(origin)
                return Answer(200, note, TEXT) if note else Answer(404, "nothing cosigned yet\n")
        return Answer(404, "this log is not known here\n")

    def _figures(self) -> str:
        lines = ["# TYPE icm_witness_answers_total counter"]
        lines += [
            f'icm_witness_answers_total{{code="{status}"}} {count}'
            for status, count in sorted(self.server.answered.items())
        ]
        lines.append("# TYPE icm_witness_refusals gauge")
        lines.append(f"icm_witness_refusals {len(self.server.witness.store.refusals())}")
        return "\n".join(lines) + "\n"

    def _answer(self, told: Answer) -> None:
        body = told.body.encode()
        self.send_response(told.status, HTTPStatus(told.status).phrase)
        self.send_header("Content-Type", told.kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """One line of JSON for each request; nothing in it is about anybody."""
        line = {"at": round(time.time(), 3), "service": "witness", "event": format % arguments}
        sys.stderr.write(json.dumps(line) + "\n")
