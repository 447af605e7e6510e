"""What pages say, in English and in French (GW-2)."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from flask import Request

LANGUAGES = ("en", "fr")


def language_of(request: Request) -> str:
    """The language of the page: `?lang=`, else what the browser asks for, else English."""
    stated = request.args.get("lang")
    return stated if stated in LANGUAGES else request.accept_languages.best_match(LANGUAGES, default="en")


@cache
def words(language: str) -> dict[str, Any]:
    """The words of a language."""
    said: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(f"{language}.yaml").read_text("utf-8"))
    return said


def said(language: str, group: str, code: str) -> str:
    """A code in words of the language; one that has none is shown as it is, with spaces."""
    known: dict[str, str] = words(language)[group]
    return known.get(code, code.replace("_", " "))


def told_at(instant: str, zone: ZoneInfo) -> str:
    """A moment by the clock of the house; with the name of its time, as an hour of autumn comes twice."""
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
