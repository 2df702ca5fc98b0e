"""Any accepted file in, one table of texts out, with the books of how it was read."""

from pathlib import Path

from store.readers.delimited import read_delimited
from store.readers.excel import read_workbook
from store.readers.json_records import read_json
from store.readers.parquet import read_parquet
from store.readers.reading import REJECTED_SCHEMA, Reading, ReadResult
from store.readers.sniff import ACCEPTED, EXTENSIONS, identify

__all__ = ["ACCEPTED", "EXTENSIONS", "REJECTED_SCHEMA", "ReadResult", "Reading", "read_table"]

DETECT = Reading()
"""Nothing chosen: the reader finds out."""


def read_table(path: Path, name: str, reading: Reading = DETECT) -> ReadResult:
    """Read an upload. `name` is the user's file name, `reading` what the user knows better.

    The format follows from content and extension, which must agree. Raises UnreadableFile with a
    sentence that says what is wrong with the file and what to do.
    """
    upload = identify(path, name)
    match upload.format:
        case "parquet":
            return read_parquet(path, name)
        case "workbook":
            return read_workbook(path, name, reading)
        case "json" | "jsonl":
            return read_json(upload.content(), name, reading, lines=upload.format == "jsonl")
        case "csv":
            return read_delimited(upload.content(), name, reading)
