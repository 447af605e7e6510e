"""Routes to audit: entries, the stream of them, proofs, exports, and a person's own access report."""

from __future__ import annotations

from audit.entries.schemas import EntryPage, EntryView, ExportEntries, ExportView, ListEntries, ReadEntry
from audit.log.schemas import (
    CheckpointView,
    ConsistencyAsked,
    ConsistencyProofView,
    InclusionAsked,
    InclusionProofView,
    ReadCheckpoint,
)
from audit.reports.schemas import AccessReportAsked, AccessReportView
from audit.retention.schemas import (
    ErasureView,
    HoldPage,
    HoldView,
    ListHolds,
    OrderErasure,
    PlaceHold,
    ReleaseHold,
)
from audit.trails.schemas import CaseTrailAsked, CaseTrailView, PersonTrailAsked, PersonTrailView
from chassis.schemas import WhyAsked, WhyView
from gateway.export import checkpoint_note, export, export_report
from gateway.fhir.views import entries as fhir_entries
from gateway.fhir.views import entry as fhir_entry
from gateway.report.trails import case_page, person_page
from gateway.report.views import report_page, report_paper
from gateway.routes import Routes, alerts
from gateway.stream import stream

_LANGUAGE = {"in": "query", "name": "lang", "schema": {"type": "string", "enum": ["en", "fr"]}}
routes = Routes("audit", "Every access: list, follow, prove, export; who opened my record.")

routes.get(
    "/audit/entries",
    "list_entries",
    "List audit entries",
    takes=ListEntries,
    gives=EntryPage,
    permission="audit.entry.list",
)
routes.get(
    "/audit/entries/<uuid:id>",
    "read_entry",
    "Read an audit entry",
    takes=ReadEntry,
    gives=EntryView,
    permission="audit.entry.read",
)
routes.get(
    "/audit/checkpoint",
    "read_checkpoint",
    "Read a signed checkpoint of the log",
    takes=ReadCheckpoint,
    gives=CheckpointView,
    permission="audit.checkpoint.read",
)
routes.get(
    "/audit/proofs/inclusion",
    "inclusion_proof",
    "Prove that an entry is in the log",
    takes=InclusionAsked,
    gives=InclusionProofView,
    permission="audit.proof.read",
)
routes.get(
    "/audit/proofs/consistency",
    "consistency_proof",
    "Prove that the log only grew",
    takes=ConsistencyAsked,
    gives=ConsistencyProofView,
    permission="audit.proof.read",
)
routes.get(
    "/audit/exports",
    "export_entries",
    "Export a page of the log as JSON",
    takes=ExportEntries,
    gives=ExportView,
    permission="audit.entry.export",
)
routes.get(
    "/people/<uuid:person_id>/access-report",
    "access_report",
    "Report who opened a person's record, and why",
    takes=AccessReportAsked,
    gives=AccessReportView,
    permission="audit.access_report.read",
)
routes.get(
    "/cases/<uuid:case_id>/trail",
    "case_trail",
    "Read what was decided and done in a case",
    takes=CaseTrailAsked,
    gives=CaseTrailView,
    permission="audit.case_trail.read",
)
routes.get(
    "/people/<uuid:person_id>/trail",
    "person_trail",
    "Read what was decided and done about a person",
    takes=PersonTrailAsked,
    gives=PersonTrailView,
    permission="audit.person_trail.read",
)
alerts.add(routes)
routes.get(
    "/audit/holds",
    "list_holds",
    "List legal holds on audit entries",
    takes=ListHolds,
    gives=HoldPage,
    permission="audit.hold.list",
)
routes.post(
    "/audit/holds",
    "place_hold",
    "Hold the entries about a person or case",
    takes=PlaceHold,
    gives=HoldView,
    permission="audit.hold.place",
)
routes.post(
    "/audit/holds/<uuid:id>/release",
    "release_hold",
    "Release a legal hold",
    takes=ReleaseHold,
    gives=HoldView,
    permission="audit.hold.release",
)
routes.post(
    "/audit/erasures",
    "order_erasure",
    "Order the erasure of entries about a person",
    takes=OrderErasure,
    gives=ErasureView,
    permission="audit.entry.erase",
)
routes.get(
    "/why/audit",
    "why",
    "Explain who can see an audit entry, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="audit.access.explain",
)

routes.special(
    "/audit/stream",
    stream,
    says="Follow the log as server-sent events",
    media_type="text/event-stream",
    door="follow_entries",
    permission="audit.entry.follow",
    parameters=[
        {
            "in": "query",
            "name": "after",
            "schema": {"type": "integer", "minimum": -1},
            "description": "The last position that you have, within the log; -1 begins with the first entry.",
        },
        {
            "in": "header",
            "name": "Last-Event-ID",
            "schema": {"type": "integer", "minimum": -1},
            "description": "As browsers send it when they connect again; goes before `after`.",
        },
    ],
)
routes.special(
    "/audit/exports/file",
    export,
    says="Export the whole log as a file that the offline verifier reads",
    media_type="application/x-ndjson",
    door="export_entries",
    permission="audit.entry.export",
)
routes.special(
    "/audit/checkpoint/note",
    checkpoint_note,
    says="Read the newest checkpoint as a C2SP signed note",
    media_type="text/plain",
    door="read_checkpoint",
    permission="audit.checkpoint.read",
)
routes.special(
    "/people/<uuid:person_id>/access-report/file",
    export_report,
    says="Export the report on who opened a person's record, with proofs",
    media_type="application/x-ndjson",
    door="export_report",
    permission="audit.access_report.read",
)
routes.special(
    "/people/<uuid:person_id>/access-report/page",
    report_page,
    says="Read the report on who opened a person's record as a page",
    media_type="text/html",
    door="access_report",
    permission="audit.access_report.read",
    parameters=[_LANGUAGE],
)
routes.special(
    "/people/<uuid:person_id>/access-report/document",
    report_paper,
    says="Keep the report on who opened a person's record as a PDF with proofs",
    media_type="application/pdf",
    door="access_report",
    permission="audit.access_report.read",
    parameters=[_LANGUAGE],
)
for _rule, _view, _door, _whom in (
    ("/cases/<uuid:case_id>/trail/page", case_page, "case_trail", "in a case"),
    ("/people/<uuid:person_id>/trail/page", person_page, "person_trail", "about a person"),
):
    routes.special(
        _rule,
        _view,
        says=f"Read what was decided and done {_whom} as a page",
        media_type="text/html",
        door=_door,
        permission=f"audit.{_door}.read",
        parameters=[
            {"in": "query", "name": "which", "schema": {"type": "string", "enum": ["decisions", "accesses"]}},
            {"in": "query", "name": "service", "schema": {"type": "string"}},
            {"in": "query", "name": "since", "schema": {"type": "string", "format": "date-time"}},
            {"in": "query", "name": "until", "schema": {"type": "string", "format": "date-time"}},
            _LANGUAGE,
        ],
    )
routes.special(
    "/audit/entries/<uuid:id>/fhir",
    fhir_entry,
    says="Read an audit entry as a FHIR AuditEvent (IHE BALP)",
    media_type="application/fhir+json",
    door="read_entry",
    permission="audit.entry.read",
)
routes.special(
    "/audit/entries/fhir",
    fhir_entries,
    says="List audit entries as a FHIR Bundle of AuditEvents (IHE BALP)",
    media_type="application/fhir+json",
    door="list_entries",
    permission="audit.entry.list",
    parameters=[
        {"in": "query", "name": name, "schema": schema}
        for name, schema in {
            "person_id": {"type": "string", "format": "uuid"},
            "case_id": {"type": "string", "format": "uuid"},
            "actor": {"type": "string"},
            "service": {"type": "string"},
            "outcome": {"type": "string", "enum": ["permitted", "denied"]},
            "since": {"type": "string", "format": "date-time"},
            "until": {"type": "string", "format": "date-time"},
            "cursor": {"type": "string"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        }.items()
    ],
)
