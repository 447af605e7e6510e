"""The schemes of identifiers, held as data and checked when they are loaded (IN-7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from intake.people.identifiers.checks import luhn, weighted_mod_11

FILE = Path(__file__).with_name("schemes.yaml")
_CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")
_ISSUER = re.compile(r"[A-Z0-9][A-Z0-9_:-]{0,63}")
_ISSUED = ("none", "required")
_FIELDS = {"scheme", "name", "issuer", "issuers", "form", "says", "check", "from"}


class SchemesInvalid(ValueError):
    """The file of schemes breaks a rule; the message names the scheme and the field."""


@dataclass(frozen=True)
class Scheme:
    """One kind of identifier."""

    code: str
    name: str
    issued_by_many: bool
    issuers: tuple[str, ...]
    form: re.Pattern[str]
    says: str
    check: Callable[[str], bool] | None

    def knows_issuer(self, issuer: str) -> bool:
        """Whether an identifier of this scheme can come from there."""
        if not self.issued_by_many:
            return issuer == ""
        return issuer in self.issuers if self.issuers else _ISSUER.fullmatch(issuer) is not None


def identifier_key(typed: str) -> str:
    """An identifier of any scheme in one spelling: capitals without spaces, points, dashes and strokes."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] != "Z" and not _separates(sign))


def _separates(sign: str) -> bool:
    return sign in "./\N{MINUS SIGN}\t" or unicodedata.category(sign) == "Pd"


def issuer_key(typed: str | None) -> str:
    """Who gave an identifier, in one spelling; empty where nobody is named."""
    return "_".join(unicodedata.normalize("NFKC", typed or "").upper().split())


@cache
def schemes() -> dict[str, Scheme]:
    """Every scheme by its code. Raises SchemesInvalid when the file breaks a rule."""
    return {scheme.code: scheme for scheme in read_schemes(FILE)}


def read_schemes(file: Path) -> list[Scheme]:
    """The schemes of a file. Raises SchemesInvalid with the file, the scheme and the field."""
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as broken:
        raise SchemesInvalid(f"{file.name}: {broken}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SchemesInvalid(f"{file.name}: a list of schemes is expected")
    read = [_scheme(row, place=f"{file.name}, scheme {place}") for place, row in enumerate(rows, start=1)]
    for code in (scheme.code for scheme in read):
        if sum(scheme.code == code for scheme in read) > 1:
            raise SchemesInvalid(f"{file.name}: {code} stands there twice")
    return read


def _scheme(row: dict[str, Any], *, place: str) -> Scheme:
    _only_known(row, _FIELDS, place=place)
    code, issuer = row.get("scheme"), row.get("issuer")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise SchemesInvalid(f"{place}: scheme must be a code of small letters, digits and _")
    place = f"{place} ({code})"
    for field in ("name", "form", "says"):
        if not isinstance(row.get(field), str):
            raise SchemesInvalid(f"{place}: {field} must be text")
    if issuer not in _ISSUED:
        raise SchemesInvalid(f"{place}: issuer must be one of {', '.join(_ISSUED)}")
    issuers = row.get("issuers", [])
    if not isinstance(issuers, list) or not all(
        isinstance(each, str) and _ISSUER.fullmatch(each) for each in issuers
    ):
        raise SchemesInvalid(f"{place}: issuers must be a list of codes in capitals")
    try:
        form = re.compile(row["form"], re.ASCII)
    except re.error as wrong:
        raise SchemesInvalid(f"{place}: form is no regular expression: {wrong}") from None
    return Scheme(
        code=code,
        name=row["name"],
        issued_by_many=issuer == "required",
        issuers=tuple(issuers),
        form=form,
        says=row["says"],
        check=_check(row.get("check"), place=place),
    )


def _check(told: Any, *, place: str) -> Callable[[str], bool] | None:
    if told is None:
        return None
    if not isinstance(told, dict):
        raise SchemesInvalid(f"{place}: check must name a rule")
    match told.get("rule"):
        case "luhn":
            _only_known(told, {"rule"}, place=f"{place}, check")
            return luhn
        case "weighted_mod_11":
            _only_known(told, {"rule", "weights"}, place=f"{place}, check")
            weights = told.get("weights")
            if (
                not isinstance(weights, list)
                or not weights
                or not all(type(each) is int and 0 < each < 11 for each in weights)
            ):
                raise SchemesInvalid(f"{place}: weights must be whole numbers from 1 to 10")
            return partial(weighted_mod_11, weights=tuple(weights))
        case rule:
            raise SchemesInvalid(f"{place}: there is no check digit rule {rule!r}")


def _only_known(row: dict[str, Any], known: Iterable[str], *, place: str) -> None:
    if unknown := sorted(str(field) for field in set(row) - set(known)):
        raise SchemesInvalid(f"{place}: unknown field {unknown[0]}")
