"""Two helpers for reader tests: a file from text or bytes, and the smallest workbook there is."""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from core import Table, data_columns
from store.readers import Reading, ReadResult, read_table

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Cell = str | int | float | bool | None


def read(
    folder: Path, content: str | bytes, name: str = "data.csv", **reading: object
) -> ReadResult:
    """Write a file and read it as a table."""
    path = folder / "upload"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, name, Reading.model_validate(reading))


def cells(table: Table) -> list[list[str | None]]:
    """Header and rows without row ids."""
    names = data_columns(table)
    return [list(names), *(list(row) for row in table.select(names).rows())]


def codes(result: ReadResult) -> set[str]:
    """The codes of all findings."""
    return {finding.code for finding in result.findings}


def workbook(sheets: dict[str, list[list[Cell]]], parts: dict[str, str] | None = None) -> bytes:
    """An XLSX file with inline texts; `parts` replaces or adds members."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="r{i}"/>'
        for i, name in enumerate(names, 1)
    )
    related = "".join(
        f'<Relationship Id="r{i}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    members = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="w" '
        f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
        f"{related}</Relationships>",
        **{f"xl/worksheets/sheet{i}.xml": sheet(sheets[n]) for i, n in enumerate(names, 1)},
        **(parts or {}),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def sheet(rows: list[list[Cell]]) -> str:
    """The XML of a sheet."""
    lines = "".join(
        f'<row r="{r}">{"".join(cell(r, c, v) for c, v in enumerate(row))}</row>'
        for r, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def cell(row: int, column: int, value: Cell) -> str:
    """The XML of a cell; nothing for None."""
    place = f'r="{chr(65 + column)}{row}"'
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c {place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c {place}><v>{value!r}</v></c>"
    return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
