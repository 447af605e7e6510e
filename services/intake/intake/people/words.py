"""Names as words to search by: the same spelling for every way of typing it (IN-7)."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not take apart into a base and a mark, though people type the base alone.
_BASES = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
}
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
_PLAIN = str.maketrans({**_BASES, **dict.fromkeys(_APOSTROPHES, "")})
_LONGEST = 64
_UNSEEN = (
    "Mn",
    "Cf",
)  # marks on a letter; signs without a shape, such as joiners and marks of writing direction


def words_of(text: str) -> list[str]:
    """The words of a name, each once and in order: small letters without accents, in any script, emoji kept.

    An apostrophe joins (O'Brien is one word), a hyphen parts. A word is cut at 64 characters.
    """
    # Taken apart before and after: some signs show a capital letter only once they are in parts.
    small = unicodedata.normalize("NFKD", text).casefold()
    apart = unicodedata.normalize("NFKD", small).translate(_PLAIN)
    kept = (sign for sign in apart if unicodedata.category(sign) not in _UNSEEN)
    spaced = "".join(sign if _belongs_to_a_word(sign) else " " for sign in kept)
    return list(dict.fromkeys(word[:_LONGEST] for word in spaced.split()))


def key_of(text: str) -> str:
    """A whole name in one spelling, its words in alphabetical order: *given family* equals *family given*."""
    return " ".join(sorted(words_of(text)))


def _belongs_to_a_word(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind[0] in "LN" or kind in ("Mc", "So", "Sk")
