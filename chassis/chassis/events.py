"""Events as the house knows them, and CloudEvents 1.0 as they cross the wire.

An event carries ids, codes and times, never names or free text (rule 4). Events of one subject are applied in order
and once; an unordered event (an access entry) is applied once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from chassis import moment
from chassis.ids import new_id

TYPE_PREFIX = "org.openicm."
SOURCE_PREFIX = "/services/"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that has happened, to be published when its transaction commits.

    `key` is `<service>.<subject>.<past tense>.v<major>`; `data` keeps the contract in contracts/events/<key>.yaml.
    """

    key: str
    subject: str
    data: dict[str, Any]
    id: UUID = field(default_factory=new_id)
    time: datetime = field(default_factory=moment.now)
    ordered: bool = True


@dataclass(frozen=True, kw_only=True)
class Received:
    """An event as a consumer got it. `version` counts the events of its subject; None where no order is kept."""

    id: UUID
    key: str
    source: str
    subject: str
    version: int | None
    time: datetime
    data: dict[str, Any]
    traceparent: str | None = None


class Undecodable(ValueError):
    """The message is not an event of this house."""


def unreadable(body: bytes, *, key: str) -> Received:
    """What is known of a message that is no event: under which key it came. The same bytes have the same id."""
    named = UUID(bytes=sha256(key.encode() + b"\0" + body).digest()[:16])
    source = key.split(".", 1)[0]
    return Received(
        id=named, key=key, source=source, subject=str(named), version=None, time=moment.now(), data={}
    )


def event(key: str, *, subject: UUID | str, data: dict[str, Any]) -> Event:
    """An event about a subject; ids, times and codes in `data` are made JSON-ready."""
    return Event(key=key, subject=str(subject), data=orjson.loads(orjson.dumps(data)))


def encode(happened: Event, *, source: str, version: int | None, traceparent: str | None) -> bytes:
    """The event in the structured JSON mode of CloudEvents 1.0, with `subjectversion` and `traceparent` extensions."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(happened.id),
        "source": f"{SOURCE_PREFIX}{source}",
        "type": TYPE_PREFIX + happened.key,
        "subject": happened.subject,
        "time": happened.time,
        "datacontenttype": "application/json",
        "data": happened.data,
    }
    if version is not None:
        envelope["subjectversion"] = version
    if traceparent is not None:
        envelope["traceparent"] = traceparent
    return orjson.dumps(envelope)


def decode(body: bytes) -> Received:
    """The event in a message body; raises Undecodable when it is not one.

    An event is of the service that the first word of its key names, and says so itself: the broker lets each user
    publish under its own first word only, so nobody counts the subjects of another (rule 6).
    """
    try:
        envelope = orjson.loads(body)
        version = envelope.get("subjectversion")
        if envelope["specversion"] != "1.0" or not envelope["type"].startswith(TYPE_PREFIX):
            raise Undecodable("not a CloudEvents 1.0 event of this house")
        if not isinstance(envelope["data"], dict):
            raise Undecodable("data is not an object")
        time = datetime.fromisoformat(envelope["time"])
        if time.tzinfo is None:
            raise Undecodable("time has no offset")
        key = envelope["type"].removeprefix(TYPE_PREFIX)
        source = key.split(".", 1)[0]
        if envelope["source"] != f"{SOURCE_PREFIX}{source}":
            raise Undecodable("the source is not the service that the key names")
        return Received(
            id=UUID(envelope["id"]),
            key=key,
            source=source,
            subject=str(envelope["subject"]),
            version=None if version is None else int(version),
            time=time,
            data=envelope["data"],
            traceparent=envelope.get("traceparent"),
        )
    except Undecodable:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Undecodable("the body is not a structured CloudEvents 1.0 event") from None
