"""The same files read a second time by other libraries, to hold what Assay read against them."""

import codecs
import csv
import gzip
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb

from core import data_columns
from store.readers import ReadResult

Row = list[str | None]
PLAIN_TYPES = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|VARCHAR|BOOLEAN|DATE")
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

csv.field_size_limit(2**27)


def as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Stray bytes in UTF-8 as the characters that they are in cp1252."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "backslashreplace"), error.end


codecs.register_error("as-cp1252", as_cp1252)


def rows_of(result: ReadResult) -> list[Row]:
    """The rows of a table, with nothing for an empty text: most readers do not tell them apart."""
    rows = result.table.select(data_columns(result.table)).rows()
    return [[cell or None for cell in row] for row in rows]


def records_of_text(path: Path, dialect: dict[str, Any]) -> Iterator[tuple[int, Row]]:
    """Records of a delimited text by the standard library, each with the line it begins in."""
    text = path.read_bytes().decode(dialect["encoding"], "as-cp1252").removeprefix("\ufeff")
    if re.match(r'"?sep=.', text):
        text = text.partition("\n")[2]
    delimiter = dialect["delimiter"] or "\x1f"
    if len(delimiter) > 1:
        text, delimiter = text.replace(delimiter, "\x1f"), "\x1f"
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=dialect["quote"] or None,
        quoting=csv.QUOTE_MINIMAL if dialect["quote"] else csv.QUOTE_NONE,
        escapechar=dialect["escape"] or None,
        skipinitialspace=bool(dialect["spaces"]),
    )
    line = 1
    for record in reader:
        yield line, [cell or None for cell in record]
        line = reader.line_num + 1


def kept_of_text(path: Path, result: ReadResult) -> list[Row]:
    """The records that ought to be rows: all but header, blank lines and what was set aside."""
    dialect, width = result.dialect, len(data_columns(result.table))
    found = [(line, row) for line, row in records_of_text(path, dialect) if row or width == 1]
    aside = set(result.rejected["line"])
    kept = [row for line, row in found if line not in aside][dialect["header_rows"] :]
    return [(row + [None] * width)[:width] for row in kept]


def records_of_json(path: Path) -> list[dict[str, Any]] | None:
    """Flat records by the standard library, all values as text; None for other layouts."""
    content = path.read_bytes()
    try:
        found = as_json(content)
    except ValueError:
        found = [as_json(line) for line in content.splitlines()]
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        return None
    if any(isinstance(value, dict | list) for record in found for value in record.values()):
        return None
    return found


def as_json(text: bytes) -> Any:
    """A document; numbers keep their digits, true and false are words."""
    found = json.loads(text, parse_int=str, parse_float=str)
    for record in found if isinstance(found, list) else [found]:
        for key, value in record.items() if isinstance(record, dict) else ():
            record[key] = str(value).lower() if isinstance(value, bool) else value
    return found


def rows_of_records(records: list[dict[str, Any]]) -> list[Row]:
    """Records as rows with the union of their keys as columns, in order of appearance."""
    keys = dict.fromkeys(key for record in records for key in record)
    return [[record.get(key) or None for key in keys] for record in records]


def columns_of_parquet(path: Path) -> tuple[int, dict[str, list[str | None]]]:
    """Rows, and the columns whose types every reader writes alike, by DuckDB."""
    with duckdb.connect(config={"threads": 1}) as base:
        found = base.read_parquet(str(path))
        plain = [
            name
            for name, kind in zip(found.columns, found.types, strict=True)
            if PLAIN_TYPES.fullmatch(str(kind))
        ]
        quoted = ['"' + name.replace('"', '""') + '"' for name in plain]
        rows = found.project(
            ", ".join(f"CAST({name} AS VARCHAR)" for name in quoted) or "1"
        ).fetchall()
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else []
    return len(rows), dict(zip(plain, columns, strict=False))


def texts_of_xlsx(path: Path, sheet: str) -> Counter[str] | None:
    """All texts on a sheet of an XLSX file by an XML parser; None where they cannot be told."""
    try:
        with zipfile.ZipFile(path) as archive:
            place = part_of(archive, sheet)
            shared = shared_texts(archive)
            tree = ElementTree.fromstring(archive.read(place))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return None
    texts: Counter[str] = Counter()
    for cell in tree.iter(f"{MAIN}c"):
        value = cell.findtext(f"{MAIN}v")
        if cell.get("t") == "s" and value:
            if int(value) >= len(shared):
                return None
            texts[shared[int(value)]] += 1
        elif cell.get("t") == "inlineStr":
            texts["".join(part_text(part) for part in cell.iter(f"{MAIN}t"))] += 1
    texts.pop("", None)
    return texts


def part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part in which a sheet is stored. Raises KeyError."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for found in workbook.iter(f"{MAIN}sheet"):
        if found.get("name") == sheet:
            key = next(value for name, value in found.items() if name.endswith("}id"))
            return "xl/" + targets[key].removeprefix("/xl/")
    raise KeyError(sheet)


def shared_texts(archive: zipfile.ZipFile) -> list[str]:
    """The texts that cells refer to by number."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    tree = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return [
        "".join(
            part_text(part)
            for place in (item, *item.findall(f"{MAIN}r"))
            for part in place.findall(f"{MAIN}t")
        )
        for item in tree.findall(f"{MAIN}si")
    ]


def part_text(part: ElementTree.Element) -> str:
    """The text of a part; spaces at its ends count only where the file says so."""
    text = part.text or ""
    text = text if part.get(SPACE) == "preserve" else text.strip(" \t\r\n")
    # ECMA-376, 22.9.2.19: how XML writes a carriage return.
    return text.replace("_x000D_", "\r")


def unpacked(path: Path, folder: Path) -> Path:
    """A packed file as the file that is in it."""
    target = folder / "plain"
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            target.write_bytes(archive.read(archive.infolist()[0]))
    else:
        target.write_bytes(gzip.decompress(path.read_bytes()))
    return target
