"""Reading which outside systems are accredited (IN-9)."""

from __future__ import annotations

from chassis.work import Page, Work
from intake.accreditation.model import Accreditation


def search(work: Work, *, limit: int, cursor: str | None) -> Page:
    """Every system that was ever accredited, the newest first, with whether and why it ended."""
    return work.page(work.visible(Accreditation), model=Accreditation, limit=limit, cursor=cursor)
