"""Telephone numbers and mail addresses in one spelling, to compare them by; what was typed is kept beside (IN-7)."""

from __future__ import annotations

import re
import unicodedata

_EXTENSION = re.compile(r"(?:ext|extension|poste|x|#)\.?\s*\d{1,6}\s*$", re.IGNORECASE)
_NORTH_AMERICAN = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})")
# How a call abroad is begun: in North America, and in most other places.
_ABROAD = ("011", "00")
_FEWEST, _MOST = 8, 15


def number_key(typed: str) -> str:
    """A telephone number as `+` and digits, or the digits alone when no country can be told.

    Ten digits, or eleven that begin with 1, are North American. `+`, `011` or `00` before at least eight digits
    begins a number of any country. An extension is left out. Empty when there are no digits.
    """
    plain = _EXTENSION.sub("", unicodedata.normalize("NFKC", typed))
    digits = "".join(
        str(unicodedata.digit(sign)) for sign in plain if unicodedata.digit(sign, None) is not None
    )
    if "+" in plain:
        return f"+{digits}" if digits else ""
    if known := _NORTH_AMERICAN.fullmatch(digits):
        return f"+1{known[1]}"
    for prefix in _ABROAD:
        if digits.startswith(prefix) and _FEWEST <= len(digits) - len(prefix) <= _MOST:
            return f"+{digits.removeprefix(prefix)}"
    return digits


def mail_key(typed: str) -> str:
    """A mail address in small letters. Empty when it has not one `@` between two parts without space."""
    plain = unicodedata.normalize("NFKC", typed).casefold().strip()
    name, at, place = plain.partition("@")
    well_formed = name and at and place and "@" not in place and not any(sign.isspace() for sign in plain)
    return plain if well_formed else ""
