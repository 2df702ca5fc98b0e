"""Any accepted file in, one table of texts out, with the books of how it was read."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from store.readers.arrow_files import read_arrow
from store.readers.delimited import read_delimited
from store.readers.excel import read_workbook
from store.readers.json_records import read_json
from store.readers.kinds import ACCEPTED, EXTENSIONS, PACKED
from store.readers.parquet import read_parquet
from store.readers.reading import REJECTED_SCHEMA, Reading, ReadResult
from store.readers.sniff import Upload, identify
from store.readers.stream import Closing, Stream, collect

__all__ = [
    "ACCEPTED",
    "EXTENSIONS",
    "PACKED",
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
    upload = identify(path, name, folder)
    return noted(parsed(upload, reading, folder), upload)


def parsed(upload: Upload, reading: Reading, folder: Path) -> Stream:
    """The table of a file of a known format. Raises UnreadableFile."""
    path, name = upload.plain, upload.name
    match upload.format:
        case "parquet":
            return read_parquet(path, name)
        case "workbook":
            return read_workbook(path, name, reading)
        case "json" | "jsonl":
            return read_json(path, name, reading, folder, lines=upload.format == "jsonl")
        case "arrow":
            return read_arrow(path, name)
        case "csv":
            return read_delimited(path, name, reading)


def noted(stream: Stream, upload: Upload) -> Stream:
    """The stream, whose books also tell of packing and name; what was unpacked is deleted."""

    def close() -> Closing:
        closing = stream.close()
        findings = (*upload.findings, *closing.findings)
        if upload.packing is None:
            return Closing(findings, closing.dialect)
        upload.plain.unlink(missing_ok=True)
        return Closing(findings, closing.dialect | {"packing": upload.packing})

    return replace(stream, close=close)
