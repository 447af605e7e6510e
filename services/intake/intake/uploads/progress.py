"""Working through uploads: one batch of one upload in one transaction, the longest untouched first (IN-9)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import structlog
from sqlalchemy import delete, literal, or_, select

from chassis.clocks import house_calendar
from chassis.database import run
from chassis.errors import ConsentNotCurrent
from chassis.work import Work
from intake.accreditation.model import Accreditation
from intake.uploads.actions import drop_content
from intake.uploads.applying import Row, apply
from intake.uploads.columns import Fault, as_row, told_by
from intake.uploads.model import Upload, UploadPart
from intake.uploads.records import header, records, skip_to_next_line

BATCH_ROWS = 1_000
FEWER = 10
PIECE = 256 * 1024
RESULTS_KEPT = timedelta(days=90)

log = structlog.get_logger(__name__)


def work_on_uploads(work: Work) -> int:
    """Take one batch of the upload that has waited longest, and say how many rows it had. A timer calls this.

    Rows, results and progress commit together: after a crash the next batch begins where the last one ended. Nothing
    more is applied once the accreditation has ended. An upload whose next row may hang on a consent waits, and says
    why, while nobody knows which consents stand; those about children go on (CO-8).
    """
    upload = work.session.scalars(
        select(Upload)
        .where(
            Upload.state.in_(("waiting", "applying")),
            or_(literal(work.consent_current), Upload.because.is_(None)),
        )
        .order_by(Upload.worked_at.nulls_first(), Upload.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if upload is None:
        return 0
    accreditation = _standing(work, system=upload.system)
    if accreditation is None:
        return _end(work, upload, state="refused", because="not_accredited")
    if upload.state == "waiting":
        return _begin(work, upload)
    return _take_a_batch(work, upload, accreditation)


def tidy_uploads(work: Work) -> int:
    """End uploads that nobody finished in time, and forget what became of rows long ago; say how many. A timer."""
    late = work.session.scalars(
        select(Upload)
        .where(Upload.state == "receiving", Upload.expires_at <= work.now)
        .order_by(Upload.id)
        .with_for_update(skip_locked=True)
    ).all()
    for upload in late:
        _end(work, upload, state="expired", because="not_finished_in_time")
    old = delete(Upload).where(Upload.ended_at <= work.now - RESULTS_KEPT)
    gone = work.session.execute(old.returning(Upload.id).execution_options(synchronize_session=False)).all()
    return len(late) + len(gone)


def _standing(work: Work, *, system: str) -> Accreditation | None:
    known = select(Accreditation).where(Accreditation.system == system).with_for_update(read=True)
    accreditation = work.session.scalar(known)
    today = house_calendar().day_of(work.now)
    return accreditation if accreditation is not None and accreditation.is_live(today=today) else None


def _begin(work: Work, upload: Upload) -> int:
    """The file is what was declared, and the first row is behind us."""
    upload.began_at = upload.worked_at = work.now
    digest = hashlib.sha256()
    for content in _contents(work, upload):
        digest.update(content)
    if digest.hexdigest() != upload.sha256:
        return _end(work, upload, state="refused", because="checksum")
    piece = _piece(work, upload)
    _, size, lines = header(piece, last=len(piece) == upload.size)
    upload.state, upload.read_up_to, upload.lines_read = "applying", size, lines
    return 0


def _take_a_batch(work: Work, upload: Upload, accreditation: Accreditation) -> int:
    """Apply the next rows; where that fails, all of it is taken back and fewer are tried next time.

    So a row that breaks what nobody foresaw is refused by itself in the end, and holds up neither the rows around it
    nor the uploads of others. In the same way the rows before one that waits for consent are applied.
    """
    most = max(1, BATCH_ROWS // FEWER**upload.failures)
    taken = 0
    try:
        with work.session.begin_nested():
            taken = _apply_next(work, upload, accreditation, most=most, refuse=False)
    except ConsentNotCurrent as unknown:
        work.session.refresh(upload)
        upload.because = unknown.code if most == 1 else None
        upload.failures = 0 if most == 1 else upload.failures + 1
    except Exception as fault:
        # The kind of fault only: a statement in a message would hold what the rows say.
        log.warning("upload_batch_failed", upload=str(upload.id), rows=most, fault=type(fault).__name__)
        work.session.refresh(upload)
        upload.because = None
        if most == 1:
            taken = _apply_next(work, upload, accreditation, most=1, refuse=True)
        upload.failures = 0 if most == 1 else upload.failures + 1
    else:
        upload.failures, upload.because = 0, None
    upload.worked_at = work.now
    _forget_done_parts(work, upload)
    if upload.read_up_to == upload.size:
        _end(work, upload, state="done", because=None)
    return taken


def _apply_next(work: Work, upload: Upload, accreditation: Accreditation, *, most: int, refuse: bool) -> int:
    rows = list(_rows(work, upload, most=most, most_rows=accreditation.most_rows))
    if refuse:
        for row in rows:
            row.refuse(None, "not_applied")
    if rows:
        apply(work, upload=upload, accreditation=accreditation, rows=rows)
        work.session.flush()
    return len(rows)


def _rows(work: Work, upload: Upload, *, most: int, most_rows: int) -> Iterator[Row]:
    """The next rows, read; the place of the upload moves behind them."""
    today = house_calendar().day_of(work.now)
    piece = _piece(work, upload)
    last = upload.read_up_to + len(piece) == upload.size
    at = 0
    if upload.skipping:
        at, found = skip_to_next_line(piece)
        upload.skipping = not (found or last)
        upload.lines_read += 1 if found else 0
    taken = 0
    for record in records(piece[at:], last=last) if not upload.skipping else ():
        line = upload.lines_read + 1
        at += record.size
        upload.lines_read += record.lines
        if record.fields is not None or record.fault is not None:
            upload.rows_read += 1
            taken += 1
            number = upload.rows_read
            if number > most_rows:
                yield Row(number=number, line=line, faults=[Fault(None, "row_limit")])
            elif record.fields is None:
                yield Row(number=number, line=line, faults=[Fault(None, str(record.fault))])
            elif (row := as_row(upload.columns, record.fields)) is None:
                yield Row(number=number, line=line, faults=[Fault(None, "ragged")])
            else:
                told = told_by(row, today=today)
                if isinstance(told, list):
                    yield Row(number=number, line=line, faults=told)
                else:
                    yield Row(number=number, line=line, told=told)
            if record.fault == "row_too_long" and piece[at - 1 : at] != b"\n" and not last:
                upload.skipping = True
                upload.lines_read -= 1
        if taken >= most:
            break
    upload.read_up_to += at


def _piece(work: Work, upload: Upload) -> bytes:
    """The bytes from where the next batch begins, at most a quarter of a part, from one part or two."""
    found = run(
        work.session,
        _PIECE,
        {"upload_id": upload.id, "at": upload.read_up_to, "upto": upload.read_up_to + PIECE},
    )
    return b"".join(bytes(row[0]) for row in found)


_PIECE = """
    SELECT substring(content FROM (greatest(%(at)s - starts_at, 0) + 1)::integer
        FOR (least(%(upto)s, starts_at + size) - greatest(%(at)s, starts_at))::integer)
    FROM upload_parts
    WHERE upload_id = %(upload_id)s AND starts_at < %(upto)s AND starts_at + size > %(at)s
    ORDER BY number
"""


def _contents(work: Work, upload: Upload) -> Iterator[bytes]:
    """The content of the parts, one at a time."""
    numbers = select(UploadPart.number).where(UploadPart.upload_id == upload.id).order_by(UploadPart.number)
    for number in work.session.scalars(numbers).all():
        content = select(UploadPart.content).where(
            UploadPart.upload_id == upload.id, UploadPart.number == number
        )
        yield bytes(work.session.scalar(content) or b"")


def _forget_done_parts(work: Work, upload: Upload) -> None:
    run(work.session, _FORGET, {"upload_id": upload.id, "at": upload.read_up_to})


_FORGET = """
    UPDATE upload_parts SET content = NULL
    WHERE upload_id = %(upload_id)s AND starts_at + size <= %(at)s AND content IS NOT NULL
"""


def _end(work: Work, upload: Upload, *, state: str, because: str | None) -> int:
    upload.end(state, at=work.now, because=because)
    drop_content(work, upload)
    return 0
