"""Headers that every answer carries: nothing is cached, framed, sniffed or told to other sites."""

from __future__ import annotations

from flask import Flask, Response, request

from gateway.tracing import trace_id

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_DATA = "default-src 'none'; frame-ancestors 'none'"
_PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def secure_headers(app: Flask, *, production: bool) -> None:
    """Add the headers to every answer of the app."""

    def add(response: Response) -> Response:
        page = response.mimetype == "text/html" or request.path.startswith("/docs")
        response.headers.setdefault("Content-Security-Policy", _PAGES if page else _DATA)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Trace-Id"] = trace_id()
        response.headers.pop("Server", None)
        for name, value in _EVERYWHERE.items():
            response.headers[name] = value
        if production:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response

    app.after_request(add)
