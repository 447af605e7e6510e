"""The page `contracts/events/README.md` says of every event who publishes and who follows it, as its file does."""

from __future__ import annotations

import re

from chassis import contracts

ROW = re.compile(
    r"^\| `(?P<key>[a-z_.]+\.v\d+)` \| (?P<publisher>\w+) \| (?P<consumers>[\w, ]+) \| (?P<says>.+) \|$", re.M
)
NOBODY = "nobody"


def rows() -> list[re.Match[str]]:
    page = contracts.folder() / "events" / "README.md"
    return list(ROW.finditer(page.read_text(encoding="utf-8")))


def test_every_event_stands_on_the_page_once_with_its_publisher_and_consumers() -> None:
    told = sorted((row["key"], row["publisher"], row["consumers"]) for row in rows())
    written = sorted(
        (key, contract["publisher"], ", ".join(contract.get("consumers") or []) or NOBODY)
        for key, contract in contracts.event_contracts().items()
    )
    assert told == written


def test_the_page_says_of_every_event_what_it_means() -> None:
    assert all(row["says"].strip().endswith(".") for row in rows())
