"""Files as they really come: parts twice, gaps, wrong encodings, broken quotes, long rows, crashes (IN-9)."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from intake.directory.model import Involvement
from intake.uploads.model import Upload, UploadPart
from intake.uploads.progress import tidy_uploads, work_on_uploads
from services.intake.tests.front_desk import good, refused
from services.intake.tests.upload_desk import COLUMNS, Sender, about, counts, csv_of, named

BORN = "2010-06-01"


@pytest.fixture
def feed(desk, in_lane, consent_is_current):
    consent_is_current()
    desk.agency("youth-service")
    return Sender(desk=desk, in_lane=in_lane)


@pytest.fixture
def girl(desk):
    return desk.girl()


def header_of(answer):
    return [(each["pointer"], each["rule"]) for each in answer.body["errors"]]


# -- parts


def test_a_client_that_lost_its_way_finds_the_upload_and_its_parts_again(feed, girl):
    content = csv_of(*(about(girl, reference=f"r-{n}") for n in range(50)))
    upload = good(feed.declare(content))
    good(feed.part(upload, 2, content[1000:2000]))
    again = good(feed.declare(content))
    assert again["id"] == upload["id"]
    assert [each["number"] for each in again["parts"]] == [2]
    assert again["received"] == 1000


def test_a_part_sent_again_is_harmless_and_another_one_under_its_number_refused(feed, girl):
    content = csv_of(about(girl))
    upload = good(feed.declare(content))
    assert good(feed.part(upload, 1, content)) == good(feed.part(upload, 1, content))
    assert refused(feed.part(upload, 1, content + b"x")) == "part_differs"
    good(feed.complete(upload))
    assert good(feed.part(upload, 1, content))["size"] == len(content)
    assert refused(feed.part(upload, 2, content)) == "upload_closed"


def test_an_upload_is_complete_when_its_parts_have_no_gap_and_the_declared_size(feed, girl):
    content = csv_of(about(girl))
    upload = good(feed.declare(content))
    assert refused(feed.complete(upload)) == "upload_incomplete"
    good(feed.part(upload, 1, content[:-9]))
    assert refused(feed.complete(upload)) == "upload_incomplete"
    good(feed.part(upload, 3, content[-9:]))
    assert refused(feed.complete(upload)) == "upload_incomplete"
    assert refused(feed.part(upload, 2, b"more")) == "more_than_declared"


def test_completed_twice_it_is_applied_once(feed, girl):
    upload = feed.received(csv_of(about(girl)))
    again = good(feed.complete(upload))
    assert again["completed_at"] == upload["completed_at"]
    feed.work()
    assert good(feed.complete(upload))["state"] == "done"
    assert counts(feed.read(upload)) == {"applied": 1}


def test_a_file_that_is_not_what_was_declared_is_not_applied(desk, feed, girl):
    upload = feed.sent(csv_of(about(girl)), sha256=hashlib.sha256(b"another").hexdigest())
    assert (upload["state"], upload["because"], upload["checked"]) == ("refused", "checksum", 0)
    assert desk.entry(girl)["involvements"] == []


def test_a_cancelled_upload_takes_nothing_more(feed, girl):
    content = csv_of(*(about(girl, reference=f"r-{n}") for n in range(3)))
    upload = feed.received(content)
    cancelled = good(feed.call("cancel_upload", {"upload_id": upload["id"]}))
    assert (cancelled["state"], cancelled["because"]) == ("cancelled", "by_the_sender")
    feed.work(batches=2)
    assert counts(feed.read(upload)) == {}
    assert refused(feed.complete(upload)) == "upload_closed"
    assert good(feed.call("cancel_upload", {"upload_id": upload["id"]}))["state"] == "cancelled"


def test_an_upload_that_nobody_finishes_expires_and_its_results_are_forgotten_in_time(
    feed, girl, in_lane, clock
):
    content = csv_of(about(girl))
    upload = good(feed.declare(content))
    good(feed.part(upload, 1, content[:50] + content[50:]))
    clock.advance(days=6, hours=23)
    assert tidied(in_lane) == 0
    clock.advance(hours=2)
    assert tidied(in_lane) == 1
    assert feed.read(upload)["state"] == "expired"
    with in_lane() as work:
        kept = work.session.scalars(select(UploadPart.content).where(UploadPart.upload_id == upload["id"]))
        assert kept.all() == [None]
    clock.advance(days=90)
    assert tidied(in_lane) == 1
    assert refused(feed.call("read_upload", {"upload_id": upload["id"]})) == "not_found"


def tidied(in_lane):
    with in_lane() as work:
        return tidy_uploads(work)


def test_limits_of_the_accreditation_hold(desk, feed, girl):
    desk.accredit("youth-service", most_rows=2, most_open_uploads=2)
    assert refused(feed.declare(csv_of(), rows=3)) == "too_many_rows"
    for name in (b"a", b"b"):
        good(feed.declare(name))
    assert refused(feed.declare(b"c")) == "too_many_uploads"


def test_rows_beyond_the_limit_are_refused_whatever_was_declared(desk, feed, girl):
    desk.accredit("youth-service", most_rows=2)
    upload = feed.sent(csv_of(*(about(girl, reference=f"r-{n}") for n in range(3))), rows=1)
    assert counts(upload) == {"applied": 2, "refused": 1}
    assert feed.faults(upload) == [(3, None, "row_limit")]


# -- the header


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"reference,organisation,since\n", [("/header/person_id", "column_missing")]),
        (b"organisation,since,person_id\n", [("/header/reference", "column_missing")]),
        (b"reference,organisation,since,person_id,since\n", [("/header/since", "column_twice")]),
        (b"reference,organisation,since,person_id,shoes\n", [("/header/column 5", "unknown_column")]),
        ("reference,organisation,since,person_id\n".encode("utf-16"), [("/header", "encoding")]),
        ("reference,organisation,since,person_id\n".encode("utf-16-le"), [("/header", "encoding")]),
        ("r\xe9f\xe9rence,since\n".encode("latin-1"), [("/header", "encoding")]),
        (b"\xef\xbb\xbf", [("/header", "header_missing")]),
        (b"\n\r\n\n", [("/header", "header_missing")]),
        (b'"reference,organisation\nsince', [("/header", "quotes")]),
        (b"x" * 70_000, [("/header", "row_too_long")]),
    ],
)
def test_columns_that_cannot_be_read_are_refused_with_the_first_part(feed, content, told):
    upload = good(feed.declare(content))
    assert header_of(feed.part(upload, 1, content)) == told
    assert feed.read(upload)["parts"] == []


def test_a_file_without_a_header_does_not_get_its_first_row_told_back(feed):
    content = b"Hana,Ito,2010-06-01\n"
    answer = feed.part(good(feed.declare(content)), 1, content)
    assert "Hana" not in str(answer.body) and "Ito" not in str(answer.body)


def test_columns_stand_in_any_order_behind_a_byte_order_mark_with_any_line_ends(desk, feed, girl):
    columns = list(reversed(COLUMNS))
    content = b"\xef\xbb\xbf" + csv_of(about(girl), columns=columns).replace(b"\n", b"\r\n")
    assert counts(feed.sent(content)) == {"applied": 1}


def test_a_file_with_a_header_only_is_done_at_once(feed):
    upload = feed.sent(csv_of())
    assert (upload["state"], upload["checked"], counts(upload)) == ("done", 0, {})


def test_an_empty_file_is_refused_when_it_is_declared(feed):
    answer = feed.declare(b"")
    assert [(each["pointer"], each["rule"]) for each in answer.body["errors"]] == [("/size", "range")]


# -- rows as bytes


def test_rows_that_cannot_be_read_are_named_and_the_rows_around_them_applied(desk, feed, girl):
    def row(reference, **told):
        return csv_of(about(girl, reference=reference, **told)).splitlines(keepends=True)[1]

    lines = [
        csv_of().splitlines(keepends=True)[0],
        row("r-1"),
        row("r-2").replace(b"\n", b",\n"),
        row("r-3", role="caf\xe9").decode("utf-8").encode("latin-1"),
        row("r-4").replace(b"r-4", b"r\x00"),
        row("r-5").replace(b"r-5", b'"r-5'),
        row("r-6").replace(b"r-6", b"r" + b"6" * 70_000),
        b"\n",
        row("r-7").replace(b"r-7", b'"r-""7"""'),
        row("r-8").replace(b"youth-service", b'"youth-service"'),
        row("r-9").replace(b"\n", b"\r\r\n"),
        row("r-10").removesuffix(b"\n"),
    ]
    upload = feed.sent(b"".join(lines), parts=3)
    assert feed.faults(upload) == [
        (2, None, "ragged"),
        (3, None, "encoding"),
        (4, None, "nul"),
        (5, None, "quotes"),
        (6, None, "row_too_long"),
        (9, None, "line_end"),
    ]
    assert counts(upload) == {"applied": 4, "refused": 6}
    assert [each["line"] for each in feed.results(upload)] == [2, 3, 4, 5, 6, 7, 9, 10, 11, 12]


def test_quotes_with_new_lines_across_the_border_of_two_parts_are_one_row(feed, girl):
    content = csv_of(about(girl, reference="r-1", role='"a\nb"'), about(girl, reference="r-2"))
    border = content.index(b"a\nb") + 1
    upload = good(feed.declare(content))
    good(feed.part(upload, 1, content[:border]))
    good(feed.part(upload, 2, content[border:]))
    good(feed.complete(upload))
    feed.work()
    assert feed.faults(upload) == [(1, "role", "code")]
    assert [(each["row"], each["line"]) for each in feed.results(upload)] == [(1, 2), (2, 4)]


def test_a_row_longer_than_a_whole_part_is_skipped_to_its_end(feed, girl):
    rows = csv_of(about(girl, reference="r-1"), about(girl, reference="r-2")).splitlines(keepends=True)
    content = rows[0] + b"x" * 1_500_000 + b"\n" + rows[2]
    upload = feed.sent(content, parts=2)
    assert feed.faults(upload) == [(1, None, "row_too_long")]
    assert counts(upload) == {"applied": 1, "refused": 1}


@pytest.mark.parametrize(
    ("field", "rule"), [("x" * 301, "length"), ("a\u0007b", "characters"), ("\ue000", "characters")]
)
def test_a_name_that_is_none_is_refused(feed, field, rule):
    upload = feed.sent(csv_of(named(field, "Ito", BORN)))
    assert feed.faults(upload) == [(1, "given_name", rule)]


# -- crashes, company, results


def test_killed_in_the_middle_of_a_batch_it_goes_on_where_it_was(feed, girl, in_lane):
    rows = [about(girl, reference=f"r-{n}") for n in range(2_500)]
    upload = feed.received(csv_of(*rows), parts=4)
    for _ in range(6):
        with pytest.raises(RuntimeError, match="power"), in_lane() as work:
            work_on_uploads(work)
            raise RuntimeError("power")
        feed.work(batches=1)
    assert counts(feed.read(upload)) == {"applied": 2_500}
    assert [each["row"] for each in feed.results(upload)] == list(range(1, 2_501))
    with in_lane() as work:
        assert work.session.scalar(select(func.count()).select_from(Involvement)) == 2_500


@pytest.fixture
def unforeseen(database):
    """A rule of the database that nobody told the upload of."""
    with database.owner.begin() as connection:
        rule = "ALTER TABLE involvements ADD CONSTRAINT unforeseen CHECK (role <> 'unforeseen')"
        connection.execute(text(rule))
    yield
    with database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE involvements DROP CONSTRAINT unforeseen"))


def test_a_row_that_breaks_what_nobody_foresaw_holds_up_nobody(feed, girl, unforeseen):
    rows = [about(girl, reference=f"r-{n}") for n in range(30)]
    rows[17] = about(girl, reference="r-17", role="unforeseen")
    bad, other = feed.received(csv_of(*rows)), feed.received(csv_of(about(girl, reference="other")))
    feed.work()
    assert counts(feed.read(bad)) == {"applied": 29, "refused": 1}
    assert feed.faults(bad) == [(18, None, "not_applied")]
    assert counts(feed.read(other)) == {"applied": 1}


def test_two_uploads_take_turns(feed, girl, in_lane, clock):
    contents = [csv_of(*(about(girl, reference=f"{f}-{n}") for n in range(3_000))) for f in ("a", "b")]
    one, other = (feed.received(content) for content in contents)
    for _ in range(4):
        clock.advance(seconds=1)
        feed.work(batches=1)
    assert [feed.read(each)["checked"] for each in (one, other)] == [1_000, 1_000]
    feed.work()
    assert [counts(feed.read(each)) for each in (one, other)] == [{"applied": 3_000}] * 2


def test_progress_is_told_while_it_works(feed, girl, clock):
    upload = feed.received(csv_of(*(about(girl, reference=f"r-{n}") for n in range(2_500))))
    feed.work(batches=1)
    clock.advance(seconds=2)
    feed.work(batches=1)
    told = feed.read(upload)
    assert (told["state"], told["checked"], told["remaining"]) == ("applying", 1_000, 1_500)
    assert told["rows_per_second"] == 500


def test_memory_stays_flat_because_what_is_done_is_dropped(feed, girl, in_lane):
    upload = feed.received(csv_of(*(about(girl, reference=f"r-{n}") for n in range(5_000))), parts=5)
    feed.work(batches=3)
    with in_lane() as work:
        upload_row = work.session.get(Upload, upload["id"])
        kept = select(func.count()).where(
            UploadPart.upload_id == upload["id"], UploadPart.content.is_not(None)
        )
        assert upload_row.read_up_to > 0
        assert work.session.scalar(kept) < 5


def test_results_as_a_file_hold_numbers_and_our_codes_only(feed, girl):
    formula = '=HYPERLINK("https://example.org","x")'
    rows = [
        about(girl, reference="r-1"),
        {**named(formula.replace('"', "").replace(",", ";"), "Ito", BORN, reference="r-2")},
        about(girl, reference="=1+1", since="never", until="@never"),
    ]
    upload = feed.sent(csv_of(*rows))
    page = good(feed.call("export_upload_rows", {"upload_id": upload["id"]}))
    assert page["lines"] == [
        "row,line,outcome,column,rule",
        "1,2,applied,,",
        "2,3,unmatched,,",
        "3,4,refused,since,date",
        "3,4,refused,until,date",
    ]
    assert page["next"] is None


def test_results_are_filtered_by_outcome(feed, girl):
    upload = feed.sent(csv_of(about(girl), about(girl, reference="r-2", since="no")))
    assert [each["row"] for each in feed.results(upload, outcome="refused")] == [2]
    answer = feed.call("list_upload_rows", {"upload_id": upload["id"], "cursor": "-1"})
    assert answer.body["errors"][0]["rule"] == "cursor"


def test_the_file_of_an_earlier_year_cannot_outlive_its_accreditation(desk, feed, girl, clock):
    upload = feed.received(csv_of(about(girl)))
    clock.advance(**{"days": timedelta(days=800).days})
    feed.work(batches=1)
    desk.accredit("youth-service", valid_until="2030-01-01")
    assert feed.read(upload)["because"] == "not_accredited"
