"""Doors that answer with what they were asked, run as a program of its own: the far side of the gateway's tests.

They stand for `intake`, `cases`, `consent` and `audit`; nobody stands for `portal`, which is therefore down. What a
door does is chosen by the first digits of the record's identifier: see `_BEHAVIOUR`. The audit doors keep entries in
memory; each call of intake's `record_person` appends one and tells the stream `icm.audit`. One whose idempotency key
begins with `wide` is of a hundred thousand letters; one that begins with `removes:` removes the sign-in that it names
instead, as that of `removed` is from the beginning.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import base64  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402
from typing import Any  # noqa: E402

import amqp  # noqa: E402
import orjson  # noqa: E402

from audit.entries.schemas import ExportEntries, FollowEntries  # noqa: E402
from audit.log.schemas import ReadCheckpoint  # noqa: E402
from audit.reports.schemas import ReportExportAsked  # noqa: E402
from chassis.errors import (  # noqa: E402
    AccessDenied,
    Malformed,
    NotFound,
    RuleBroken,
    SignInRemoved,
    StaleVersion,
    Unauthenticated,
    invalid,
)
from chassis.frames import address  # noqa: E402
from chassis.rpc import Call, DoorServer, Reply  # noqa: E402
from chassis.schemas import Schema  # noqa: E402

ETAG = '"3.0f1e2d3c"'
SERVICES = ("intake", "cases", "consent", "audit")


class ReferralClosed(RuleBroken):
    code = "referral_closed"
    title = "The referral has ended"


_BEHAVIOUR: dict[str, Any] = {
    "00000404": NotFound(),
    "00000403": AccessDenied(),
    "00000409": ReferralClosed(),
    "00000500": RuntimeError("a name that must not be told"),
}
# What the gateway makes up itself must have the shape of the real doors.
_SHAPES: dict[str, type[Schema]] = {
    "follow_entries": FollowEntries,
    "export_entries": ExportEntries,
    "export_report": ReportExportAsked,
    "read_checkpoint": ReadCheckpoint,
}
_entries: list[dict[str, Any]] = []
_removed = {"removed"}
_WIDE = 100_000


def echo(call: Call) -> Reply:
    """The call itself as a view, or what its record's identifier asks for."""
    if call.door == "health":
        return Reply(body=b'{"service":"echo","state":"ok"}')
    if _subject(str(call.headers.get("token"))) in _removed:
        raise SignInRemoved()
    arguments = orjson.loads(call.body)
    if not isinstance(arguments, dict):
        raise Malformed()
    for value in arguments.values():
        wanted = _BEHAVIOUR.get(str(value)[:8])
        if wanted is not None:
            raise wanted
        if str(value).startswith("00000999"):
            eventlet.sleep(30)
    if call.headers.get("if_match") not in (None, ETAG):
        raise StaleVersion()
    if call.door == "record_person":
        said, _, sign_in = str(call.headers.get("idempotency_key")).partition(":")
        if said == "removes":
            _removed.add(sign_in)
        else:
            _append(wide=said.startswith("wide"))
    if call.door in _SHAPES:
        arguments = _SHAPES[call.door]().taken(arguments)
    if call.door == "follow_entries":
        return Reply(body=orjson.dumps(_follow(call, arguments)))
    if call.door in ("export_entries", "export_report"):
        return Reply(body=orjson.dumps(_export(arguments)))
    if call.door == "read_checkpoint":
        return Reply(body=orjson.dumps({"note": "origin\n1\nroot\n\n— signed\n"}))
    told = {name: value for name, value in call.headers.items() if name != "token"}
    view = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, call.door)),
        "version": 3,
        "withheld": [],
        "door": call.door,
        "arguments": arguments,
        "headers": told,
        "token": bool(call.headers.get("token")),
    }
    if call.door.startswith("list_"):
        page = {"items": [view], "next_cursor": None if arguments.get("cursor") else "abc+/="}
        return Reply(body=orjson.dumps(page))
    return Reply(body=orjson.dumps(view), etag=ETAG)


def _subject(token: str) -> str:
    """Whose token it is, unverified: nobody is let in by it here."""
    claims = f"{token}..".split(".")[1]
    return str(orjson.loads(base64.urlsafe_b64decode(claims + "==") or b"{}").get("sub"))


def _append(*, wide: bool) -> None:
    words = {"action": "write", **({"width": "x" * _WIDE} if wide else {})}
    _entries.append({"position": len(_entries), "leaf": "AA==", "entry": words})
    told = amqp.Message(orjson.dumps({"position": len(_entries) - 1}), delivery_mode=2)
    _news.basic_publish(told, exchange="icm.audit", routing_key="entry")


def _follow(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    if call.headers.get("purpose") == "emergency":
        raise Unauthenticated("The access token has expired.")
    if arguments["opening"] and (arguments["after"] or -1) >= len(_entries):
        raise invalid("query/after", "range", "The log ends before.")
    after = arguments["after"] if arguments["after"] is not None else len(_entries) - 1
    items = _entries[after + 1 : after + 1 + arguments["limit"]]
    return {
        "items": items,
        "after": items[-1]["position"] if items else after,
        "size": len(_entries),
        "checkpoint": "note" if items else None,
        "apart": [
            place for place, each in enumerate(arguments["beside"]) if _subject(each["token"]) in _removed
        ],
    }


def _export(arguments: dict[str, Any]) -> dict[str, Any]:
    if arguments["first"]:
        return {"lines": [{"header": 1}, {"position": 0}], "next": 1, "size": 2}
    return {"lines": [{"position": arguments["start"]}, {"footer": 1}], "next": None, "size": 2}


def main(amqp_url: str) -> None:
    """Serve until the process is ended."""
    global _news
    where = address(amqp_url)
    connection = amqp.Connection(
        f"{where.host}:{where.port}", userid=where.user, password=where.password, virtual_host=where.vhost
    )
    connection.connect()
    _news = connection.channel()
    servers = [DoorServer(amqp_url=amqp_url, service=service, handle=echo) for service in SERVICES]
    for server in servers:
        server.start()
    while not all(server.ready for server in servers):
        eventlet.sleep(0.02)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        eventlet.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
