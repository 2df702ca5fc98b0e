"""The readers that are compared: each gives the names and rows it makes of a file.

Every reader is used the way its first page of documentation says, without any parameter that
tells it about the file.
"""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import UnreadableFile, data_columns


@dataclass(frozen=True)
class Loaded:
    """Names and rows; cells are what the reader made of them."""

    names: list[str]
    rows: list[tuple[Any, ...]]


class Refused(Exception):
    """The reader said no; `reason` is a word where it gives one."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


Read = Callable[[Path], Loaded]


def kind(path: Path) -> str:
    """What the name says the file is."""
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"):
        return "workbook"
    return {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}.get(
        suffix, "csv"
    )


def assay(path: Path) -> Loaded:
    """Our reader, without the limits of a job."""
    from store.readers import read_table

    try:
        table = read_table(path, path.name).table
    except UnreadableFile as refusal:
        raise Refused(refusal.reason) from refusal
    names = data_columns(table)
    return Loaded(list(names), table.select(names).rows())


def of_frame(frame: Any) -> Loaded:
    """Names and rows of a pandas frame."""
    rows = [tuple(row) for row in frame.itertuples(index=False, name=None)]
    return Loaded([str(name) for name in frame.columns], rows)


def pandas_default(path: Path) -> Loaded:
    """pandas.read_csv, read_excel, read_json, read_parquet."""
    import pandas as pd

    match kind(path):
        case "workbook":
            return of_frame(pd.read_excel(path, engine="calamine"))
        case "json":
            return of_frame(pd.read_json(path))
        case "jsonl":
            return of_frame(pd.read_json(path, lines=True))
        case "parquet":
            return of_frame(pd.read_parquet(path))
        case _:
            return of_frame(pd.read_csv(path))


def pandas_sniffing(path: Path) -> Loaded:
    """pandas.read_csv with its Python engine, which looks for the separator."""
    import pandas as pd

    return of_frame(pd.read_csv(path, sep=None, engine="python"))


def sniffer(path: Path) -> Loaded:
    """csv.Sniffer of the standard library; the first record is the header."""
    with path.open(encoding="utf-8", newline="") as file:
        dialect = csv.Sniffer().sniff(file.read(64 * 1024))
        file.seek(0)
        return first_is_header(list(csv.reader(file, dialect)))


def clevercsv(path: Path) -> Loaded:
    """clevercsv's detector; the first record is the header."""
    import clevercsv as clever  # type: ignore[import-not-found]

    return first_is_header(clever.read_table(str(path)))


def first_is_header(records: list[list[str]]) -> Loaded:
    """The first record names the columns."""
    if not records:
        raise Refused("empty")
    return Loaded(list(records[0]), [tuple(record) for record in records[1:]])


def duckdb_query(call: str, path: Path) -> Loaded:
    """The result of one table function of DuckDB."""
    import duckdb

    quoted = str(path).replace("'", "''")
    result = duckdb.connect().sql(f"FROM {call.format(quoted)}")
    return Loaded(list(result.columns), result.fetchall())


def duckdb_auto(path: Path) -> Loaded:
    """DuckDB's read_csv, read_json, read_parquet."""
    match kind(path):
        case "workbook":
            raise Refused("unsupported_type")
        case "json" | "jsonl":
            return duckdb_query("read_json_auto('{}')", path)
        case "parquet":
            return duckdb_query("read_parquet('{}')", path)
        case _:
            return duckdb_query("read_csv_auto('{}')", path)


def duckdb_lenient(path: Path) -> Loaded:
    """DuckDB's read_csv, told to go on where a line is not as it should be."""
    lenient = "strict_mode=false, null_padding=true, ignore_errors=true, parallel=false"
    return duckdb_query(f"read_csv('{{}}', {lenient})", path)


def polars_default(path: Path) -> Loaded:
    """polars.read_csv, read_excel, read_json, read_ndjson, read_parquet."""
    import polars as pl

    match kind(path):
        case "workbook":
            frame = pl.read_excel(path)
        case "json":
            frame = pl.read_json(path)
        case "jsonl":
            frame = pl.read_ndjson(path)
        case "parquet":
            frame = pl.read_parquet(path)
        case _:
            frame = pl.read_csv(path)
    return Loaded(frame.columns, frame.rows())


def pyarrow_default(path: Path) -> Loaded:
    """pyarrow.csv, json, parquet."""
    from pyarrow import csv as arrow_csv
    from pyarrow import json as arrow_json
    from pyarrow import parquet

    match kind(path):
        case "workbook":
            raise Refused("unsupported_type")
        case "json" | "jsonl":
            table = arrow_json.read_json(path)
        case "parquet":
            table = parquet.read_table(path)
        case _:
            table = arrow_csv.read_csv(path)
    columns = [column.to_pylist() for column in table.columns]
    return Loaded(list(table.column_names), list(zip(*columns, strict=True)))


READERS: dict[str, Read] = {
    "Assay": assay,
    "pandas": pandas_default,
    "pandas sep=None": pandas_sniffing,
    "csv.Sniffer": sniffer,
    "clevercsv": clevercsv,
    "DuckDB auto": duckdb_auto,
    "DuckDB lenient": duckdb_lenient,
    "Polars": polars_default,
    "pyarrow": pyarrow_default,
}


def as_texts(loaded: Loaded) -> Loaded:
    """The same with every cell as a text, "" where there is nothing."""
    return Loaded(
        loaded.names,
        [tuple(as_text(cell) for cell in row) for row in loaded.rows],
    )


def as_text(cell: Any) -> str:
    """A cell as a text."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(cell)


def shape(loaded: Loaded) -> tuple[int, int]:
    """Rows and columns."""
    return len(loaded.rows), len(loaded.names)
