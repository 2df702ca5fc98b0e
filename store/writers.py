"""Tables out: Parquet between jobs and CSV for people, complete on disk or not there at all."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from core import ROW_ID, Table
from store.artifacts import sync

FORMULA = r"^[=+\-@\t\r＝＋－＠]"
PLAIN = r"^[+\-]?(\d[\d.,]*|[.,]\d+)([eE][+\-]?\d+)?( ?%)?$|^\+\d[\d ()/.\-]*$"
"""A number, or an international phone number: no spreadsheet runs those as a formula."""

NUMBER = re.compile(r"\(os error (\d+)\)")


def write_parquet(table: Table, path: Path) -> None:
    """Write all columns, row ids included."""
    with replacing(path) as temporary:
        table.write_parquet(temporary, compression="zstd", compression_level=1)


def write_csv(table: Table, path: Path, safe: bool = False) -> None:
    """Write UTF-8 CSV after RFC 4180, without the row ids.

    A null is an empty cell and an empty text is "", so that they read back apart. `safe` puts '
    before texts and column names that a spreadsheet would run as a formula (OWASP, CSV
    injection); numbers and phone numbers stay as they are.
    """
    table = table.drop(ROW_ID, strict=False)
    with replacing(path) as temporary:
        (neutral(table) if safe else table).write_csv(temporary, line_terminator="\r\n")


def neutral(table: Table) -> Table:
    """The table with ' before each text and name that begins like a formula."""
    header = pl.DataFrame({"name": table.columns}, schema={"name": pl.String})
    names = header.select(harmless(pl.col("name")))["name"]
    cells = table.with_columns(harmless(pl.col(pl.String)))
    return cells.rename(dict(zip(table.columns, names, strict=True)))


def harmless(text: pl.Expr) -> pl.Expr:
    """The text, with ' before what begins like a formula and is no number."""
    is_formula = text.str.contains(FORMULA) & ~text.str.contains(PLAIN)
    return pl.when(is_formula).then(pl.lit("'") + text).otherwise(text).name.keep()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place once it is safely on disk.

    Nobody ever sees half a file: after an error or a crash the old one is still there. Raises
    OSError, with its number.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    except (pl.exceptions.ComputeError, OSError) as error:
        # Polars puts the number of the system's error into a text and nowhere else.
        number = NUMBER.search(str(error))
        if number is None:
            raise
        raise system_error(int(number[1])) from error
    finally:
        temporary.unlink(missing_ok=True)


def system_error(number: int) -> OSError:
    """The error that the system means by a number; Windows has numbers of its own."""
    if os.name == "nt":
        return OSError(0, "The file could not be written", None, number)
    return OSError(number, os.strerror(number))
