"""The report as a PDF holds the accesses in words and the file that proves them (AU-6)."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime

import pytest

from gateway.report.gathering import Access, Report
from gateway.report.paper import printed
from gateway.report.words import words

MADE_AT = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
PROOFS = b'{"format":"x"}\n' * 50


def a_report(count: int, *, who: str = "mentor", more: bool = False, language: str = "en") -> Report:
    access = Access(
        position=3,
        at="2026-03-04 09:00:00",
        who=who,
        whom_for="school",
        what="opened (cases)",
        why="care; the person consented",
        permitted=True,
        shown="education, housing",
    )
    return Report(
        language=language,
        person_id="01931f0e-7c1a-7000-8000-0000000000bb",
        made_at="2026-03-04 09:01:00",
        zone="America/Vancouver",
        accesses=[access] * count,
        more=more,
        checkpoint="openicm.local/audit\n7\nAAAA=\n",
        proofs=PROOFS,
    )


def streams(paper: bytes) -> list[bytes]:
    """The compressed parts of a PDF, unpacked."""
    found = []
    for part in re.findall(rb">>\r?\nstream\r?\n(.*?)\r?\nendstream", paper, re.S):
        try:
            found.append(zlib.decompress(part))
        except zlib.error:
            continue
    return found


@pytest.mark.parametrize("count", [0, 1, 200])
def test_it_is_a_document_with_the_proofs_attached(count: int) -> None:
    paper = printed(a_report(count), made_at=MADE_AT)

    assert paper.startswith(b"%PDF-")
    assert b"access-report.ndjson" in paper
    assert PROOFS in streams(paper)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Who opened my record", "What was shown", "How to check that nothing", "newest 1 accesses"]),
        (
            "fr",
            ["Qui a ouvert mon dossier", "Ce qui a été montré", "Comment vérifier", "Les 1 accès les plus"],
        ),
    ],
)
def test_it_speaks_the_language_of_the_reader(language: str, said: list[str]) -> None:
    paper = printed(a_report(1, more=True, language=language), made_at=MADE_AT)
    assert f"/Lang ({language})".encode() in paper
    written = b"".join(streams(paper)).decode("latin-1")
    assert [each for each in said if each not in written] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_who_was_opened_by_nobody_is_told_so(language: str) -> None:
    written = b"".join(streams(printed(a_report(0, language=language), made_at=MADE_AT)))
    assert words(language)["report"]["nobody"].encode("latin-1") in written


def test_a_name_that_the_fonts_do_not_know_does_not_break_it() -> None:
    assert printed(a_report(1, who="\N{HIRAGANA LETTER A}\N{SLIGHTLY SMILING FACE}"), made_at=MADE_AT)


def test_the_same_report_is_the_same_document() -> None:
    assert printed(a_report(2), made_at=MADE_AT) == printed(a_report(2), made_at=MADE_AT)
