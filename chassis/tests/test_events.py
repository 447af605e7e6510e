"""What crosses the bus is CloudEvents 1.0, as the project's own library reads it (OP-4)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import orjson
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from chassis.events import Event, Undecodable, decode, encode
from chassis.events import event as happened

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def an_event() -> Event:
    return happened("cases.case.opened.v1", subject=uuid4(), data={"case_id": uuid4()})


def test_the_library_of_cloudevents_reads_our_envelope() -> None:
    told = an_event()
    body = encode(told, source="cases", version=3, traceparent=TRACEPARENT)

    read = JSONFormat().read(CloudEvent, body)

    assert (read.get_id(), read.get_specversion()) == (str(told.id), "1.0")
    assert (read.get_source(), read.get_type()) == ("/services/cases", "org.openicm.cases.case.opened.v1")
    assert (read.get_subject(), read.get_time()) == (told.subject, told.time)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("subjectversion") == 3
    assert read.get_extension("traceparent") == TRACEPARENT
    assert read.get_data() == told.data


@pytest.mark.parametrize("version", [None, 1, 2**40])
def test_what_was_encoded_comes_back(version: int | None) -> None:
    told = an_event()
    got = decode(encode(told, source="cases", version=version, traceparent=None))
    assert (got.id, got.key, got.source, got.subject) == (told.id, told.key, "cases", told.subject)
    assert (got.version, got.time, got.data) == (version, told.time, told.data)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"specversion": "0.3"},
        {"type": "com.example.cases.case.opened.v1"},
        {"id": "7"},
        {"time": "yesterday"},
        {"time": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None).isoformat()},
        {"data": "text"},
        {"subjectversion": "many"},
        {"source": "/services/consent"},
        {"source": "cases"},
        {"source": None},
        {"source": "/services/cases/../consent"},
    ],
)
def test_what_is_no_event_of_the_house_is_undecodable(spoiled: dict[str, object]) -> None:
    whole = orjson.loads(encode(an_event(), source="cases", version=1, traceparent=None))
    with pytest.raises(Undecodable):
        decode(orjson.dumps({**whole, **spoiled}))


@given(st.binary(max_size=200))
def test_no_bytes_whatever_do_more_than_be_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(body)
