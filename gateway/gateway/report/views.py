"""The report as a page for the screen and as a document to keep (AU-6)."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request

from chassis import moment
from chassis.clocks import house_calendar
from gateway.asking import admitted
from gateway.report.gathering import Report, gathered
from gateway.report.paper import printed
from gateway.report.words import language_of, words
from gateway.shape import expect_only


def report_page(person_id: UUID) -> Response:
    """Who opened a person's record, as a page that works without scripts and prints well."""
    report = _report(person_id)
    page = render_template("access_report.html", report=report, words=words(report.language))
    return _told(Response(page, mimetype="text/html"), report)


def report_paper(person_id: UUID) -> Response:
    """The same as a PDF, with the proofs attached."""
    report = _report(person_id)
    response = Response(printed(report, made_at=moment.now()), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="access-report.pdf"'
    return _told(response, report)


def _told(response: Response, report: Report) -> Response:
    response.headers["Content-Language"] = report.language
    return response


def _report(person_id: UUID) -> Report:
    expect_only(request, "lang")
    caller, zone = admitted(), str(house_calendar().zone)
    return gathered(caller, person_id, now=moment.now(), zone=zone, language=language_of(request))
