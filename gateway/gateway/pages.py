"""`/openapi.json` and `/docs`: the API document, and a browser for it that needs no network (GW-1)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import flask_swagger_ui
import orjson
from flask import Blueprint, Response, render_template, request, send_from_directory
from flask_smorest import Api

_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
_SERVED = {"swagger-ui.css", "index.css", "swagger-ui-bundle.js", "favicon-32x32.png"}


def document_pages(api: Api) -> Blueprint:
    """The pages that show the document of `api`; register when every route is."""
    blueprint = Blueprint("document", __name__, template_folder="templates", static_folder=None)
    document = orjson.dumps(api.spec.to_dict(), option=orjson.OPT_INDENT_2)
    etag = hashlib.sha256(document).hexdigest()[:32]

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        """The OpenAPI 3.1 document."""
        response = Response(document, mimetype="application/json")
        response.set_etag(etag)
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        return response

    @blueprint.get("/docs", strict_slashes=False)
    def docs() -> Response:
        """The document, to read and to try."""
        return Response(render_template("docs.html"), mimetype="text/html")

    @blueprint.get("/docs/<name>")
    def docs_asset(name: str) -> Response:
        """A script or style of the document browser."""
        folder = _ASSETS if name in _SERVED else Path(__file__).parent / "static"
        return send_from_directory(folder, name, max_age=3600)

    return blueprint
