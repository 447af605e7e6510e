"""Log lines are JSON with a static event, trace ids, and nothing that a person said or is called (OP-2,
rule 4).
"""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from chassis import logs, telemetry

CHECKOUT = Path(__file__).resolve().parents[2]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


class Lines(io.StringIO):
    @property
    def last(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(self.getvalue().splitlines()[-1])
        return line


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    written = Lines()
    logs.start(service="intake", level="INFO", stream=written)
    yield written
    structlog.reset_defaults()
    root.handlers[:], root.level = before, level


def test_a_line_names_event_service_level_and_time(lines: Lines) -> None:
    structlog.get_logger().info("relay_started", depth=3)

    assert lines.last.pop("at").endswith("Z")
    assert {key: value for key, value in lines.last.items() if key != "at"} == {
        "event": "relay_started",
        "service": "intake",
        "level": "info",
        "depth": 3,
    }


def test_a_line_written_within_a_request_names_its_trace(lines: Lines) -> None:
    with telemetry.request_span("GET", route="/", traceparent=None):
        structlog.get_logger().info("door_answered")

        assert lines.last["trace_id"] == telemetry.current_trace_id()
        assert re.fullmatch("[0-9a-f]{16}", lines.last["span_id"])


def test_what_stands_under_a_personal_key_is_left_out_at_any_depth(lines: Lines) -> None:
    structlog.get_logger().info(
        "person_recorded",
        Given_Name="the girl",
        record={"kind": "person", "phone": "555"},
        seen=[{"email": "x"}],
    )

    assert lines.last["record"] == {"kind": "person"}
    assert lines.last["refused_keys"] == ["email", "given_name", "phone"]
    assert "girl" not in lines.getvalue() and "555" not in lines.getvalue()


def test_a_body_is_never_written(lines: Lines) -> None:
    structlog.get_logger().warning(
        "call_malformed", body=b'{"given_name":"the girl"}', headers={"token": "abc"}
    )

    assert "girl" not in lines.getvalue() and "abc" not in lines.getvalue()


def test_an_exception_is_told_by_class_and_place_not_by_text(lines: Lines) -> None:
    try:
        raise ValueError("the girl is 15")
    except ValueError:
        structlog.get_logger().exception("lane_failed")

    assert lines.last["fault"] == "ValueError"
    assert lines.last["places"][-1].endswith("test_an_exception_is_told_by_class_and_place_not_by_text")
    assert "girl" not in lines.getvalue()


def test_a_librarys_message_is_written_without_its_arguments(lines: Lines) -> None:
    logging.getLogger("amqp").warning("lost %s of %s", "the girl", "letters")

    assert (lines.last["event"], lines.last["template"], lines.last["library"]) == (
        "library_message",
        "lost %s of %s",
        "amqp",
    )
    logging.getLogger("amqp").warning("lost the girl's letters")
    assert "template" not in lines.last
    assert "girl" not in lines.getvalue()


def test_a_value_that_json_does_not_know_is_told_by_its_class(lines: Lines) -> None:
    structlog.get_logger().info("odd", thing=object())

    assert lines.last["thing"] == "object"


def _log_calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("chassis/chassis", "services", "gateway/gateway"):
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in LEVELS
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in {"log", "logger"}
                ):
                    yield f"{path.relative_to(CHECKOUT)}:{node.lineno}", node


def test_every_log_call_of_the_house_has_a_static_name_and_no_personal_key() -> None:
    faults = []
    for place, call in _log_calls():
        event = call.args[0] if call.args else None
        if not (isinstance(event, ast.Constant) and re.fullmatch(r"[a-z][a-z0-9_]*", str(event.value))):
            faults.append(f"{place}: the event is not a static name")
        faults += [f"{place}: {key.arg}" for key in call.keywords if key.arg in logs.REFUSED_KEYS]

    assert not faults, "\n".join(faults)
