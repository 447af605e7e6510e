"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.uploads import actions as uploads
from intake.uploads import deciding
from intake.uploads import queries as upload_queries
from intake.uploads.schemas import (
    CancelUpload,
    CompleteUpload,
    DecideHeldRow,
    DeclareUpload,
    ExportUploadRows,
    HeldRowPage,
    HeldRowQuestionView,
    HeldRowView,
    ListHeldRows,
    ListUploadRows,
    ListUploads,
    PartView,
    PutUploadPart,
    ReadHeldRow,
    ReadUpload,
    UploadFoundPage,
    UploadRowLines,
    UploadRowPage,
    UploadView,
)


class UploadDoors:
    """Whole files from connected systems, and rows that a worker decides (IN-9)."""

    name = "intake"

    declare_upload = command(
        uploads.declare, takes=DeclareUpload, gives=UploadView, permission="intake.upload.declare"
    )
    put_upload_part = command(
        uploads.put_part, takes=PutUploadPart, gives=PartView, permission="intake.upload.send"
    )
    complete_upload = command(
        uploads.complete, takes=CompleteUpload, gives=UploadView, permission="intake.upload.complete"
    )
    cancel_upload = command(
        uploads.cancel, takes=CancelUpload, gives=UploadView, permission="intake.upload.cancel"
    )
    read_upload = query(
        upload_queries.read, takes=ReadUpload, gives=UploadView, permission="intake.upload.read"
    )
    list_uploads = query(
        upload_queries.search,
        takes=ListUploads,
        gives=UploadFoundPage,
        permission="intake.upload.list",
        action="search",
    )
    list_upload_rows = query(
        upload_queries.rows, takes=ListUploadRows, gives=UploadRowPage, permission="intake.upload.read"
    )
    export_upload_rows = query(
        upload_queries.export,
        takes=ExportUploadRows,
        gives=UploadRowLines,
        permission="intake.upload.read",
        action="export",
    )
    list_held_rows = query(
        deciding.waiting,
        takes=ListHeldRows,
        gives=HeldRowPage,
        permission="intake.held_row.list",
        action="search",
    )
    read_held_row = query(
        deciding.read, takes=ReadHeldRow, gives=HeldRowQuestionView, permission="intake.held_row.read"
    )
    decide_held_row = command(
        deciding.decide, takes=DecideHeldRow, gives=HeldRowView, permission="intake.held_row.decide"
    )
