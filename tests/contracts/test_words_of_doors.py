"""Whatever can be done has a title in plain words, by which a trail tells of it (AU-3)."""

from __future__ import annotations

import orjson

from audit.trails.words import title_of
from gateway import publish
from tests.contracts.test_openapi import DOORS


def test_every_door_that_changes_something_has_words() -> None:
    titles = orjson.loads(publish.published_titles().read_bytes())
    # What the sign-in provider tells is no deed of a person at work.
    changing = {name for name, door in DOORS.items() if door.changes and door.vouched is None}
    assert changing - titles.keys() == set(), "run python -m gateway.publish"
    assert [name for name in changing if "_" in titles[name] or not titles[name][0].isupper()] == []


def test_the_words_are_those_of_the_document() -> None:
    assert orjson.loads(publish.published_titles().read_bytes()) == publish.titles(publish.document())


def test_a_door_that_is_gone_is_named_by_its_code() -> None:
    assert title_of(service="cases", door="close_the_old_file") == "Close the old file"
