"""What a downloaded file is called, what type it is, and the header that says so."""

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import PurePath
from urllib.parse import quote

from core import Dataset, Job

MAX_BASE = 100
COMPRESSED = frozenset({".gz", ".zip", ".bz2", ".xz", ".zst"})
# What Windows, macOS or a shell would misread in a file name.
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*;%]+')

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
RESULTS = {("clean", "table"): "cleaned", ("master", "golden"): "mastered"}


def media_type(name: str) -> str:
    """The content type of a file by its name."""
    return MEDIA_TYPES.get(PurePath(name).suffix.lower(), "application/octet-stream")


def base_name(uploaded: str) -> str:
    """The upload's name without folders, endings and characters that no file name should hold.

    >>> base_name("../2024/cleaned_customers.csv.gz")
    'cleaned_customers'
    """
    name = PurePath(uploaded.replace("\\", "/")).name
    path = PurePath(unicodedata.normalize("NFC", name))
    if path.suffix.lower() in COMPRESSED:
        path = PurePath(path.stem)
    visible = "".join(character for character in path.stem if character.isprintable())
    return UNSAFE.sub("_", visible).strip(" ._")[:MAX_BASE] or "data"


def download_name(dataset: Dataset, job: Job, artifact: str) -> str:
    """What the user finds in the download folder.

    customers_cleaned_20260131_235959.csv, customers_mastered_….csv, clean_analysis.json,
    customers_quarantine_….csv. The time is the end of the job, in UTC.
    """
    path, tool = PurePath(artifact), job.tool.split("-")[0]
    if artifact == "report.json":
        return f"{tool}_analysis.json"
    ended = datetime.fromtimestamp(job.ended_at or job.created_at, UTC)
    label = RESULTS.get((tool, path.stem), path.stem)
    return f"{base_name(dataset.name)}_{label}_{ended:%Y%m%d_%H%M%S}{path.suffix}"


def content_disposition(kind: str, name: str) -> str:
    """The header of RFC 6266: an ASCII name for old clients, the real one in UTF-8 beside it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = UNSAFE.sub("_", plain)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
