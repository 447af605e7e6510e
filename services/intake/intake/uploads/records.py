"""Reading rows from bytes of a CSV file that come piece by piece: RFC 4180, UTF-8, bounded memory (IN-9).

A piece begins at the first byte of a row. A row that cannot be read is named with its rule, and reading goes on with
the next line, so that one stray quote does not take the good rows behind it along.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_ROW = 64 * 1024
BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Record:
    """One row as it stands: its fields, or the rule that it breaks. `size` is in bytes, `lines` in lines of the file.

    Without `fields` and without `fault` it is an empty line.
    """

    size: int
    lines: int
    fields: list[str] | None = None
    fault: str | None = None


@dataclass(frozen=True)
class HeaderRefused(Exception):
    """The first row does not name the columns in a way that can be read; `fault` is the rule."""

    fault: str


def records(piece: bytes, *, last: bool) -> Iterator[Record]:
    """The rows that stand whole in a piece; `last` says that the file ends with it.

    What is left over begins the next piece. A row without end within the longest row is told as `row_too_long` with
    the bytes up to the next line, or to the end of the piece when there is none: `skip_to_next_line` goes on then.
    """
    at, ends = 0, len(piece)
    while at < ends:
        record = _record(piece, at, last=last)
        if record is None:
            return
        at += record.size
        yield record


def skip_to_next_line(piece: bytes) -> tuple[int, bool]:
    """How many bytes are left of a row that was too long, and whether its end was found."""
    newline = piece.find(b"\n")
    return (len(piece), False) if newline < 0 else (newline + 1, True)


def header(piece: bytes, *, last: bool) -> tuple[list[str], int, int]:
    """The names in the first row, and the bytes and lines that it takes up, a byte order mark included.

    Raises HeaderRefused: `encoding` for what is not UTF-8, `header_missing` for an empty file, else the rule.
    """
    if piece.startswith(_OTHER_ENCODINGS):
        raise HeaderRefused("encoding")
    mark = len(BOM) if piece.startswith(BOM) else 0
    size, lines = mark, 0
    for record in records(piece[mark:], last=last):
        size, lines = size + record.size, lines + record.lines
        if record.fault is not None:
            # Every other byte of ASCII in UTF-16 is NUL.
            raise HeaderRefused("encoding" if record.fault == "nul" else record.fault)
        if record.fields is not None:
            return [name.strip() for name in record.fields], size, lines
    raise HeaderRefused("header_missing")


def _record(piece: bytes, at: int, *, last: bool) -> Record | None:
    """The row at this place; None when its end is not in the piece."""
    newline = piece.find(b"\n", at)
    first_line = (newline + 1 if newline >= 0 else len(piece)) - at
    if newline < 0 and not last and first_line <= LONGEST_ROW:
        return None
    if first_line > LONGEST_ROW:
        return Record(size=first_line, lines=1, fault="row_too_long")
    end = at + first_line
    quotes = piece.count(b'"', at, end)
    while quotes % 2 and end < len(piece) and end - at <= LONGEST_ROW:
        newline = piece.find(b"\n", end)
        further = newline + 1 if newline >= 0 else len(piece)
        quotes += piece.count(b'"', end, further)
        end = further
    if quotes % 2 and not last and end == len(piece) and end - at <= LONGEST_ROW:
        return None
    if not last and end == len(piece) and piece[end - 1 : end] != b"\n":
        return None
    if quotes % 2 or end - at > LONGEST_ROW:
        return Record(size=first_line, lines=1, fault="quotes")
    return _read(piece[at:end], first_line=first_line)


def _read(raw: bytes, *, first_line: int) -> Record:
    size, lines = len(raw), max(1, raw.count(b"\n"))
    line = raw.removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        return Record(size=size, lines=lines)
    if b"\x00" in line:
        return Record(size=size, lines=lines, fault="nul")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return Record(size=size, lines=lines, fault="encoding")
    if '"' not in text:
        if "\r" in text:
            return Record(size=size, lines=lines, fault="line_end")
        return Record(size=size, lines=lines, fields=text.split(","))
    try:
        (fields,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        # Whether the lines that follow belong to this row is not known: each is read for itself.
        return Record(size=first_line, lines=1, fault="quotes")
    return Record(size=size, lines=lines, fields=fields)
