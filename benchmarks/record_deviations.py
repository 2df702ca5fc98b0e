"""Files in which one record deviates, by one separator or one quote."""

from collections.abc import Iterator

from benchmarks.clean_tables import Row, Table
from benchmarks.file_forms import DELIMITERS, Case, Form, case, line, written


def places(table: Table) -> Iterator[tuple[int, int]]:
    """Record and column of single deviations: header, first, middle and last row."""
    count = len(table.records)
    for record in (0, 1, count // 2, count - 1):
        for column in range(len(table.records[0])):
            yield record, column


def separators(table: Table) -> Iterator[Case]:
    """One record with a separator too many or too few."""
    for record, column in places(table):
        cells = table.records[record]
        before, pair, after = cells[:column], cells[column : column + 2], cells[column + 2 :]
        at = f"record {record}, column {column}"
        more = (*before, cells[column], "", *cells[column + 1 :])
        yield changed(table, record, more, line(more), ("one more", at))
        if len(pair) == 2 and all(pair) and '"' not in line(pair):
            less = (*before, "".join(pair), *after)
            yield changed(table, record, less, line(less), ("one less", at))


def other_delimiters(table: Table) -> Iterator[Case]:
    """One record written with another separator than the rest."""
    for record in sorted({record for record, _ in places(table)}):
        cells = table.records[record]
        for name in ("semicolon", "tab", "pipe", "space"):
            raw = line(cells, Form(DELIMITERS[name]))
            yield changed(
                table, record, cells, raw, ("other delimiter", f"record {record}, {name}")
            )


def stray_quotes(table: Table) -> Iterator[Case]:
    """One quote too many at the start, in the middle or at the end of one cell."""
    for record, column in places(table):
        cells = table.records[record]
        cell = cells[column]
        for name, at in (("start", 0), ("middle", len(cell) // 2), ("end", len(cell))):
            before, after = cell[:at], cell[at:]
            text = before + '"' + after
            raw = f'"{doubled(before)}"{doubled(after)}"' if quoted(cell) != cell else text
            parts = [*map(quoted, cells[:column]), raw, *map(quoted, cells[column + 1 :])]
            found = (*cells[:column], text, *cells[column + 1 :])
            kind = (f"quote at the {name}", f"record {record}, column {column}")
            if len(cell) > 1:
                yield changed(table, record, found, ",".join(parts), kind)


def quoted(cell: str) -> str:
    """A cell as it stands in a file."""
    return line((cell,))


def doubled(text: str) -> str:
    """A text inside quotes."""
    return text.replace('"', '""')


def changed(table: Table, record: int, cells: Row, raw: str, kind: tuple[str, str]) -> Case:
    """The clean file with the text of one record replaced, and the cells it then holds."""
    lines, records = written(table), table.records
    lines[record], records[record] = raw, cells
    truth = Table(records[0], tuple(records[1:]))
    return case(*kind, "".join(f"{text}\r\n" for text in lines), truth)
