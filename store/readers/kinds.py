"""What a file can look like: the formats that are read, and what is never a table here."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "json", "jsonl", "parquet", "arrow", "workbook"]
Packing = Literal["gzip", "zstd", "zip"]

EXTENSIONS: dict[str, Format] = {
    **dict.fromkeys(("csv", "tsv", "tab", "psv", "txt", "text", "dat", "log"), "csv"),
    "json": "json",
    **dict.fromkeys(("jsonl", "ndjson"), "jsonl"),
    **dict.fromkeys(("parquet", "parq", "pq"), "parquet"),
    **dict.fromkeys(("arrow", "feather", "ipc"), "arrow"),
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls", "ods"), "workbook"),
}
"""The format that an extension claims."""

PACKED: dict[str, Packing] = {"gz": "gzip", "zst": "zstd", "zip": "zip"}
"""The packing that a last extension claims."""

TEXTS: tuple[Format, ...] = ("csv", "json", "jsonl")
ACCEPTED = (
    "CSV, TSV, TXT, JSON, JSON Lines, Parquet, Arrow, Feather, XLSX, XLSM, XLSB, XLS and ODS, "
    "also packed as GZ, ZST or ZIP"
)


@dataclass(frozen=True)
class Kind:
    """What content is, as far as its bytes tell.

    `looks` names it in a sentence, `advice` says what its owner can do when it is refused. A kind
    with neither `format` nor `packing` is never read.
    """

    looks: str
    advice: str
    format: Format | None = None
    packing: Packing | None = None


def rename(ending: str) -> str:
    """The advice for a file that is fine but for its name."""
    return f"give it the ending {ending}, or export the table again in the format its name says"


EXPORT = "export the table from it as CSV, Parquet or XLSX and upload that"
COPY = "copy its table into a spreadsheet and save that as XLSX"
UNPACK = "unpack it and upload the table that it holds"
OTHER = "upload the table itself"

TEXT = Kind("plain text", rename(".csv"), "csv")
PARQUET = Kind("a Parquet file", rename(".parquet"), "parquet")
ARROW = Kind("an Arrow file", rename(".arrow"), "arrow")
WORKBOOK = Kind("a workbook", rename("of its kind, such as .xlsx"), "workbook")
JSON = Kind("JSON", rename(".json"), "json")
JSON_LINES = Kind("JSON Lines", rename(".jsonl"), "jsonl")
GZIP = Kind("a gzip archive", rename(".gz"), packing="gzip")
ZSTD = Kind("a Zstandard archive", rename(".zst"), packing="zstd")
ZIP = Kind("a ZIP archive", rename(".zip"), packing="zip")
DAMAGED_ZIP = Kind("a damaged ZIP archive", "upload it again", "workbook", "zip")
"""Could have been either; whoever reads it says that it is damaged."""

UNKNOWN = Kind("a kind of file that is not known here", EXPORT)
