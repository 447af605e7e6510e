"""Reading and writing HSDS files of any size, one object at a time (IN-11)."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from icm.complaints import Complaint

_PIECE = 64 * 1024
_SPACE = " \t\r\n"
_SERVICES = "services"


def objects_in(file: Path) -> Iterator[tuple[str, int, Any]]:
    """Each object of a file with the name of its list and its place there; never more than one in memory.

    A bare list is one of services. What stands beside the lists comes with place -1. Raises Complaint for a file that
    cannot be read or is not JSON.
    """
    try:
        with file.open("rb") as opened:
            yield from _objects(_Text(opened))
    except OSError as reason:
        raise Complaint(f"{file} cannot be read: {reason.strerror}.") from None
    except UnicodeDecodeError as wrong:
        raise Complaint(f"{file} is not UTF-8 text: byte {wrong.start} of a piece.") from None
    except ValueError as wrong:
        raise Complaint(f"{file} is not JSON: {wrong}.") from None


def _objects(text: _Text) -> Iterator[tuple[str, int, Any]]:
    if text.next_sign() == "[":
        yield from _listed(text, _SERVICES)
    else:
        text.take("{")
        more = text.next_sign() != "}"
        while more:
            name = text.value()
            if not isinstance(name, str):
                raise ValueError("a name was expected")
            text.take(":")
            if text.next_sign() == "[":
                yield from _listed(text, name)
            else:
                yield name, -1, text.value()
            more = text.took(",")
        text.take("}")
    if text.next_sign():
        raise ValueError("there is something after the end")


def _listed(text: _Text, name: str) -> Iterator[tuple[str, int, Any]]:
    text.take("[")
    place, more = 0, text.next_sign() != "]"
    while more:
        yield name, place, text.value()
        place, more = place + 1, text.took(",")
    text.take("]")


class _Text:
    """A file as text of which only what is not yet understood is kept."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self._held = ""
        self._ended = False

    def next_sign(self) -> str:
        """The next sign that is no space; empty at the end."""
        while True:
            self._held = self._held.lstrip(_SPACE)
            if self._held or not self._more():
                return self._held[:1]

    def take(self, sign: str) -> None:
        """Go past a sign that must come now."""
        if not self.took(sign):
            found = self.next_sign() or "the end"
            raise ValueError(f"{sign} was expected and {found} was found")

    def took(self, sign: str) -> bool:
        """Go past a sign if it comes now."""
        if self.next_sign() != sign:
            return False
        self._held = self._held[1:]
        return True

    def value(self) -> Any:
        """The next value, whole. A number at the end of what is held may go on, so more is read first."""
        self.next_sign()
        while True:
            try:
                value, end = self._json.raw_decode(self._held)
                if end < len(self._held) or not self._more():
                    self._held = self._held[end:]
                    return value
            except json.JSONDecodeError as wrong:
                if not self._more():
                    raise ValueError(wrong.msg.lower()) from None

    def _more(self) -> bool:
        """Read on, twice as far as is held, so that a long object is not begun anew for each piece."""
        if self._ended:
            return False
        piece = self._opened.read(max(_PIECE, len(self._held)))
        self._ended = not piece
        self._held += self._decode.decode(piece, final=self._ended)
        return True


class Writer:
    """An HSDS file that is written list by list."""

    def __init__(self, opened: Any, *, version: str) -> None:
        self._opened = opened
        self._list: str | None = None
        opened.write('{"hsds_version": ' + json.dumps(version))

    def write(self, name: str, told: dict[str, Any]) -> None:
        """Write one object; all objects of a list come one after the other."""
        if name != self._list:
            self._opened.write(("\n]" if self._list else "") + f",\n{json.dumps(name)}: [\n")
        else:
            self._opened.write(",\n")
        self._list = name
        self._opened.write(json.dumps(told, ensure_ascii=False))

    def end(self) -> None:
        """Write the end of the file."""
        self._opened.write(("\n]" if self._list else "") + "}\n")
