"""Rows come out of bytes as they went in, wherever the file is cut, and nothing makes the reading fail (IN-9)."""

from __future__ import annotations

import csv
import io
from threading import Barrier, Thread
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import func, select

from intake.directory.model import Involvement
from intake.uploads.progress import work_on_uploads
from intake.uploads.records import LONGEST_ROW, HeaderRefused, header, records
from services.intake.tests.front_desk import good
from services.intake.tests.upload_desk import Sender, about, counts, csv_of

FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)
ROWS = st.lists(st.lists(FIELDS, min_size=2, max_size=4), min_size=1, max_size=12)


def read_in_pieces(content: bytes, *, piece: int) -> list:
    """Every row of a file that is read a piece at a time, as the service does."""
    found, at = [], 0
    while at < len(content):
        here = content[at : at + piece]
        before = at
        for record in records(here, last=at + len(here) == len(content)):
            at += record.size
            found.append(record)
        assert at > before, "a piece longer than the longest row always holds one"
    return found


@given(rows=ROWS, piece=st.integers(min_value=1000, max_value=2000), ends=st.sampled_from(("\n", "\r\n")))
@example(rows=[["a\nb", 'c"d'], ["", ""]], piece=1000, ends="\r\n")
def test_what_a_csv_writer_wrote_is_read_again(rows, piece, ends):
    written = io.StringIO()
    csv.writer(written, lineterminator=ends, quoting=csv.QUOTE_ALL).writerows(rows)
    content = written.getvalue().encode()
    found = read_in_pieces(content, piece=piece)
    assert [record.fields for record in found] == rows
    assert sum(record.size for record in found) == len(content)
    assert sum(record.lines for record in found) == content.count(b"\n")


@given(content=st.binary(max_size=400), cut=st.integers(min_value=0, max_value=400))
@example(content=b'"a\n"b"\n', cut=3)
@example(content=b'"\n\n\n', cut=1)
def test_no_bytes_make_the_reading_fail_or_lose_its_place(content, cut):
    whole = list(records(content, last=True))
    assert sum(record.size for record in whole) == len(content)
    assert all(record.fields is None or record.fault is None for record in whole)
    first = list(records(content[:cut], last=False))
    assert first == whole[: len(first)]


@given(content=st.binary(max_size=200))
def test_a_header_is_read_or_refused_and_nothing_else(content):
    try:
        names, size, lines = header(content, last=True)
    except HeaderRefused as refused:
        assert refused.fault in ("encoding", "quotes", "line_end", "header_missing", "row_too_long")
    else:
        assert names and 0 < size <= len(content) and lines >= 1


def test_an_open_quote_takes_one_line_and_not_the_rest_of_the_file():
    content = b'a,b\n"c,d\n' + b"e,f\n" * 30_000
    found = list(records(content, last=True))
    assert found[1].fault == "quotes"
    assert len(found) == 30_002
    assert len(content) > LONGEST_ROW


# -- several at once


@pytest.fixture
def feed(desk, in_lane):
    desk.agency("youth-service")
    return Sender(desk=desk, in_lane=in_lane)


def all_at_once(*steps):
    """Run the steps in threads that begin together; what each raised."""
    barrier, raised = Barrier(len(steps)), []

    def run(step):
        barrier.wait()
        try:
            step()
        except Exception as fault:
            raised.append(fault)

    threads = [Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_workers_on_two_uploads_apply_every_row_once(desk, feed, in_lane):
    girl = desk.girl()
    rows = [[about(girl, reference=f"{file}-{n}") for n in range(2_300)] for file in "ab"]
    uploads = [feed.received(csv_of(*each)) for each in rows]

    def work():
        for _ in range(12):
            with in_lane() as lane:
                work_on_uploads(lane)

    assert all_at_once(work, work) == []
    assert [counts(feed.read(each)) for each in uploads] == [{"applied": 2_300}] * 2
    with in_lane() as lane:
        of_her = (
            select(func.count()).select_from(Involvement).where(Involvement.person_id == UUID(girl["id"]))
        )
        assert lane.session.scalar(of_her) == 4_600


def test_one_file_declared_and_completed_by_two_at_once_is_one_upload(feed, desk):
    content = csv_of(about(desk.girl()))
    answers = []
    all_at_once(*(lambda: answers.append(feed.declare(content)),) * 3)
    assert {answer.status for answer in answers} <= {200, 409}
    upload = good(feed.declare(content))
    all_at_once(*(lambda: answers.append(feed.part(upload, 1, content)),) * 3)
    all_at_once(*(lambda: answers.append(feed.complete(upload)),) * 3)
    assert {answer.status for answer in answers} <= {200, 409}
    feed.work()
    assert counts(feed.read(upload)) == {"applied": 1}
    assert len(good(feed.call("list_uploads", {}))["items"]) == 1
