"""How a file was read, in words: every part of it by its name, with what was found."""

from collections.abc import Callable, Mapping
from typing import Any

Dialect = Mapping[str, Any]

NONE = "none"
SIGNS = {
    "": NONE,
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
    " ": "space",
    ":": "colon",
    ".": "point",
    '"': 'double "',
    "'": "single '",
    "\\": "backslash \\",
    "#": "hash #",
    "\u00a0": "hard space",
    "\u202f": "narrow space",
}
SPACES = {"after": " and space", "around": " between spaces"}
FORMATS = {
    "csv": "text table",
    "workbook": "workbook",
    "json": "JSON",
    "jsonl": "JSON Lines",
    "parquet": "Parquet",
    "arrow": "Arrow",
}
FOUND_BY = {
    "bom": "marked in the file",
    "valid": "every byte fits",
    "guessed": "best guess",
    "chosen": "your choice",
}


def sign(value: str) -> str:
    """A sign by its name, because some cannot be seen; an unknown one as it is."""
    return SIGNS.get(value, value)


def of_sign(key: str) -> Callable[[Dialect], str | None]:
    """The part that a sign stands for."""
    return lambda dialect: None if dialect.get(key) is None else sign(dialect[key])


def of_delimiter(dialect: Dialect) -> str | None:
    """The separator, with the spaces that belong to it."""
    delimiter = of_sign("delimiter")(dialect)
    return delimiter and delimiter + SPACES.get(dialect.get("spaces", ""), "")


def of_count(key: str) -> Callable[[Dialect], str | None]:
    """A number of lines."""
    return lambda dialect: None if dialect.get(key) is None else f"{dialect[key]:,}"


def of_text(key: str) -> Callable[[Dialect], str | None]:
    """A part that is in words already."""
    return lambda dialect: dialect.get(key) or None


def of_format(dialect: Dialect) -> str | None:
    """The format in words."""
    return FORMATS.get(dialect.get("format", ""), dialect.get("format"))


def of_encoding(dialect: Dialect) -> str | None:
    """The character set, and how it was found."""
    encoding, how = dialect.get("encoding"), FOUND_BY.get(dialect.get("encoding_from", ""))
    return f"{encoding} ({how})" if encoding and how else encoding


def of_names(dialect: Dialect) -> str | None:
    """How many rows name the columns."""
    if dialect.get("header") is False:
        return NONE
    rows = dialect.get("header_rows")
    return f"{rows:,}" if rows else None


def of_sheet(dialect: Dialect) -> str | None:
    """The sheet, out of how many."""
    sheet, sheets = dialect.get("sheet"), dialect.get("sheets") or ()
    return f"{sheet} (of {len(sheets):,})" if sheet and len(sheets) > 1 else sheet


PARTS: dict[str, tuple[str, Callable[[Dialect], str | None]]] = {
    "format": ("format", of_format),
    "encoding": ("encoding", of_encoding),
    "delimiter": ("separator", of_delimiter),
    "quote": ("quote", of_sign("quote")),
    "escape": ("escape", of_sign("escape")),
    "comment": ("comment sign", of_sign("comment")),
    "sheet": ("sheet", of_sheet),
    "records": ("list of records", of_text("records")),
    "skip_rows": ("lines above", of_count("lines_above_header")),
    "names": ("rows of names", of_names),
    "footer_rows": ("lines below", of_count("lines_below")),
    "line_end": ("line end", of_text("line_end")),
    "decimal": ("decimal mark", of_sign("decimal")),
    "thousands": ("thousands mark", of_sign("thousands")),
}
"""What a part is called and what was found, by the field of Reading that overrides it (if any)."""

ALWAYS = ("quote", "names")
"""Parts of which it is worth saying that there are none."""


def parts(dialect: Dialect) -> list[tuple[str, str]]:
    """What was found, as (label, words): [("format", "text table"), ("separator", "comma")]."""
    found = [(part, label, words(dialect)) for part, (label, words) in PARTS.items()]
    return [
        (label, words)
        for part, label, words in found
        if words is not None and (part in ALWAYS or words not in (NONE, "0"))
    ]
