"""Names that users gave to files, made safe to stand in a sentence."""

import re
import unicodedata

MAX_CHARACTERS = 80
SEPARATORS = re.compile(r"[/\\]")
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories that break lines, turn the reading direction, or cannot be stored."""

JOINERS = "\u200c\u200d"
"""Unseen as well, but Persian words and many emoji are spelt with them."""


def shown(name: str) -> str:
    """The last part of a file name with unseen characters escaped, and its middle cut when long.

    The extension stays: it says how the file is read.
    """
    last = SEPARATORS.split(name.rstrip("/\\"))[-1]
    text = "".join(escaped(character) for character in last)
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = f"{text[: half - 1]}…{text[-half:]}"
    return text


def escaped(character: str) -> str:
    """A character, or its number if it cannot be seen."""
    if character in JOINERS or unicodedata.category(character) not in UNSEEN:
        return character
    return character.encode("unicode_escape").decode()


def extension(name: str) -> str:
    """The lower-case extension without its dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""
