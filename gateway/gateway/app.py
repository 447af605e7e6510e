"""The gateway as a WSGI application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.document import describe
from gateway.headers import secure_headers
from gateway.house import House
from gateway.logout import blueprint as logout_blueprint
from gateway.pages import document_pages
from gateway.problems import register_problems
from gateway.routes.every import ALL
from gateway.status import blueprint as status_blueprint
from gateway.tracing import watch_requests
from gateway.transparency import blueprint as transparency_blueprint


class Application(Flask):
    """Flask without the question, several times a request, whether a view is asynchronous: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(house: House) -> Flask:
    """The application on these parts. It keeps nothing of its own: any number of them may run side by side."""
    settings = house.settings
    app = Application("gateway", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.largest_body
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.strict_slashes = False
    app.extensions["icm"] = house
    watch_requests(app)
    secure_headers(app, production=settings.production)
    register_problems(app)
    api = describe(app, issuer=settings.oidc_issuer)
    for routes in ALL:
        api.register_blueprint(routes.blueprint)
    app.register_blueprint(status_blueprint)
    app.register_blueprint(transparency_blueprint)
    app.register_blueprint(logout_blueprint)
    app.register_blueprint(document_pages(api))
    if settings.trusted_proxies:
        believed = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=believed, x_proto=believed, x_host=0)  # type: ignore[method-assign]
    return app
