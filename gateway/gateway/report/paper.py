"""The report as a PDF, with the file that proves it attached (AU-6)."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import TableCellFillMode

from gateway.report.gathering import Report

HEADINGS = ("When", "Who", "For", "What", "Why", "What was shown")
WIDTHS = (34, 40, 36, 48, 66, 50)
PROOFS = "access-report.ndjson"


def printed(report: Report, *, made_at: datetime) -> bytes:
    """The bytes of the PDF. The core fonts know Latin letters; codes and sign-ins hold no others."""
    paper = FPDF(orientation="landscape", format="letter")
    paper.set_creation_date(made_at)
    paper.set_title("Who opened my record")
    paper.set_lang("en")
    paper.set_auto_page_break(True, margin=15)
    paper.add_page()
    paper.set_font("Helvetica", "B", 18)
    paper.cell(text="Who opened my record", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("Helvetica", size=10)
    paper.multi_cell(0, 5, _plain(_introduction(report)), new_x="LMARGIN", new_y="NEXT")
    paper.ln(3)
    _accesses(paper, report)
    paper.ln(4)
    paper.set_font("Helvetica", "B", 12)
    paper.cell(text="How to check that nothing was left out or changed", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("Helvetica", size=10)
    paper.multi_cell(
        0,
        5,
        f"The file {PROOFS} is attached to this document. It holds every access with its proof under the signed"
        " checkpoint below. Check it without us and without a network: icm audit verify access-report.ndjson.",
        new_x="LMARGIN",
        new_y="NEXT",
    )
    paper.ln(2)
    paper.set_font("Courier", size=8)
    paper.multi_cell(0, 4, _plain(report.checkpoint), new_x="LMARGIN", new_y="NEXT")
    paper.embed_file(basename=PROOFS, bytes=report.proofs, desc="Every access with its proof", compress=True)
    out = BytesIO()
    paper.output(out)
    return out.getvalue()


def _introduction(report: Report) -> str:
    told = f"Record {report.person_id}. Made on {report.made_at} ({report.zone}). Newest first."
    if report.more:
        told += f" The newest {len(report.accesses)} accesses are listed; all are in the attached file."
    if not report.accesses:
        told += " Nobody has opened it."
    return told


def _accesses(paper: FPDF, report: Report) -> None:
    if not report.accesses:
        return
    paper.set_font("Helvetica", size=8)
    with paper.table(
        col_widths=WIDTHS,
        text_align="LEFT",
        line_height=4,
        cell_fill_mode=TableCellFillMode.ROWS,
        cell_fill_color=242,
    ) as table:
        for row in (HEADINGS, *((a.at, a.who, a.whom_for, a.what, a.why, a.shown) for a in report.accesses)):
            cells = table.row()
            for text in row:
                cells.cell(_plain(text))


def _plain(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
