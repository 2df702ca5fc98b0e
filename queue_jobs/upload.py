"""A large file arrives in chunks: begin, append, finish; resume, cancel, expire."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import (
    AssayError,
    Dataset,
    IllegalTransition,
    Job,
    NotFound,
    Transient,
    UnreadableFile,
    new_id,
)
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log_job
from queue_jobs.submit import announce, read_request
from store import Artifacts, attempts, datasets, parts, uploads
from store.artifacts import sha256
from store.parts import CHUNK_BYTES, Chunk, Part, WrongOffset

MOST_AT_ONCE = 4

EMPTY = "'{name}' is empty: it holds no data."
TOO_LARGE = "'{name}' has {size:,.0f} MB; the limit is {limit:,} MB. Split it or cut columns."
NO_ROOM = "The server has no room for the {size:,.0f} MB of '{name}'; delete a dataset first."
SHORT = (
    "Only {have:,} of the {size:,} bytes that were announced came: the file was changed or cut "
    "while it was read. Choose it again."
)


@dataclass(frozen=True)
class Upload:
    """A dataset with the job that reads it when its bytes are here, and where they arrive."""

    dataset: Dataset
    job: Job
    part: Part

    @property
    def is_complete(self) -> bool:
        """True when the dataset has its file."""
        return self.dataset.sha256 != ""

    @property
    def is_open(self) -> bool:
        """True while bytes may come."""
        return not self.is_complete and self.job.status in uploads.AWAITING


def begin(
    queue: JobQueue, owner: str, name: str, size: int, reading: Mapping[str, Any] | None = None
) -> Upload:
    """Announce a file of `size` bytes: a dataset, and a job in CREATED that will read it.

    Raises UnreadableFile for a size that cannot be taken, or AssayError with the code
    "UPLOAD_QUOTA" or "TOO_MANY_UPLOADS".
    """
    name = storable_name(name)
    check_size(queue, name, size)
    dataset_id, chosen = new_id(), dict(reading or {})
    key = f"datasets/{dataset_id}/upload"
    dataset = Dataset(
        dataset_id, owner, name, size, "", key, chosen, None, None, None, created_at=0.0
    )
    request = read_request(queue, dataset, chosen)
    allowance = uploads.Allowance(queue.settings.upload_quota_mb, MOST_AT_ONCE)
    dataset, job = uploads.begin(queue.store.database, dataset, request, allowance)
    log_job("upload begun", job, bytes=size)
    return Upload(dataset, job, parts.part_of(queue.store.artifacts, dataset_id))


def storable_name(name: str) -> str:
    """A file name as the database keeps it."""
    return (attempts.storable(name) or "upload")[: datasets.MAX_NAME]


def check_size(queue: JobQueue, name: str, size: int) -> None:
    """Raise UnreadableFile ("empty", "too_large", "disk_full") before any byte is sent."""
    limit = queue.settings.max_upload_mb
    if size <= 0:
        raise UnreadableFile("empty", EMPTY.format(name=name))
    if size > limit * 2**20:
        message = TOO_LARGE.format(name=name, size=size / 2**20, limit=limit)
        raise UnreadableFile("too_large", message)
    if shutil.disk_usage(queue.settings.data_dir).free < size:
        raise UnreadableFile("disk_full", NO_ROOM.format(name=name, size=size / 2**20))


def find(queue: JobQueue, owner: str, dataset_id: str) -> Upload:
    """A user's upload, on its way or not. Raises NotFound."""
    dataset, job = uploads.find(queue.store.database, owner, dataset_id)
    return Upload(dataset, job, parts.part_of(queue.store.artifacts, dataset.id))


def begin_or_resume(
    queue: JobQueue, owner: str, name: str, size: int, dataset_id: str | None
) -> Upload:
    """Go on with an upload of the same name and size, else begin one.

    One that is complete is given back, too: its last answer may have been lost.
    """
    try:
        upload = find(queue, owner, attempts.storable(dataset_id) or "")
    except NotFound:
        return begin(queue, owner, name, size)
    same = (upload.dataset.name, upload.dataset.bytes) == (storable_name(name), size)
    if same and (upload.is_open or upload.is_complete):
        return upload
    return begin(queue, owner, name, size)


def have(queue: JobQueue, upload: Upload) -> int:
    """Bytes that have arrived, also when the file is in place but its row does not say so yet."""
    size, artifacts = upload.part.have(), queue.store.artifacts
    if size is None:
        return artifacts.size(upload.dataset.key) if artifacts.exists(upload.dataset.key) else 0
    return size


def open_chunk(queue: JobQueue, upload: Upload, offset: int) -> Chunk:
    """The right to append at `offset`; whoever gets it must close it.

    Raises WrongOffset with the bytes that are here, IllegalTransition when the upload has
    ended, or AssayError "UPLOAD_BUSY" while another chunk of the same file is written.
    """
    if upload.is_complete:
        raise WrongOffset(upload.dataset.bytes)
    chunk = upload.part.lock()
    try:
        held = have(queue, upload)
        if held != offset:
            raise WrongOffset(held)
        note(queue, upload, held)
    except BaseException:
        chunk.close()
        raise
    chunk.offset, chunk.room = offset, min(CHUNK_BYTES, upload.dataset.bytes - offset)
    return chunk


def note(queue: JobQueue, upload: Upload, held: int) -> None:
    """The upload is on its way, and so far. Raises IllegalTransition when it has ended."""
    percent = 100.0 * held / upload.dataset.bytes
    uploads.received(queue.store.database, upload.job.id, percent)


def arrived(queue: JobQueue, upload: Upload, *, is_last: bool) -> Upload:
    """After a chunk, before it is closed: go on, finish, or say that the file was too short.

    Raises UnreadableFile ("corrupt") when the sender had no more, IllegalTransition when the
    upload was cancelled or has expired meanwhile; its bytes are gone then.
    """
    held = have(queue, upload)
    try:
        note(queue, upload, held)
        if held == upload.dataset.bytes:
            finish(queue, upload)
    except IllegalTransition:
        parts.discard(queue.store.artifacts, upload.dataset.id)
        raise
    if is_last and held < upload.dataset.bytes:
        raise UnreadableFile("corrupt", SHORT.format(have=held, size=upload.dataset.bytes))
    return find(queue, upload.dataset.owner, upload.dataset.id)


def finish(queue: JobQueue, upload: Upload) -> None:
    """Put the complete file in its place for good, then queue the job that reads it.

    The checksum is that of the file as it lies there, read once more at the end: it is right
    whatever happened between two chunks. Raises Transient when the file store fails.
    """
    try:
        checksum = put_in_place(queue.store.artifacts, upload)
    except OSError as error:
        raise Transient("The file store cannot be reached; resume the upload later.") from error
    job = uploads.complete(queue.store.database, upload.job, upload.dataset.bytes, checksum)
    announce(queue, job)


def put_in_place(artifacts: Artifacts, upload: Upload) -> str:
    """Make the part the dataset's file, unless a process that was killed then has done so."""
    key = upload.dataset.key
    if upload.part.have() is None:
        with artifacts.local(key) as path:
            return sha256(path)
    checksum = sha256(upload.part.path)
    artifacts.seal(upload.part.folder, key.rpartition("/")[0])
    return checksum


def fail(queue: JobQueue, upload: Upload, chunk: Chunk, error: AssayError) -> None:
    """Take back what a refused chunk has written, and say why; the upload can be resumed."""
    chunk.undo()
    uploads.failed(queue.store.database, upload.job.id, error)
    log_job("upload failed", upload.job, code=error.code)


def expire(queue: JobQueue) -> int:
    """End the uploads that nothing came for and delete their bytes; return how many folders.

    Also deletes what a cancelled upload or a killed process has left on this machine.
    """
    artifacts = queue.store.artifacts
    for job in uploads.expire(queue.store.database, queue.settings.upload_expiry_min):
        log_job("expired", job)
        artifacts.remove(f"datasets/{job.dataset_id}")
    # The folders first: one that appears after this look cannot be taken for abandoned.
    found = parts.ids_of_parts(artifacts)
    left = set(found) - uploads.on_their_way(queue.store.database, found)
    for dataset_id in left:
        parts.part_of(artifacts, dataset_id).remove()
    return len(left)
