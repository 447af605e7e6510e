"""Pages speak English and French, and neither lacks a word that the other has (GW-2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template, request

from chassis import contracts
from chassis.access.model import BASES
from gateway.report import words as words_file
from gateway.report.gathering import Access, Report
from gateway.report.trails import Step, Trail
from gateway.report.words import language_of, said, told_at, words


def names(said: dict[str, Any], at: str = "") -> set[str]:
    below = [
        names(value, f"{at}{name}/") if isinstance(value, dict) else {at + name}
        for name, value in said.items()
    ]
    return set().union(*below)


def test_both_languages_have_every_word_every_purpose_and_every_basis() -> None:
    assert names(words("en")) == names(words("fr"))
    assert set(words("fr")["purposes"]) == set(contracts.access_list("purposes"))
    assert set(words("fr")["bases"]) == set(BASES)
    assert set(words("fr")["categories"]) == set(contracts.access_list("categories"))
    assert said("fr", "purposes", "a_new_one") == "a new one"


def test_what_is_printed_has_letters_that_the_core_fonts_know() -> None:
    """The PDF knows Latin letters only: another one would stand there as a question mark."""
    told = Path(words_file.__file__).with_name("fr.yaml").read_text("utf-8")
    assert told.encode("latin-1").decode("latin-1") == told


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "en"),
        ("", "fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("?lang=en", "fr", "en"),
        ("?lang=fr", "en", "fr"),
        ("?lang=xx", "de", "en"),
    ],
)
def test_the_language_is_that_which_was_asked_for(query: str, header: str, language: str) -> None:
    with Flask(__name__).test_request_context(f"/{query}", headers={"Accept-Language": header}):
        assert language_of(request) == language


def test_the_hour_that_comes_twice_in_autumn_is_told_apart() -> None:
    moments = ("2024-11-03T08:30:00+00:00", "2024-11-03T09:30:00+00:00", "2024-03-10T10:30:00+00:00")
    first, second, spring = (told_at(each, ZoneInfo("America/Vancouver")) for each in moments)
    assert (first, second) == ("2024-11-03 01:30:00 PDT", "2024-11-03 01:30:00 PST")
    assert spring == "2024-03-10 03:30:00 PDT"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_trail_is_a_page_for_screen_readers_and_printers(language: str) -> None:
    step = Step(
        at="2026-03-04 09:00:00",
        title="Close a case",
        who="<b>mentor</b>",
        whom_for="school",
        why="care",
        position=7,
        proof="/api/v1/audit/proofs/inclusion?position=7",
    )
    trail = Trail(of="case", record_id="x", made_at="now", zone="America/Vancouver", steps=[step], more=False)
    app = Flask("gateway.app", template_folder="templates")
    with app.test_request_context():
        page = render_template("trail.html", trail=trail, language=language, words=words(language))
    assert f'<html lang="{language}">' in page and page.count("<h1>") == 1
    assert page.count('<th scope="col">') == 6 and page.count('<th scope="row">') == 1
    assert '<td lang="en">Close a case</td>' in page and "&lt;b&gt;" in page and "<script" not in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["Who opened my record", "Accesses, newest first", "What was shown", "Signed checkpoint"]),
        ("fr", ["Qui a ouvert mon dossier", "Accès, du plus récent", "Ce qui a été montré", "Établi le"]),
    ],
)
@pytest.mark.parametrize("more", [True, False])
def test_the_access_report_is_a_page_in_the_language_of_the_reader(
    language: str, told: list[str], more: bool
) -> None:
    access = Access(
        position=3, at="2026-03-04 09:00:00", who="<b>mentor</b>", whom_for="school", what="opened", why="care",
        permitted=True, shown="education",
    )  # fmt: skip
    report = Report(
        language=language, person_id="x", made_at="now", zone="America/Vancouver", accesses=[access], more=more,
        checkpoint="openicm.local/audit", proofs=b"{}",
    )  # fmt: skip
    app = Flask("gateway.app", template_folder="templates")
    with app.test_request_context():
        page = render_template("access_report.html", report=report, words=words(language))
    assert f'<html lang="{language}">' in page and page.count("<h1>") == 1
    assert [each for each in told if each not in page] == []
    assert page.count('<th scope="col">') == 7 and page.count('<th scope="row">') == 1
    assert "&lt;b&gt;" in page and "<script" not in page
    assert (words(language)["report"]["newest_listed"].format(count=1) in page) == more
