"""Any accepted file in, one table of texts out, with the books of how it was read."""

from pathlib import Path
from tempfile import TemporaryDirectory

from core import ROW_ID
from store.readers.delimited import read_delimited
from store.readers.excel import read_workbook
from store.readers.json_records import read_json
from store.readers.parquet import read_parquet
from store.readers.reading import REJECTED_SCHEMA, Reading, ReadResult
from store.readers.sniff import ACCEPTED, EXTENSIONS, identify
from store.readers.stream import Stream, collect, whole

__all__ = [
    "ACCEPTED",
    "EXTENSIONS",
    "REJECTED_SCHEMA",
    "ReadResult",
    "Reading",
    "open_stream",
    "read_table",
]

DETECT = Reading()
"""Nothing chosen: the reader finds out."""


def read_table(path: Path, name: str, reading: Reading = DETECT) -> ReadResult:
    """Read an upload into memory. `name` is the user's file name, `reading` what they know better.

    The format follows from content and extension, which must agree. Raises UnreadableFile with a
    sentence that says what is wrong with the file and what to do.
    """
    with TemporaryDirectory() as folder:
        return collect(open_stream(path, name, reading, Path(folder)))


def open_stream(path: Path, name: str, reading: Reading, folder: Path) -> Stream:
    """The same in blocks, for files that do not fit into memory.

    Packed files are unpacked into `folder`, which must outlive the stream.
    """
    upload = identify(path, name)
    match upload.format:
        case "parquet":
            return held(read_parquet(path, name))
        case "workbook":
            return held(read_workbook(path, name, reading))
        case "json" | "jsonl":
            return held(read_json(upload.content(), name, reading, lines=upload.format == "jsonl"))
        case "csv":
            return held(read_delimited(upload.content(), name, reading))


def held(result: ReadResult) -> Stream:
    """The stream of what is in memory already."""
    rejects = [(line, raw, reason) for line, raw, reason in result.rejected.rows()]
    return whole(result.table.drop(ROW_ID), result.findings, result.dialect, rejects)
