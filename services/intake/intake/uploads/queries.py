"""Reading how far an upload has come and what became of its rows: the sender's own only (IN-9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from chassis.errors import invalid
from chassis.work import Page, Work
from intake.uploads.model import Upload, UploadRow

_COLUMNS = "row,line,outcome,column,rule"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Lines:
    """Lines of the file of results, and after which row to go on."""

    lines: list[str]
    next: int | None


def read(work: Work, *, upload_id: UUID) -> Upload:
    """One upload with its parts. Raises NotFound, and AccessDenied for another system's."""
    return work.load(Upload, upload_id)


def search(work: Work, *, limit: int, cursor: str | None) -> Page:
    """The caller's uploads, the newest first."""
    return work.page(work.visible(Upload), model=Upload, limit=limit, cursor=cursor)


def rows(work: Work, *, upload_id: UUID, outcome: str | None, limit: int, cursor: str | None) -> Page:
    """What became of the rows, in their order.

    Raises NotFound, AccessDenied, and InvalidInput for a cursor that we did not give.
    """
    upload = read(work, upload_id=upload_id)
    wanted = select(UploadRow).where(UploadRow.upload_id == upload.id)
    if outcome is not None:
        wanted = wanted.where(UploadRow.outcome == outcome)
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.")
        wanted = wanted.where(UploadRow.number > int(cursor))
    found = work.session.scalars(wanted.order_by(UploadRow.number).limit(limit + 1)).all()
    more = len(found) > limit
    return Page(items=list(found[:limit]), next_cursor=str(found[limit - 1].number) if more else None)


def export(work: Work, *, upload_id: UUID, after: int, limit: int) -> Lines:
    """Lines of a CSV file of the results: one a row, or one a fault where there are several.

    It holds numbers and our own codes only, and none that a spreadsheet would take for a formula. Raises NotFound,
    AccessDenied.
    """
    upload = read(work, upload_id=upload_id)
    wanted = select(UploadRow).where(UploadRow.upload_id == upload.id, UploadRow.number > after)
    found = work.session.scalars(wanted.order_by(UploadRow.number).limit(limit)).all()
    lines = [line for row in found for line in _lines(row)]
    return Lines(
        lines=[_COLUMNS, *lines] if after == 0 else lines,
        next=found[-1].number if len(found) == limit else None,
    )


def _lines(row: UploadRow) -> Iterator[str]:
    for fault in row.faults or [{"column": None, "rule": None}]:
        told = (str(row.number), str(row.line), row.outcome, fault["column"] or "", fault["rule"] or "")
        yield ",".join(_harmless(field) for field in told)


def _harmless(field: str) -> str:
    """The field so that a spreadsheet shows it and carries nothing out."""
    shown = f"'{field}" if field.startswith(_FORMULA) else field
    return '"' + shown.replace('"', '""') + '"' if any(sign in shown for sign in ',"\n\r') else shown
