"""Asks how a file shall be read, part by part: what was found is the first choice of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from store.readers import Reading
from ui.dialect import NONE, PARTS, sign

DETECT = "\0"
"""The choice to let the reader find out; no sheet, list or sign is called that."""

SIGNS: dict[str, tuple[str, ...]] = {
    "delimiter": (",", ";", "\t", "|", " ", ":"),
    "quote": ("", '"', "'"),
    "escape": ("", "\\"),
    "comment": ("", "#", "//", "%", ";"),
}
"""The usual signs of each part; others may be typed."""

ENCODINGS = {
    "utf-8": "utf-8",
    "cp1252": "cp1252 · Western Europe",
    "iso8859-15": "iso8859-15 · Western Europe, with €",
    "cp1250": "cp1250 · Central Europe",
    "cp1251": "cp1251 · Cyrillic",
    "koi8-r": "koi8-r · Cyrillic",
    "cp1253": "cp1253 · Greek",
    "cp1254": "cp1254 · Turkish",
    "cp850": "cp850 · DOS",
    "mac-roman": "mac-roman · Macintosh",
    "utf-16": "utf-16",
    "shift-jis": "shift-jis · Japanese",
    "gb18030": "gb18030 · Chinese",
    "euc-kr": "euc-kr · Korean",
}
WRITTEN = {"\\t": "\t", "tab": "\t", "space": " ", NONE: ""}
"""What people type for signs that cannot be seen or are nothing."""

MAX_NAMES = 8
MAX_LINES = 1_000


@dataclass(frozen=True)
class Known:
    """What the questions start from: the format, what the user says, and what was found.

    `told` is what the user said when the dialect was found.
    """

    kind: str | None
    chosen: Reading
    dialect: Mapping[str, Any]
    told: Reading

    def found(self, part: str) -> str | None:
        """What was found out about a part, in words; None when nothing was, or it was told."""
        fields = ("header", "header_rows") if part == "names" else (part,)
        is_told = any(getattr(self.told, field) is not None for field in fields)
        return None if is_told else PARTS[part][1](self.dialect)


def questions(known: Known) -> tuple[str, ...]:
    """The parts that may be corrected; what a file has none of cannot be chosen."""
    asked = QUESTIONS.get(known.kind or "", ())
    return tuple(part for part in asked if part not in LISTS or known.dialect.get(part))


def ask_reading(known: Known) -> dict[str, Any]:
    """Ask for every part; the answers by field of Reading."""
    answers: dict[str, Any] = {}
    for part in questions(known):
        answers |= ASK[part](known, part)
    return answers


def pick(
    known: Known,
    part: str,
    options: Sequence[str],
    chosen: str | None,
    words: Callable[[str], str],
    is_open: bool = False,
) -> str | None:
    """One of some options, or what was found; None means: find out. `is_open` lets one type."""
    found = known.found(part)
    detect = f"Found: {found}" if found else "Find out"
    every = list(dict.fromkeys([DETECT, *options, *([chosen] if chosen is not None else [])]))
    picked = st.selectbox(
        PARTS[part][0].capitalize(),
        every,
        index=every.index(DETECT if chosen is None else chosen),
        format_func=lambda option: detect if option == DETECT else words(option),
        accept_new_options=is_open,
        help=explained(part),
        key=key_of(part),
    )
    return None if picked == DETECT else picked


def explained(part: str) -> str | None:
    """What a part means; one that is typed says so."""
    if part not in Reading.model_fields:
        return "How many rows name the columns; the names in several rows are joined."
    meaning = Reading.model_fields[part].description
    is_typed = part in ("encoding", "records", *SIGNS)
    return f"{meaning} Choose, or type another." if is_typed else meaning


def key_of(part: str) -> str:
    """The key of a part's widget."""
    return f"new-reading-{part}".replace("_", "-")


def ask_sign(known: Known, part: str) -> dict[str, Any]:
    """A separator, quote, escape or comment sign by its name."""
    picked = pick(known, part, SIGNS[part], getattr(known.chosen, part), sign, is_open=True)
    return {part: picked if picked is None else WRITTEN.get(picked, picked)}


def ask_encoding(known: Known, part: str) -> dict[str, Any]:
    """A character set."""
    chosen = known.chosen.encoding
    return {part: pick(known, part, list(ENCODINGS), chosen, encoding_words, is_open=True)}


def encoding_words(encoding: str) -> str:
    """A character set with where it is used."""
    return ENCODINGS.get(encoding, encoding)


def ask_listed(known: Known, part: str) -> dict[str, Any]:
    """A sheet out of all, or a list of records, of which the reader may not know all."""
    listed = known.dialect.get(LISTS[part]) or ()
    chosen = getattr(known.chosen, part)
    return {part: pick(known, part, listed, chosen, str, is_open=part == "records")}


def ask_names(known: Known, part: str) -> dict[str, Any]:
    """Whether any rows name the columns, and how many."""
    chosen = known.chosen
    before = None if chosen.header is None else str(int(chosen.header))
    if chosen.header_rows is not None and chosen.header is not False:
        before = str(chosen.header_rows)
    options = [str(rows) for rows in range(MAX_NAMES + 1)]
    picked = pick(known, part, options, before, lambda rows: NONE if rows == "0" else rows)
    rows = None if picked is None else int(picked)
    return {"header": None if rows is None else rows > 0, "header_rows": rows or None}


def ask_decimal(known: Known, part: str) -> dict[str, Any]:
    """The sign before decimals; the other one then stands between thousands."""
    return {part: pick(known, part, (".", ","), known.chosen.decimal, sign)}


def ask_count(known: Known, part: str) -> dict[str, Any]:
    """A number of lines; an empty field means: find out."""
    chosen = getattr(known.chosen, part)
    found = known.found(part)
    count = st.number_input(
        PARTS[part][0].capitalize(),
        min_value=0,
        max_value=MAX_LINES,
        value=chosen,
        placeholder="Find out" if found is None else f"Found: {found}",
        help=explained(part),
        key=key_of(part),
    )
    return {part: count}


LISTS = {"sheet": "sheets", "records": "lists"}
"""Parts that have names of their own, and where the dialect lists them."""

AROUND = ("skip_rows", "names", "footer_rows")
QUESTIONS: dict[str, tuple[str, ...]] = {
    "csv": ("encoding", *SIGNS, *AROUND, "decimal"),
    "workbook": ("sheet", *AROUND),
    "json": ("records",),
}
ASK: dict[str, Callable[[Known, str], dict[str, Any]]] = {
    "encoding": ask_encoding,
    **dict.fromkeys(SIGNS, ask_sign),
    "decimal": ask_decimal,
    **dict.fromkeys(LISTS, ask_listed),
    "skip_rows": ask_count,
    "names": ask_names,
    "footer_rows": ask_count,
}
