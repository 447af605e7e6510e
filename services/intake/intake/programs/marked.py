"""YAML read with the line of every entry, so that whatever is wrong can be pointed to (IN-4).

Only what a list of criteria needs is read: mappings, lists, text, numbers, days, true and false. Anchors, aliases, tags
and a second document in one file are faults, so that nothing in a file can grow, refer or run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

MOST_BYTES = 65_536
_DEEPEST = 30
_NUMBER = re.compile(r"^[-+]?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$")
_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
_NOTHING = {"", "~", "null", "Null", "NULL"}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

Scalar = Decimal | date | bool | str | None


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong in a file, and in which line; lines are counted from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class BadFile(ValueError):
    """A file breaks rules; every one of its faults is told at once, in the order of lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True)
class Told:
    """One entry of a file with its line: a mapping, a list, or a scalar as it was written and as what it means.

    A `faulty` scalar has its fault noted already.
    """

    line: int
    entries: dict[str, Told] | None = None
    parts: tuple[Told, ...] | None = None
    written: str = ""
    value: Scalar = None
    faulty: bool = False


def read(content: str | bytes, *, file: str, faults: list[Fault]) -> Told:
    """The one document of a file; faults that leave the rest readable are added to `faults`.

    Raises BadFile when the rest cannot be read, and nothing else whatever the content is.
    """
    text = _text(content, file=file)
    try:
        return _Reading(text, file=file, faults=faults).document()
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = 1 if mark is None else mark.line + 1
        raise BadFile([Fault(file, line, f"not YAML: {wrong.problem or wrong.context}")]) from None
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, max(wrong.position, 0)) + 1
        raise BadFile([Fault(file, line, "a sign that no text has (control character)")]) from None


def _text(content: str | bytes, *, file: str) -> str:
    if len(content) > MOST_BYTES:
        raise BadFile([Fault(file, 1, f"larger than {MOST_BYTES} bytes")])
    if isinstance(content, str):
        sign = next((at for at, each in enumerate(content) if "\ud800" <= each <= "\udfff"), None)
        if sign is not None:
            raise BadFile([Fault(file, content.count("\n", 0, sign) + 1, "a sign that no text has")])
        if len(content.encode()) > MOST_BYTES:
            raise BadFile([Fault(file, 1, f"larger than {MOST_BYTES} bytes")])
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise BadFile([Fault(file, line, "not UTF-8 text")]) from None


class _Reading:
    def __init__(self, text: str, *, file: str, faults: list[Fault]) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self._file = file
        self._faults = faults

    def document(self) -> Told:
        next(self._events)  # the stream begins
        begins = next(self._events)
        if isinstance(begins, yaml.StreamEndEvent):
            raise BadFile([Fault(self._file, 1, "the file is empty")])
        told = self._node(next(self._events), depth=0)
        next(self._events)  # the document ends
        more = next(self._events)
        if not isinstance(more, yaml.StreamEndEvent):
            self._wrong(more, "a second document in the same file")
        return told

    def _node(self, event: Any, *, depth: int) -> Told:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise BadFile([Fault(self._file, line, "anchors and aliases are not used here")])
        if event.tag is not None:
            raise BadFile([Fault(self._file, line, "tags are not used here")])
        if depth > _DEEPEST:
            raise BadFile([Fault(self._file, line, "nested too deeply")])
        if isinstance(event, yaml.ScalarEvent):
            before = len(self._faults)
            value = self._scalar(event)
            return Told(line, written=event.value, value=value, faulty=len(self._faults) > before)
        if isinstance(event, yaml.SequenceStartEvent):
            return Told(line, parts=tuple(self._sequence(depth)))
        return Told(line, entries=self._mapping(depth))

    def _sequence(self, depth: int) -> Iterator[Told]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth=depth + 1)

    def _mapping(self, depth: int) -> dict[str, Told]:
        entries: dict[str, Told] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            named = self._node(next(self._events), depth=depth + 1)
            if key.entries is not None or key.parts is not None:
                self._wrong(event, "the name of an entry must be text")
            elif key.written in entries:
                self._wrong(event, f"{shortly(key.written)} is told twice")
            else:
                entries[key.written] = named
        return entries

    def _scalar(self, event: Any) -> Scalar:
        written: str = event.value
        if not event.implicit[0]:
            return written
        if written in _NOTHING:
            return None
        if written in _TRUTH:
            return _TRUTH[written]
        if _NUMBER.match(written):
            return Decimal(written)
        if _DAY.match(written):
            try:
                return date.fromisoformat(written)
            except ValueError:
                self._wrong(event, f"no calendar has the day {written}")
        return written

    def _wrong(self, event: Any, reason: str) -> None:
        self._faults.append(Fault(self._file, event.start_mark.line + 1, reason))


def shortly(written: str) -> str:
    """What was written, short enough and plain enough to stand in a message."""
    return ascii(written if len(written) <= 40 else written[:39] + "…")
