"""Routes to uploads of whole files of involvements."""

from __future__ import annotations

from gateway.routes import Routes
from gateway.upload import export_results, put_part
from intake.uploads.schemas import (
    CancelUpload,
    CompleteUpload,
    DeclareUpload,
    ListUploadRows,
    ListUploads,
    PartView,
    ReadUpload,
    UploadFoundPage,
    UploadRowPage,
    UploadView,
)

_ONE = "/involvement-uploads/<uuid:upload_id>"


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/involvement-uploads",
        "declare_upload",
        "Declare a file of involvements, or find the unfinished upload of it again",
        takes=DeclareUpload,
        gives=UploadView,
        permission="intake.upload.declare",
        located="/involvement-uploads/<id>",
    )
    routes.get(
        "/involvement-uploads",
        "list_uploads",
        "List your uploads",
        takes=ListUploads,
        gives=UploadFoundPage,
        permission="intake.upload.list",
    )
    routes.get(
        _ONE,
        "read_upload",
        "Read how far an upload has come, and which parts are there",
        takes=ReadUpload,
        gives=UploadView,
        permission="intake.upload.read",
    )
    routes.special(
        f"{_ONE}/parts/<int:number>",
        put_part,
        method="PUT",
        says="Send one part of the file: the bytes as they are, at most 1 MiB",
        media_type="application/json",
        takes_media_type="text/csv",
        gives=PartView,
        door="put_upload_part",
        permission="intake.upload.send",
    )
    routes.post(
        f"{_ONE}/complete",
        "complete_upload",
        "Say that every part is there",
        takes=CompleteUpload,
        gives=UploadView,
        permission="intake.upload.complete",
    )
    routes.post(
        f"{_ONE}/cancel",
        "cancel_upload",
        "Take nothing more from this file",
        takes=CancelUpload,
        gives=UploadView,
        permission="intake.upload.cancel",
    )
    routes.get(
        f"{_ONE}/results",
        "list_upload_rows",
        "List what became of each row",
        takes=ListUploadRows,
        gives=UploadRowPage,
        permission="intake.upload.read",
    )
    routes.special(
        f"{_ONE}/results/file",
        export_results,
        says="Read what became of each row as a CSV file",
        media_type="text/csv",
        door="export_upload_rows",
        permission="intake.upload.read",
    )
