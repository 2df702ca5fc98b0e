"""What to call a file that came over HTTP: readers go by the extension."""

from email.message import Message
from urllib.parse import unquote

from store.readers import EXTENSIONS, PACKED
from store.sources.content import clean_name
from store.sources.target import Target

TYPES = {
    "text/csv": ".csv",
    "application/csv": ".csv",
    "text/plain": ".txt",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/geo+json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/jsonlines": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": ".xlsb",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}


def name_of(target: Target, headers: Message) -> str:
    """The name by Content-Disposition or the path, with an extension by Content-Type if needed."""
    path = unquote(target.path.partition("?")[0])
    name = clean_name(disposition(headers)) or clean_name(path) or target.host
    extension = name.lower().rpartition(".")[2]
    if extension in EXTENSIONS or extension in PACKED:
        return name
    return name + TYPES.get(headers.get_content_type(), "")


def disposition(headers: Message) -> str:
    """The file name of Content-Disposition; empty when there is none that can be read."""
    try:
        name = headers.get_filename("")
        # Headers arrive as Latin-1, although servers write UTF-8 into them.
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name
    except (ValueError, IndexError, TypeError, LookupError):
        return ""
