"""`python -m gateway.publish`: write the API document to contracts/http, where the next one is compared with it (OP-4).

Beside it stands what each door does, in words, for those who read a trail (AU-3). The document needs no running
platform: it is made from routes and shapes alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import orjson

from chassis import contracts
from gateway.app import create_app
from gateway.house import House
from gateway.listeners import Seats
from gateway.settings import GatewaySettings

ISSUER = "https://sign-in.example"


def published_document() -> Path:
    """Where the published document is."""
    return contracts.folder() / "http" / "openapi.json"


def published_titles() -> Path:
    """Where the titles of the doors are."""
    return contracts.folder() / "http" / "doors.json"


def titles(described: dict[str, Any]) -> dict[str, str]:
    """The title of each door of a document, by `service.door`: the summary of its first route that answers JSON."""
    found: dict[str, str] = {}
    others: dict[str, str] = {}
    for item in described["paths"].values():
        for operation in (each for name, each in item.items() if name != "parameters"):
            answers = operation["responses"].get("200", operation["responses"].get("201", {}))
            first = found if "application/json" in answers.get("content", {}) else others
            first.setdefault(operation["x-door"], operation["summary"])
    return {**others, **found}


def document() -> dict[str, Any]:
    """The document as this checkout makes it."""
    settings = GatewaySettings(
        environment="test",
        amqp_url="amqp://broker.example",
        oidc_issuer=ISSUER,
        oidc_audience="icm",
        oidc_jwks_url=None,
        http_host="127.0.0.1",
        http_port=0,
        health_host="127.0.0.1",
        health_port=0,
        log_level="INFO",
        otlp_endpoint=None,
    )
    nobody = cast(Any, None)  # nothing is called while a document is made
    house = House(
        settings=settings,
        client=nobody,
        gate=nobody,
        doorbell=nobody,
        seats=Seats(most=1, most_of_one=1),
        together=nobody,
        all_at_once=nobody,
    )
    described: dict[str, Any] = create_app(house).test_client().get("/openapi.json").get_json()
    return described


def main() -> None:
    """Write the document and the titles."""
    described = document()
    for path, content in ((published_document(), described), (published_titles(), titles(described))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


if __name__ == "__main__":
    main()
