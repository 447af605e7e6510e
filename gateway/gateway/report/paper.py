"""The report as a PDF, with the file that proves it attached (AU-6)."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import TableCellFillMode

from gateway.report.gathering import Report
from gateway.report.words import words

WIDTHS = (38, 40, 36, 48, 62, 50)
PROOFS = "access-report.ndjson"


def printed(report: Report, *, made_at: datetime) -> bytes:
    """The bytes of the PDF. The core fonts know Latin letters; codes and sign-ins hold no others."""
    said = words(report.language)["report"]
    paper = FPDF(orientation="landscape", format="letter")
    paper.set_creation_date(made_at)
    paper.set_title(said["title"])
    paper.set_lang(report.language)
    paper.set_auto_page_break(True, margin=15)
    paper.add_page()
    paper.set_font("Helvetica", "B", 18)
    paper.cell(text=_plain(said["title"]), new_x="LMARGIN", new_y="NEXT")
    paper.set_font("Helvetica", size=10)
    paper.multi_cell(0, 5, _plain(_introduction(report)), new_x="LMARGIN", new_y="NEXT")
    paper.ln(3)
    _accesses(paper, report)
    paper.ln(4)
    paper.set_font("Helvetica", "B", 12)
    paper.cell(text=_plain(said["check"]), new_x="LMARGIN", new_y="NEXT")
    paper.set_font("Helvetica", size=10)
    how = f"{said['attached'].format(file=PROOFS)} icm audit verify {PROOFS}"
    paper.multi_cell(0, 5, _plain(how), new_x="LMARGIN", new_y="NEXT")
    paper.ln(2)
    paper.set_font("Courier", size=8)
    paper.multi_cell(0, 4, _plain(report.checkpoint), new_x="LMARGIN", new_y="NEXT")
    paper.embed_file(basename=PROOFS, bytes=report.proofs, desc=said["each_with_proof"], compress=True)
    out = BytesIO()
    paper.output(out)
    return out.getvalue()


def _introduction(report: Report) -> str:
    known = words(report.language)
    told = [f"{known['record']} {report.person_id}. {known['made_on']} {report.made_at} ({report.zone})."]
    if report.accesses:
        told.append(f"{known['report']['caption']}.")
    if report.more:
        told.append(known["report"]["newest_listed"].format(count=len(report.accesses)))
    if not report.accesses:
        told.append(known["report"]["nobody"])
    return " ".join(told)


def _accesses(paper: FPDF, report: Report) -> None:
    if not report.accesses:
        return
    known = words(report.language)
    headings = [known[each] for each in ("when", "who", "whom_for", "what", "why")]
    paper.set_font("Helvetica", size=8)
    with paper.table(
        col_widths=WIDTHS,
        text_align="LEFT",
        line_height=4,
        cell_fill_mode=TableCellFillMode.ROWS,
        cell_fill_color=242,
    ) as table:
        for row in (
            (*headings, known["report"]["shown"]),
            *((a.at, a.who, a.whom_for, a.what, a.why, a.shown) for a in report.accesses),
        ):
            cells = table.row()
            for text in row:
                cells.cell(_plain(text))


def _plain(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
