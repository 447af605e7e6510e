"""Pages speak English and French, and neither lacks a word that the other has (GW-2)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template, request

from chassis import contracts
from chassis.access.model import BASES
from gateway.report.trails import Step, Trail
from gateway.report.words import language_of, said, words


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
    assert said("fr", "purposes", "a_new_one") == "a new one"


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
