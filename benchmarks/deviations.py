"""Files that deviate from RFC 4180 in one way each, with the table that should be read.

The idea is that of "Pollock: A Data Loading Benchmark" (Vitagliano et al., PVLDB 16(8), 2023);
tables, deviations and truths are our own. What counts as truth: the values that stand in the file
and belong to the table. So

- lines around and between the rows (titles, notes, totals, comments, repeated headers, `sep=`),
  and rows without any value are no records;
- a row with a separator too few or too many holds the cells as they stand: two run together, one
  empty; a stray quote is part of its cell;
- a row written with another separator holds the cells it was made of;
- of several tables the first one counts, unless the others have its header;
- names in several rows are joined by a space, column by column;
- numbers stay as they are written, "1.234,56" for one.
"""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.clean_tables import TABLES, Table
from benchmarks.file_forms import DELIMITERS, Case, Form, case, plain, render, written
from benchmarks.record_deviations import other_delimiters, separators, stray_quotes

NEWLINES = {"lf": "\n", "cr": "\r"}
ENCODINGS = {
    "utf-8-sig": "Füße, naïve – “x” €",
    "utf-16": "Füße, naïve – “x” €",
    "utf-16-le": "Füße, naïve – “x” €",
    "utf-16-be": "Füße, naïve – “x” €",
    "utf-32": "Füße, naïve – “x” €",
    "latin-1": "Straße, façade, Ñandú",
    "cp1252": "It’s 20 € – “façade”",
    "mac_roman": "Größe, déjà vu, “niño”",
    "cp850": "Größe, déjà vu, mañana",
    "shift_jis": "東京都の支店、在庫あり",
    "gb18030": "北京市的分公司,有库存",
    "koi8-r": "Склад номер пять, доставка",
    "cp1251": "Склад номер пять, доставка",
}
PREAMBLE = (
    "List of the year",
    "Made on 5 January 2024",
    "Author: the office in Lower Mill",
    "Status: final",
    "All figures without tax",
)
NOTES = ("Source: own figures", "* checked twice")


def cases() -> Iterator[tuple[str, Case]]:
    """All files, each with the name of the table it was made from; none of them twice."""
    for name, make in TABLES.items():
        seen = set()
        for deviate in DEVIATIONS:
            for found in deviate(make()):
                if found.content not in seen:
                    seen.add(found.content)
                    yield name, found


def none(table: Table) -> Iterator[Case]:
    """The clean file, and the clean file with unneeded quotes or spaces."""
    yield case("none", "clean", render(table), table)
    yield case("quotes", "all cells", render(table, Form(quoted="all")), table)
    yield case("quotes", "header only", render(table, Form(quoted="header")), table)
    spaced = replace(table, rows=tuple(tuple(f" {cell} " for cell in r) for r in table.rows))
    yield case("spaces", "around cells", render(plain(spaced, ",")), plain(table, ","))


def sizes(table: Table) -> Iterator[Case]:
    """Very small tables, and how the last line ends."""
    text = render(table)
    yield case("size", "no payload", "", None)
    yield case("size", "header only", render(table.with_rows(())), table.with_rows(()))
    one = table.with_rows(table.rows[:1])
    yield case("size", "one row", render(one), one)
    column = 3 if len(table.records[0]) > 4 else 1
    narrow = Table((table.records[0][column],), tuple((row[column],) for row in table.rows))
    yield case("size", "one column", render(narrow), narrow)
    yield case("last line", "no newline", text.removesuffix("\r\n"), table)
    yield case("last line", "two newlines", text + "\r\n", table)


def dialects(table: Table) -> Iterator[Case]:
    """Other separators, quotes, escapes and line ends."""
    for name, mark in DELIMITERS.items():
        yield case("delimiter", name, render(table, Form(mark)), table)
    yield case("quote", "single", render(table, Form(quote="'", escape="'")), table)
    for name, mark in {"comma": ",", **DELIMITERS}.items():
        bare = plain(table, mark)
        yield case("quote", f"none, {name}", render(bare, Form(mark, quote="")), bare)
    for name, mark in {"backslash": "\\", "caret": "^", "none": ""}.items():
        yield case("escape", name, render(table, Form(escape=mark)), table)
    for name, mark in NEWLINES.items():
        yield case("newline", name, render(table, Form(newline=mark)), table)
    lines = written(table)
    mixed = "".join(line + "\r\n"[number % 2 :] for number, line in enumerate(lines))
    yield case("newline", "mixed", mixed, table)


def encodings(table: Table) -> Iterator[Case]:
    """Other encodings, with a text of their script in one column of every third row."""
    for encoding, text in ENCODINGS.items():
        truth = table.with_rows(
            (*row[:-1], f"{text} {number}") if number % 3 == 0 else row
            for number, row in enumerate(table.rows)
        )
        yield Case("encoding", encoding, render(truth).encode(encoding), truth)


def headers(table: Table) -> Iterator[Case]:
    """No names, names in several rows, names again and again."""
    bare = Table(None, table.rows)
    yield case("header", "missing", render(bare), bare)
    names = table.records[0]
    groups = tuple("Group A" if i == 0 else "Group B" if i == 2 else "" for i in range(len(names)))
    units = tuple(f"in {name.lower()}s" for name in names)
    for variant, rows in {
        "2 rows, groups": (groups, names),
        "2 rows, units": (names, units),
        "3 rows": (groups, names, units),
    }.items():
        joined = tuple(" ".join(filter(None, cells)) for cells in zip(*rows, strict=True))
        several = Table(None, (*rows, *table.rows))
        yield case("header", variant, render(several), replace(table, names=joined))
    third = max(2, len(table.rows) // 3)
    pages = [table.rows[start : start + third] for start in range(0, len(table.rows), third)]
    text = "".join(render(table.with_rows(page)) for page in pages)
    yield case("header", "repeated", text, table)


def lines_around(table: Table) -> Iterator[Case]:
    """Titles above, notes and totals below, comments and blank lines inside."""
    text, pad = render(table), "," * (len(table.records[0]) - 1)
    edges = (
        ("", "", ""),
        (", blank", "", "\r\n"),
        (", padded", pad, ""),
        (", commas", ", see below, and page 2", ""),
    )
    for count in range(1, len(PREAMBLE) + 1):
        for variant, end, gap in edges:
            above = "".join(f"{title}{end}\r\n" for title in PREAMBLE[:count])
            yield case("preamble", f"{count} lines{variant}", above + gap + text, table)
    for count in (1, 2):
        for variant, end, gap in edges:
            below = "".join(f"{note}{end}\r\n" for note in NOTES[:count])
            yield case("footer", f"{count} notes{variant}", text + gap + below, table)
    total = "Total" + pad[:-1] + ",999.50\r\n"
    yield case("footer", "totals", text + total, table)
    yield case("footer", "blank, totals", text + "\r\n" + total, table)
    yield case("empty rows", "separators at the end", text + (pad + "\r\n") * 5, table)
    yield case("comment", "on top", "# made by hand\r\n# do not edit\r\n" + text, table)
    yield case("sep line", "sep=,", "sep=,\r\n" + text, table)
    yield case("sep line", "sep=;", "sep=;\r\n" + render(table, Form(";")), table)
    yield case("comment", "inside", with_lines(table, "# next part"), table)
    yield case("empty rows", "blank lines inside", with_lines(table, ""), table)
    yield case("bom", "inside", marked(table), table)


def with_lines(table: Table, line: str) -> str:
    """The file with a line after every tenth record."""
    lines = written(table)
    return "".join(
        f"{text}\r\n" + (f"{line}\r\n" if number % 10 == 9 else "")
        for number, text in enumerate(lines)
    )


def marked(table: Table) -> str:
    """The file with a byte order mark before a record in its middle."""
    lines = written(table)
    lines[len(lines) // 2] = "\ufeff" + lines[len(lines) // 2]
    return "".join(f"{line}\r\n" for line in lines)


def several_tables(table: Table) -> Iterator[Case]:
    """A second, smaller table below the first, of the same, a smaller or a greater width."""
    text, width = render(table), len(table.records[0])
    for variant, columns in {
        "same width": width,
        "less": max(2, width - 2),
        "more": width + 2,
    }.items():
        other = render(second_table(columns, min(7, len(table.rows) // 2)))
        yield case("tables", variant, text + other, table)
        yield case("tables", f"{variant}, blank", text + "\r\n" + other, table)
    half = len(table.rows) // 2
    parts = [render(table.with_rows(rows)) for rows in (table.rows[:half], table.rows[half:])]
    yield case("tables", "same header, blank", "\r\n".join(parts), table)


def second_table(columns: int, rows: int) -> Table:
    """A table that has nothing to do with the first."""
    cells = tuple(
        tuple(f"{row}{column}" for column in range(columns)) for row in range(1, rows + 1)
    )
    return Table(tuple(f"Part{column}" for column in range(columns)), cells)


def columns(table: Table) -> Iterator[Case]:
    """Separators too many in all rows, cells missing at the end of some."""
    lines = written(table)
    for count in (1, 3):
        wide = "".join(f"{line}{',' * count}\r\n" for line in lines)
        yield case("columns", f"{count} empty at the end", wide, table)
    half = (len(table.records[0]) + 1) // 2
    short = table.with_rows(
        row[:half] if number % 3 == 1 else row for number, row in enumerate(table.rows)
    )
    yield case("columns", "short rows", render(short), short)


def figures(table: Table) -> Iterator[Case]:
    """Numbers with a decimal comma and a mark between thousands."""
    local = str.maketrans(",.", ".,")
    rows = [
        tuple(f"{float(c):,.2f}".translate(local) if is_decimal(c) else c for c in row)
        for row in table.rows
    ]
    truth = table.with_rows(rows)
    if truth != table:
        yield case("figures", "comma, semicolons", render(truth, Form(";")), truth)
        yield case("figures", "comma, quoted", render(truth), truth)


def is_decimal(cell: str) -> bool:
    """Digits, a point, digits."""
    return "." in cell and cell.replace(".", "", 1).isdigit()


DEVIATIONS = (
    none,
    sizes,
    dialects,
    encodings,
    headers,
    lines_around,
    several_tables,
    columns,
    figures,
    separators,
    other_delimiters,
    stray_quotes,
)
