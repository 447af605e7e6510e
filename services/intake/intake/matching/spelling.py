"""Spellings as they are compared: folded, squeezed, in Latin letters, by sound, and as digits (IN-8).

Pure functions of text. Nothing here knows a database or a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import jellyfish
from anyascii import anyascii

from intake.people.words import words_of

_HONORIFICS = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "mme", "mlle", "sir"))
_GENERATIONS = {"jr": 2, "junior": 2, "sr": 1, "senior": 1, "ii": 2, "iii": 3, "iv": 4}
# What a scanner or a hurried hand makes of letters and of digits.
_MEANT_AS_LETTERS = str.maketrans("015834", "olsbea")
_MEANT_AS_DIGITS = str.maketrans("oilsb", "01158")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[oOiIlLsSB](?=\d|$)")
_MISREAD = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("i", "l"), ("j", "l"), ("v", "u"))
_SEPARATORS = str.maketrans("", "", " .-()/+")
_EXTENSION = re.compile(r"\s*(?:ext\.?|x|poste|#)\s*(?=\d+\s*$)", re.IGNORECASE)

_WAYS = {
    **dict.fromkeys(("st", "str", "street"), "street"),
    **dict.fromkeys(("rd", "road"), "road"),
    **dict.fromkeys(("ave", "av", "avenue"), "avenue"),
    **dict.fromkeys(("cr", "cres", "cresc", "crescent"), "crescent"),
    **dict.fromkeys(("blvd", "boul", "boulevard"), "boulevard"),
    **dict.fromkeys(("dr", "drive"), "drive"),
    **dict.fromkeys(("ct", "crt", "court"), "court"),
    **dict.fromkeys(("pl", "place"), "place"),
    **dict.fromkeys(("hwy", "highway"), "highway"),
    **dict.fromkeys(("ln", "lane"), "lane"),
    **dict.fromkeys(("sq", "square"), "square"),
    **dict.fromkeys(("tce", "ter", "terr", "terrace"), "terrace"),
    **dict.fromkeys(("pde", "parade"), "parade"),
    **dict.fromkeys(("cl", "close"), "close"),
    **dict.fromkeys(("cct", "circuit"), "circuit"),
    **dict.fromkeys(("apt", "apartment", "unit", "suite", "ste", "flat", "no", "number"), ""),
}
_PROVINCES = {
    "britishcolumbia": "bc",
    "alberta": "ab",
    "saskatchewan": "sk",
    "manitoba": "mb",
    "ontario": "on",
    "quebec": "qc",
    "newbrunswick": "nb",
    "novascotia": "ns",
    "princeedwardisland": "pe",
    "newfoundlandandlabrador": "nl",
    "yukon": "yt",
    "northwestterritories": "nt",
    "nunavut": "nu",
}
_KINDS_OF_WAY = frozenset(_WAYS.values()) | {"way", "rue", "chemin"}


@dataclass(frozen=True, slots=True)
class Name:
    """One part of a name (given or family), taken apart once so that comparing is cheap."""

    words: tuple[str, ...]
    squeezed: str
    latin: str
    sounds: frozenset[str]
    scanned: str = ""
    generation: int = 0

    def __bool__(self) -> bool:
        return bool(self.squeezed)


@dataclass(frozen=True, slots=True)
class Street:
    """A street line: its numbers, its telling words, and all of it in one spelling."""

    numbers: frozenset[str]
    words: str
    squeezed: str

    def __bool__(self) -> bool:
        return bool(self.squeezed)


@lru_cache(maxsize=65_536)
def name_of(text: str) -> Name:
    """A name part as it is compared; honorifics are left out, *junior* and the like are kept aside."""
    words = [_letters_meant(word) for word in words_of(text)]
    generation = 0
    if len(words) > 1:
        generation = max((_GENERATIONS.get(word, 0) for word in words[1:]), default=0)
        kept = [word for word in words if word not in _HONORIFICS and word not in _GENERATIONS]
        words = kept or words
    squeezed = "".join(words)
    latin = _latin(squeezed) or squeezed
    sounds = frozenset(sound_of(word) for word in words)
    return Name(
        words=tuple(words),
        squeezed=squeezed,
        latin=latin,
        sounds=sounds,
        scanned=_as_scanned(latin),
        generation=generation,
    )


@lru_cache(maxsize=65_536)
def sound_of(word: str) -> str:
    """How a word sounds, roughly: words that are often taken for one another share it; never empty for a word."""
    latin = _latin(word)
    sound = jellyfish.metaphone(latin) if latin.isascii() else ""
    return sound or latin or word


@lru_cache(maxsize=65_536)
def street_of(text: str) -> Street:
    """A street line as it is compared: abbreviations written out, *unit* and the like left out."""
    words = [_WAYS.get(word, word) for word in _latin_words(text)]
    words = [word for word in words if word]
    numbers = frozenset(word for word in words if any(sign.isdigit() for sign in word))
    spoken = [word for word in words if word not in numbers]
    telling = [word for word in spoken if word not in _KINDS_OF_WAY] or spoken
    return Street(numbers=numbers, words=" ".join(telling), squeezed="".join(words))


@lru_cache(maxsize=65_536)
def place_of(text: str) -> str:
    """A town or a province in one spelling, without spaces."""
    return "".join(_latin_words(text))


def province_of(text: str) -> str:
    """A province by its code where it has one here, else in one spelling."""
    place = place_of(text)
    return _PROVINCES.get(place, place)


def code_of(text: str) -> str:
    """A postal code or an identifier in one spelling: capital letters and digits only."""
    return "".join(_latin_words(text)).upper()


def digits_of(text: str) -> str:
    """The digits of a number; a letter between digits that is taken for one counts as it: O for 0, l for 1."""
    plain = _latin(text).translate(_SEPARATORS)
    return "".join(sign for sign in _BETWEEN_DIGITS.sub(_digit_meant, plain) if sign.isdigit())


def phone_of(text: str) -> str:
    """The last ten digits of a phone number: country code and extension do not count."""
    return digits_of(_EXTENSION.split(text, maxsplit=1)[0])[-10:]


def _digit_meant(letter: re.Match[str]) -> str:
    return letter.group().lower().translate(_MEANT_AS_DIGITS)


def _as_scanned(word: str) -> str:
    """One spelling for all that a scanner takes for one another."""
    for read, meant in _MISREAD:
        word = word.replace(read, meant)
    return word


def _letters_meant(word: str) -> str:
    letters = sum(sign.isalpha() for sign in word)
    return word.translate(_MEANT_AS_LETTERS) if letters * 2 > len(word) else word


def _latin_words(text: str) -> list[str]:
    return [word for part in words_of(text) for word in words_of(_latin(part))]


def _latin(text: str) -> str:
    if text.isascii():
        return text
    romanised = anyascii(text).lower()
    return "".join(sign for sign in romanised if sign.isalnum() or sign == " ")
