"""Serves a job's artifacts to their owner: as they are, as CSV, in one ZIP, or in a sandbox."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from core import Dataset, Job, NotFound, Settings
from store import Artifacts, Store, audit, datasets, jobs
from web.download_names import content_disposition, download_name, media_type
from web.exports import csv_of, source_of, zip_of
from web.gate import user_of
from web.opened import queue_of
from web.signing import EVERYTHING, FILE, verify

CHUNK = 1 << 18
SANDBOX = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; "
    "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'self'"
)
"""A report holds names and values of the user's data. Without allow-same-origin whatever runs in
it belongs to no site: it reads neither our cookies nor the page around it, and loads nothing."""

GONE = "This link is not valid any more; open the page again and use the link there."


@dataclass(frozen=True)
class Wanted:
    """What a link asks for, after it was checked against the database."""

    job: Job
    dataset: Dataset
    folder: str
    name: str
    download: bool

    @property
    def key(self) -> str:
        """The key of the artifact."""
        return f"{self.folder}/{self.name}"


def serve(settings: Settings, request: Request) -> Response:
    """GET /files/{token}. Answers 404 to a link that is forged, expired or somebody else's."""
    store = queue_of(settings).store
    user = user_of(request.cookies, settings)
    claims = verify(settings, request.path_params["token"], FILE)
    if claims is None or user is None or claims["user"] != user:
        raise NotFound(GONE)
    wanted = look_up(store, user, claims)
    if wanted.download and request.method == "GET":
        audit.record(store.database, user, "download", wanted.job.id, name=wanted.name)
    return answer(store.artifacts, wanted, raw=request.query_params.get("raw") == "1")


def look_up(store: Store, user: str, claims: dict[str, Any]) -> Wanted:
    """The job and its dataset, both asked for as this user. Raises NotFound."""
    job = jobs.get(store.database, user, claims["job"])
    dataset = datasets.get(store.database, user, job.dataset_id)
    if job.artifact_folder is None:
        raise NotFound("This job has left no files; it has not completed.")
    return Wanted(job, dataset, job.artifact_folder, claims["name"], claims["download"])


def answer(artifacts: Artifacts, wanted: Wanted, raw: bool) -> Response:
    """The response for an artifact, or for one that is made of the artifacts that are there."""
    try:
        names = artifacts.names(wanted.folder)
    except FileNotFoundError as error:
        raise NotFound("The files of this job are no longer kept; run it again.") from error
    if wanted.name == EVERYTHING:
        name = f"{wanted.job.tool.split('-')[0]}.zip"
        return stream(zip_of(artifacts, wanted.folder, names), headers(wanted, name))
    source = source_of(wanted.name, names) if wanted.name.endswith(".csv") else None
    if source is not None and (not raw or wanted.name not in names):
        file = csv_of(artifacts, f"{wanted.folder}/{source}", safe=not raw)
        return stream(file, headers(wanted, wanted.name))
    if wanted.name not in names:
        raise NotFound(f"This job has no file '{wanted.name}'.")
    return as_it_is(artifacts, wanted)


def as_it_is(artifacts: Artifacts, wanted: Wanted) -> Response:
    """The stored bytes; ranges are served when the store is a folder of this machine."""
    if artifacts.is_local:
        return FileResponse(artifacts.path(wanted.key), headers=headers(wanted, wanted.name))
    return stream(artifacts.open(wanted.key), headers(wanted, wanted.name))


def headers(wanted: Wanted, name: str) -> dict[str, str]:
    """Name, type and the rules for a browser that shows it."""
    kind = "attachment" if wanted.download else "inline"
    shown_as = download_name(wanted.dataset, wanted.job, name)
    return {
        "Content-Disposition": content_disposition(kind, shown_as),
        "Content-Type": media_type(name),
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=300",
    }


def stream(file: IO[bytes], headers: dict[str, str]) -> Response:
    """Send an open file and close it, however the connection ends."""
    size = file.seek(0, 2)
    file.seek(0)
    return StreamingResponse(blocks(file), headers=headers | {"Content-Length": str(size)})


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The content in pieces."""
    with file:
        while block := file.read(CHUNK):
            yield block
