"""Logs: one JSON object a line, with trace ids, and nothing that a person said or is called (OP-2, rule 4).

The event is a static name in snake case; everything that varies is a key. Keys known to hold personal data
are refused: the line is written with the value left out and says so. An exception is told by its class and
the places it passed, never by its text, which may quote a value. Messages of libraries are written without
their arguments, for the same reason.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from opentelemetry import trace

REFUSED_KEYS = frozenset(
    [
        "name",
        "names",
        "first_name",
        "last_name",
        "given_name",
        "family_name",
        "middle_name",
        "preferred_name",
        "full_name",
        "alias",
        "surname",
        "person_name",
        "birth_date",
        "date_of_birth",
        "birthdate",
        "dob",
        "age",
        "gender",
        "pronouns",
        "nation",
        "ethnicity",
        "indigenous_identity",
        "address",
        "addresses",
        "street",
        "postal_code",
        "postcode",
        "phone",
        "telephone",
        "mobile",
        "email",
        "contact",
        "contact_point",
        "sin",
        "phn",
        "health_number",
        "card_number",
        "account_number",
        "body",
        "payload",
        "data",
        "arguments",
        "parameters",
        "params",
        "form",
        "json",
        "reply",
        "request",
        "response",
        "headers",
        "token",
        "access_token",
        "id_token",
        "refresh_token",
        "authorization",
        "cookie",
        "password",
        "secret",
        "dsn",
        "url",
        "query_string",
        "text",
        "note",
        "notes",
        "narrative",
        "comment",
        "circumstances",
        "reason_text",
        "explanation",
        "diagnosis",
        "answer",
        "answers",
        "message",
    ]
)

_DEEPEST = 12


def start(*, service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Write the logs of this process, libraries' warnings among them, as JSON lines to standard output."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    out = stream or sys.stdout
    named = _named(service)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            named,
            with_trace,
            with_fault,
            without_personal_keys,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(out)
    libraries.setFormatter(_LibraryLine(service))
    logging.basicConfig(handlers=[libraries], level=max(threshold, logging.WARNING), force=True)


def with_trace(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the ids of the current span, when there is one."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        line["trace_id"] = f"{span.trace_id:032x}"
        line["span_id"] = f"{span.span_id:016x}"
    return line


def with_fault(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Tell an exception by class and place instead of by text."""
    told = line.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    elif isinstance(told, BaseException):
        told = (type(told), told, told.__traceback__)
    if isinstance(told, tuple) and told[1] is not None:
        line.setdefault("fault", type(told[1]).__name__)
        line["places"] = _places(told[2])
    return line


def without_personal_keys(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Leave out what stands under a key known to hold personal data, at any depth, and say that it was left
    out.
    """
    refused: list[str] = []
    kept = {key: _kept(value, refused) for key, value in line.items() if not _refused(key, refused)}
    if refused:
        kept["refused_keys"] = sorted(set(refused))
    return kept


def _refused(key: Any, refused: list[str]) -> bool:
    if str(key).lower() in REFUSED_KEYS:
        refused.append(str(key).lower())
        return True
    return False


def _kept(value: Any, refused: list[str]) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _kept(each, refused) for key, each in value.items() if not _refused(key, refused)}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_kept(each, refused) for each in value]
    return value


def _places(traceback: TracebackType | None) -> list[str]:
    places: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-_DEEPEST:]


def _named(service: str) -> Any:
    def named(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line.setdefault("service", service)
        return line

    return named


def _as_json(_logger: Any, _method: str, line: Mapping[str, Any]) -> str:
    return orjson.dumps(
        line, default=lambda value: type(value).__name__, option=orjson.OPT_NON_STR_KEYS
    ).decode()


class _LibraryLine(logging.Formatter):
    """A library's record as one JSON line: its template without the arguments."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": "library_message",
            "level": record.levelname.lower(),
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "service": self._service,
            "library": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        # Without arguments the text may have been put together by the library already; its place says enough.
        if record.args and isinstance(record.msg, str):
            line["template"] = record.msg
        if record.exc_info:
            line["fault"] = record.exc_info[0].__name__ if record.exc_info[0] else ""
            line["places"] = _places(record.exc_info[2])
        return orjson.dumps(with_trace(None, "", line)).decode()
