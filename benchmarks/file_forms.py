"""Tables as text in any form: separator, quote, escape, line end; and files made of them."""

from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.clean_tables import Row, Table


@dataclass(frozen=True)
class Form:
    """How a table is written; RFC 4180 unless said otherwise.

    An empty quote writes cells as they are; an empty escape leaves quotes inside quotes alone.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    newline: str = "\r\n"
    quoted: Literal["needed", "all", "header"] = "needed"


DELIMITERS = {
    "semicolon": ";",
    "tab": "\t",
    "pipe": "|",
    "space": " ",
    "comma and space": ", ",
    "caret": "^",
    "tilde": "~",
    "colon": ":",
    "two pipes": "||",
    "two colons": "::",
}

RFC_4180 = Form()


def render(table: Table, form: Form = RFC_4180) -> str:
    """The text of a file."""
    return "".join(line + form.newline for line in written(table, form))


def written(table: Table, form: Form = RFC_4180) -> list[str]:
    """The text of each record, the names first, without its line end."""
    return [
        line(record, form, form.quoted == "all" or (form.quoted == "header" and not number))
        for number, record in enumerate(table.records)
    ]


def line(record: Row, form: Form = RFC_4180, always: bool = False) -> str:
    """The text of one record; `always` puts quotes around each cell."""
    return form.delimiter.join(cell_text(cell, form, always) for cell in record)


def cell_text(cell: str, form: Form, always: bool) -> str:
    """The text of one cell, quoted where it must be or where that is asked for."""
    if not form.quote:
        return cell
    marks = (form.delimiter.strip() or form.delimiter, form.quote, "\n", "\r")
    if not always and not any(mark in cell for mark in marks):
        return cell
    if form.escape not in ("", form.quote):
        cell = cell.replace(form.escape, form.escape * 2)
    return f"{form.quote}{cell.replace(form.quote, form.escape + form.quote)}{form.quote}"


def plain(table: Table, delimiter: str) -> Table:
    """The same table without characters that would need quotes."""
    names = table.names and plain_row(table.names, delimiter)
    return replace(table, names=names, rows=tuple(plain_row(r, delimiter) for r in table.rows))


def plain_row(row: Row, delimiter: str) -> Row:
    """A row whose cells hold no separator, quote or line end."""
    gone = dict.fromkeys(map(ord, f'{delimiter.strip() or delimiter}"\r\n'), "_")
    return tuple(cell.translate(gone) for cell in row)


@dataclass(frozen=True)
class Case:
    """A file with one deviation, and the table that should be read from it.

    `truth` is None where there is nothing to read.
    """

    deviation: str
    variant: str
    content: bytes
    truth: Table | None


def case(deviation: str, variant: str, text: str, truth: Table | None) -> Case:
    """A case in UTF-8."""
    return Case(deviation, variant, text.encode(), truth)
