"""Taking in a file of involvements from an accredited outside system, part by part (IN-9)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from chassis.database import run
from chassis.errors import FieldError, InvalidInput, RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from intake.accreditation.actions import standing
from intake.uploads.columns import header_faults
from intake.uploads.model import OPEN, Upload, UploadPart
from intake.uploads.records import HeaderRefused, header

KEPT_OPEN = timedelta(days=7)


class TooManyUploads(RuleBroken):
    """The system has as many unfinished uploads as it was accredited for."""

    code = "too_many_uploads"
    title = "Finish or cancel an upload before you begin another"


class TooManyRows(RuleBroken):
    """A file has more rows than the system was accredited for."""

    status = 422
    code = "too_many_rows"
    title = "The file has more rows than the system may send in one upload"


class UploadClosed(RuleBroken):
    """Nothing more is taken into this upload."""

    code = "upload_closed"
    title = "The upload is completed, cancelled or expired"


class PartDiffers(RuleBroken):
    """Other bytes came before under the same number."""

    code = "part_differs"
    title = "This part was received before with other content"


class MoreThanDeclared(RuleBroken):
    """The parts together are larger than the file was declared to be."""

    code = "more_than_declared"
    title = "The parts are larger than the declared size"


class UploadIncomplete(RuleBroken):
    """Parts are missing: the numbers have a gap, or the sizes do not add up to the declared one."""

    code = "upload_incomplete"
    title = "Not every part is there"


def declare(work: Work, *, name: str, size: int, sha256: str, rows: int, columns_version: int) -> Upload:
    """Announce a file. The same file, while it is not finished, is found again, with the parts that are there.

    Raises NotAccredited, TooManyUploads, TooManyRows.
    """
    accreditation = standing(work, system=work.actor.subject)
    unfinished = select(Upload).where(Upload.system == work.actor.subject, Upload.state.in_(OPEN))
    same = work.session.scalar(unfinished.where(Upload.sha256 == sha256, Upload.size == size))
    if same is not None:
        return same
    if rows > accreditation.most_rows:
        raise TooManyRows
    open_now = work.session.scalar(select(func.count()).select_from(unfinished.subquery())) or 0
    if open_now >= accreditation.most_open_uploads:
        raise TooManyUploads
    return work.add(
        Upload(
            id=new_id(),
            system=work.actor.subject,
            name=name,
            size=size,
            sha256=sha256,
            rows_declared=rows,
            columns_version=columns_version,
            columns=[],
            state="receiving",
            declared_at=work.now,
            expires_at=work.now + KEPT_OPEN,
        )
    )


def put_part(work: Work, *, upload_id: UUID, number: int, content: bytes) -> UploadPart:
    """Keep one part. The first one names the columns, and is refused whole when they cannot be read.

    Raises NotAccredited, NotFound, AccessDenied, PartDiffers, UploadClosed, MoreThanDeclared, and InvalidInput for
    the columns.
    """
    standing(work, system=work.actor.subject)
    upload = work.load(Upload, upload_id, for_update=True)
    digest = hashlib.sha256(content).hexdigest()
    part = work.session.get(UploadPart, (upload.id, number))
    if part is not None:
        if part.sha256 != digest:
            raise PartDiffers
        return part
    if upload.state != "receiving":
        raise UploadClosed
    received = select(func.coalesce(func.sum(UploadPart.size), 0)).where(UploadPart.upload_id == upload.id)
    if (work.session.scalar(received) or 0) + len(content) > upload.size:
        raise MoreThanDeclared
    if number == 1:
        upload.columns = _columns(content, whole=len(content) == upload.size)
    upload.expires_at = work.now + KEPT_OPEN
    part = UploadPart(
        upload_id=upload.id,
        number=number,
        system=upload.system,
        size=len(content),
        sha256=digest,
        content=content,
    )
    return work.add(part)


def complete(work: Work, *, upload_id: UUID) -> Upload:
    """Every part is there: the rows wait to be applied. Saying it again changes nothing.

    Raises NotAccredited, NotFound, AccessDenied, UploadIncomplete, UploadClosed when it was cancelled or has expired.
    """
    standing(work, system=work.actor.subject)
    upload = work.load(Upload, upload_id, for_update=True)
    if upload.state in ("cancelled", "expired"):
        raise UploadClosed
    if upload.state != "receiving":
        return upload
    rows = select(UploadPart.number, UploadPart.size).where(UploadPart.upload_id == upload.id)
    parts = work.session.execute(rows.order_by(UploadPart.number)).all()
    numbers, sizes = [number for number, _ in parts], [size for _, size in parts]
    if numbers != list(range(1, len(numbers) + 1)) or sum(sizes) != upload.size:
        raise UploadIncomplete
    run(work.session, _WHERE_PARTS_BEGIN, {"upload_id": upload.id})
    upload.state, upload.completed_at = "waiting", work.now
    return upload


_WHERE_PARTS_BEGIN = """
    UPDATE upload_parts p SET starts_at = placed.ends_at - p.size
    FROM (
        SELECT number, sum(size) OVER (ORDER BY number) AS ends_at FROM upload_parts WHERE upload_id = %(upload_id)s
    ) placed
    WHERE p.upload_id = %(upload_id)s AND p.number = placed.number
"""


def cancel(work: Work, *, upload_id: UUID) -> Upload:
    """Take nothing more from this file; what was applied stays, and a finished upload stays finished.

    Raises NotFound, AccessDenied.
    """
    upload = work.load(Upload, upload_id, for_update=True)
    if upload.state in OPEN:
        upload.end("cancelled", at=work.now, because="by_the_sender")
        drop_content(work, upload)
    return upload


def drop_content(work: Work, upload: Upload) -> None:
    """What was in the parts is needed no more; that they were there stays on record."""
    work.session.execute(
        update(UploadPart)
        .where(UploadPart.upload_id == upload.id, UploadPart.content.is_not(None))
        .values(content=None)
        .execution_options(synchronize_session=False)
    )


def _columns(content: bytes, *, whole: bool) -> list[str]:
    try:
        names, _, _ = header(content, last=whole)
    except HeaderRefused as refused:
        raise InvalidInput(
            errors=[FieldError("/header", refused.fault, "The first row does not name the columns.")]
        ) from None
    faults = header_faults(names)
    if faults:
        raise InvalidInput(
            errors=[
                FieldError(f"/header/{place}", rule, "See the guide for connected systems.")
                for place, rule in faults
            ]
        )
    return names
