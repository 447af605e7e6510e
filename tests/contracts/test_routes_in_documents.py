"""A route that a guide, a runbook or the page of a service names is there: people try what they read (OP-4, GW-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from gateway.publish import published_document

HOUSE = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    HOUSE / "README.md",
    *sorted((HOUSE / "docs" / "guides").glob("*.md")),
    *sorted((HOUSE / "docs" / "runbooks").glob("*.md")),
    *sorted((HOUSE / "services").glob("*/README.md")),
    HOUSE / "gateway" / "README.md",
]
NAMED = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE)\s+(/[^\s`\"')>]*)")
PREFIX = "/api/v1"
# Open to all and outside the API document: the bare log, signs of life, the document itself.
OPEN = re.compile(r"^/(log/|status|docs|openapi\.json|livez|readyz|metrics)")


def routes_named_in(text: str) -> Iterator[tuple[str, str]]:
    """Each route, with what follows the path taken off; one written as `…` stands for a part and is passed over."""
    for method, path in NAMED.findall(text):
        plain = path.partition("?")[0].rstrip(".,;:")
        if "…" not in plain and not OPEN.match(plain):
            yield method, plain.removeprefix(PREFIX).rstrip("/")


SERVICES = ("intake", "cases", "consent", "portal", "audit")


def known() -> list[tuple[str, re.Pattern[str]]]:
    """Every route of the published document, as a method and what its path looks like.

    A parameter is named as such; a code, which is no identifier, may stand for itself (`/forms/common_assessment`).
    """
    found = []
    for path, item in orjson.loads(published_document().read_bytes())["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            given = [*item.get("parameters", []), *operation.get("parameters", [])]
            ids = {each["name"] for each in given if each.get("schema", {}).get("format") == "uuid"}
            found.append((method.upper(), _looks(path.removeprefix(PREFIX), ids)))
    return found


def _looks(path: str, ids: set[str]) -> re.Pattern[str]:
    parts = re.split(r"\{([^}]*)\}", path)
    looks = [
        re.escape(part) if at % 2 == 0 else (r"\{[^}/]+\}" if part in ids else r"(\{[^}/]+\}|[a-z0-9_.-]+)")
        for at, part in enumerate(parts)
    ]
    return re.compile("".join(looks))


def _is_there(route: tuple[str, str], published: list[tuple[str, re.Pattern[str]]]) -> bool:
    method, path = route
    paths = [path.replace("{service}", service) for service in SERVICES]
    return all(any(method == each and looks.fullmatch(one) for each, looks in published) for one in paths)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_route_that_a_document_names_is_published(document: Path) -> None:
    published = known()
    named = set(routes_named_in(document.read_text(encoding="utf-8")))
    assert [
        f"{method} {path}" for method, path in sorted(named) if not _is_there((method, path), published)
    ] == []


def test_a_route_that_is_not_there_would_be_found() -> None:
    text = "Ask `GET /audit/access-report?person_id=…` or `POST /alerts/{id}/closing`; see `GET /log/checkpoint`."
    named = set(routes_named_in(text))
    assert named == {("GET", "/audit/access-report"), ("POST", "/alerts/{id}/closing")}
    assert [each for each in named if not _is_there(each, known())] == [("GET", "/audit/access-report")]
