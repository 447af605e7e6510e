"""Taking a file apart entry by entry, noting every fault with its line instead of stopping at the first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from chassis import contracts
from intake.programs.criteria import Choice, Fact, Informing, Words
from intake.programs.marked import BadFile, Fault, Told, shortly
from intake.programs.possible import Trial

CODE = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
FORM_QUESTION = re.compile(r"^[a-z0-9][a-z0-9_.:-]{0,62}$")
KINDS = ("number", "date", "code", "boolean", "age")
OLDEST = Decimal(150)
# Signs that turn the direction of writing around: what is read would not be what stands there.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MOST_FACTS, MOST_CHOICES, LONGEST = 60, 50, 1_000


class Reader:
    """Reads entries of one file and collects its faults; what is wrong reads as None."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.trial = Trial()

    def wrong(self, at: Told, reason: str) -> None:
        """Note a fault, unless one is noted already for this very entry."""
        if not at.faulty:
            self.faults.append(Fault(self.file, at.line, reason))

    def finish(self) -> None:
        """Raises BadFile when there were faults."""
        if self.faults:
            raise BadFile(self.faults)

    def mapping(
        self, told: Told, what: str, *, required: Collection[str] = (), allowed: Collection[str] = ()
    ) -> dict[str, Told]:
        """The entries of a mapping; one that is missing or that nobody knows is a fault."""
        if told.entries is None:
            self.wrong(told, f"{what} must be a mapping (name: value)")
            return {}
        for name in required:
            if name not in told.entries:
                self.wrong(told, f"{what} has no {name}")
        for name, entry in told.entries.items():
            if name not in required and name not in allowed:
                self.wrong(entry, f"{what} has an unknown entry {shortly(name)}")
        return told.entries

    def parts(self, told: Told | None, what: str, *, most: int, least: int = 1) -> tuple[Told, ...]:
        """The parts of a list, so many at least and at most."""
        if told is None:
            return ()
        if told.parts is None:
            self.wrong(told, f"{what} must be a list")
            return ()
        if not least <= len(told.parts) <= most:
            self.wrong(told, f"{what} must have {least} to {most} parts, and has {len(told.parts)}")
        return told.parts[:most]

    def text(self, told: Told | None, what: str, *, longest: int = LONGEST) -> str | None:
        """Text that says something, without control characters."""
        if told is None:
            return None
        if told.entries is not None or told.parts is not None or told.value is None:
            self.wrong(told, f"{what} must be text")
            return None
        text = unicodedata.normalize("NFC", " ".join(told.written.split()))
        if not text or len(text) > longest:
            self.wrong(told, f"{what} must be text of 1 to {longest} signs")
            return None
        if any(unicodedata.category(sign) in ("Cc", "Cs", "Cn") or sign in _TURNING for sign in text):
            self.wrong(told, f"{what} must be text without control characters")
            return None
        return text

    def code(self, told: Told | None, what: str, *, pattern: re.Pattern[str] = CODE) -> str | None:
        """A code: a lower case letter, then lower case letters, digits and `_`."""
        text = self.text(told, what)
        if text is not None and told is not None and not pattern.match(text):
            self.wrong(
                told, f"{what} must be a code of lower case letters, digits and _, not {shortly(text)}"
            )
            return None
        return text

    def one_of(self, told: Told | None, what: str, choices: Iterable[str]) -> str | None:
        """One out of a list of codes."""
        listed = list(choices)
        text = self.text(told, what)
        if text is not None and told is not None and text not in listed:
            self.wrong(told, f"{what} must be one of {', '.join(listed)}, not {shortly(text)}")
            return None
        return text

    def codes(self, told: Told | None, what: str, *, among: Collection[str] | None = None) -> frozenset[str]:
        """A list of codes, each once."""
        found: list[str] = []
        for part in self.parts(told, what, most=50):
            code = self.code(part, what) if among is None else self.one_of(part, what, sorted(among))
            if code is not None and code in found:
                self.wrong(part, f"{what} names {shortly(code)} twice")
            elif code is not None:
                found.append(code)
        return frozenset(found)

    def day(self, told: Told | None, what: str) -> date | None:
        """A day, as 2026-03-04."""
        if told is None or isinstance(told.value, date):
            return None if told is None else told.value  # type: ignore[return-value]
        self.wrong(told, f"{what} must be a day such as 2026-03-04")
        return None

    def number(self, told: Told | None, what: str) -> Decimal | None:
        """A number, exact."""
        if told is None or isinstance(told.value, Decimal):
            return None if told is None else told.value  # type: ignore[return-value]
        self.wrong(told, f"{what} must be a number")
        return None

    def whole(self, told: Told | None, what: str, *, least: int, most: int) -> int | None:
        """A whole number between two others."""
        number = self.number(told, what)
        if number is None or told is None:
            return None
        if number != number.to_integral_value() or not least <= number <= most:
            self.wrong(told, f"{what} must be a whole number from {least} to {most}")
            return None
        return int(number)

    def words(self, told: Told | None, what: str) -> Words | None:
        """The same words in English and French."""
        if told is None:
            return None
        entries = self.mapping(told, what, required=("en", "fr"))
        english, french = (self.text(entries.get(tongue), f"{what} in {tongue}") for tongue in ("en", "fr"))
        return Words(english, french) if english and french else None

    # -- facts

    def facts(self, told: Told | None, *, taken: Collection[str]) -> dict[str, Fact]:
        """Everything that is asked, by code. A code that is taken, or told twice, is a fault."""
        found: dict[str, Fact] = {}
        for part in self.parts(told, "facts", most=MOST_FACTS, least=0):
            fact = self._fact(part)
            if fact is None:
                continue
            if fact.code in found or fact.code in taken:
                self.wrong(
                    part, f"the fact {fact.code} is told twice, or is one that the record tells by itself"
                )
                continue
            found[fact.code] = fact
        return found

    def _fact(self, told: Told) -> Fact | None:
        entries = self.mapping(
            told,
            "a fact",
            required=("code", "type", "question"),
            allowed=("choices", "lowest", "highest", "unit", "informed_by"),
        )
        code = self.code(entries.get("code"), "the code of a fact")
        kind = self.one_of(entries.get("type"), "the type of a fact", KINDS)
        question = self.words(entries.get("question"), "the question")
        informed_by = self.informing(entries.get("informed_by"))
        for name in ("lowest", "highest", "unit"):
            if name in entries and kind != "number":
                self.wrong(entries[name], f"{name} goes with a number only")
        if ("choices" in entries) != (kind == "code") and kind is not None:
            self.wrong(
                entries.get("choices", told), "choices go with a fact of the type code, and with no other"
            )
        if code is None or kind is None or question is None:
            return None
        lowest = self.number(entries.get("lowest"), "lowest")
        highest = self.number(entries.get("highest"), "highest")
        if lowest is not None and highest is not None and lowest >= highest:
            self.wrong(entries["lowest"], "lowest must be below highest")
        return Fact(
            code=code,
            kind=kind,
            question=question,
            choices=self._choices(entries.get("choices")) if kind == "code" else (),
            lowest=Decimal(0) if kind == "age" else lowest,
            highest=OLDEST if kind == "age" else highest,
            unit="years" if kind == "age" else self.text(entries.get("unit"), "the unit", longest=40),
            informed_by=informed_by,
        )

    def _choices(self, told: Told | None) -> tuple[Choice, ...]:
        found: dict[str, Choice] = {}
        for part in self.parts(told, "choices", most=MOST_CHOICES, least=2):
            entries = self.mapping(part, "a choice", required=("code", "name"))
            code = self.code(entries.get("code"), "the code of a choice")
            name = self.words(entries.get("name"), "the name of a choice")
            if code is not None and code in found:
                self.wrong(part, f"the choice {code} is told twice")
            elif code is not None and name is not None:
                found[code] = Choice(code, name)
        return tuple(found.values())

    def informing(self, told: Told | None) -> tuple[Informing, ...]:
        """The questions of forms whose answers may tell it (IN-12)."""
        found: list[Informing] = []
        for part in self.parts(told, "informed_by", most=20):
            entries = self.mapping(
                part,
                "an entry of informed_by",
                required=("form", "question", "category"),
                allowed=("versions",),
            )
            form = self.code(entries.get("form"), "the form")
            question = self.code(entries.get("question"), "the question of the form", pattern=FORM_QUESTION)
            category = self.one_of(
                entries.get("category"), "the category", contracts.access_list("categories")
            )
            versions = [
                self.whole(each, "a version of the form", least=1, most=10_000)
                for each in self.parts(entries.get("versions"), "versions", most=50)
            ]
            if form and question and category:
                found.append(Informing(form, question, category, tuple(each for each in versions if each)))
        return tuple(found)
