"""The report as a page for the screen and as a document to keep (AU-6)."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template

from chassis import moment
from chassis.clocks import house_calendar
from gateway.asking import admitted
from gateway.report.gathering import Report, gathered
from gateway.report.paper import printed


def report_page(person_id: UUID) -> Response:
    """Who opened a person's record, as a page that works without scripts and prints well."""
    page = render_template("access_report.html", report=_report(person_id))
    return Response(page, mimetype="text/html")


def report_paper(person_id: UUID) -> Response:
    """The same as a PDF, with the proofs attached."""
    paper = printed(_report(person_id), made_at=moment.now())
    response = Response(paper, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="access-report.pdf"'
    return response


def _report(person_id: UUID) -> Report:
    return gathered(admitted(), person_id, now=moment.now(), zone=str(house_calendar().zone))
