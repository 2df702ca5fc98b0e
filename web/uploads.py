"""Receives large files in chunks, straight to disk: begin, where are we, append, cancel.

POST   /api/uploads            {"name", "size", "dataset"?}: begin, or go on with that dataset
HEAD   /api/uploads/{dataset}  x-have: bytes that are here
PUT    /api/uploads/{dataset}  x-offset: append a chunk behind the bytes that are here
DELETE /api/uploads/{dataset}  cancel

All but POST carry x-upload-token, which every answer renews. A page of another site can neither
set that header nor send JSON without being asked first, and the gate refuses it in any case.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeGuard

from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from core import AssayError, IllegalTransition, NotFound, Settings, Transient, UnreadableFile
from queue_jobs import JobQueue, submit, upload
from queue_jobs.upload import Upload
from store.parts import CHUNK_BYTES, Chunk, WrongOffset
from web.gate import user_of
from web.opened import queue_of
from web.signing import sign, verify

PURPOSE = "upload"
PIECE_BYTES = 1 << 20
"""What is held in memory of a chunk, and written at once."""

MAX_QUESTION_BYTES = 16_384
MAX_DIGITS = 19
"""No file is larger, and Python refuses to read endless numbers."""

STATUSES = {
    "UPLOAD_OFFSET": 409,
    "UPLOAD_BUSY": 423,
    "UPLOAD_QUOTA": 413,
    "FILE_TOO_LARGE": 413,
    "TOO_MANY_UPLOADS": 429,
    "BAD_TOKEN": 403,
    "DISK_FULL": 507,
}
KINDS: list[tuple[type[AssayError], int]] = [
    (NotFound, 404),
    (IllegalTransition, 410),
    (Transient, 503),
    (AssayError, 400),
]

BAD_TOKEN = "This upload was not begun here or its time is over; choose the file again."
BAD_QUESTION = 'Send {"name": text, "size": bytes} as application/json.'
BAD_OFFSET = "The header x-offset must be the number of bytes before this chunk."


async def serve(settings: Settings, request: Request) -> Response:
    """Answer one request; what is refused is a sentence with its code, as JSON."""
    try:
        return await HANDLERS[request.method](settings, request)
    except AssayError as error:
        return refusal(error)


async def begin(settings: Settings, request: Request) -> Response:
    """POST: a new upload, or the one that was broken off. Nothing is sent before this answer."""
    asked = await question(request)

    def begun() -> dict[str, Any]:
        queue, user = queue_of(settings), signed_in(settings, request)
        current = upload.begin_or_resume(
            queue, user, asked["name"], asked["size"], asked.get("dataset")
        )
        return standing(queue, current)

    return JSONResponse(await run_sync(begun), 201, UNCACHED)


async def question(request: Request) -> dict[str, Any]:
    """What is to be uploaded, from a small body. Raises AssayError."""
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > MAX_QUESTION_BYTES:
            raise AssayError(BAD_QUESTION, code="INVALID_PARAMETERS")
    is_json = request.headers.get("content-type", "").startswith("application/json")
    asked = parsed(body) if is_json else None
    if not is_question(asked):
        raise AssayError(BAD_QUESTION, code="INVALID_PARAMETERS")
    return asked


def parsed(body: bytes | bytearray) -> Any:
    """The document in a body; None when it holds none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def is_question(asked: Any) -> TypeGuard[dict[str, Any]]:
    """True when name, size and dataset are there with their types."""
    if not isinstance(asked, dict):
        return False
    size = asked.get("size")
    return (
        isinstance(asked.get("name"), str)
        and isinstance(size, int)
        and not isinstance(size, bool)
        and abs(size) < 2**63
        and isinstance(asked.get("dataset"), str | None)
    )


async def tell(settings: Settings, request: Request) -> Response:
    """HEAD: how many bytes are here; for a complete file all of them."""
    queue, current = await run_sync(checked, settings, request)
    said = await run_sync(standing, queue, current)
    if not current.is_complete and not current.is_open:
        return Response(status_code=410, headers=UNCACHED)
    return Response(
        headers=UNCACHED | {"x-have": str(said["have"]), "x-upload-token": said["token"]}
    )


async def append(settings: Settings, request: Request) -> Response:
    """PUT: write a chunk while it comes. What was cut off stays and the next one goes on there."""
    try:
        queue, current = await run_sync(checked, settings, request)
        chunk = await run_sync(upload.open_chunk, queue, current, offset_of(request))
    except AssayError:
        # An answer before the body was read is a broken connection to many browsers.
        await ignore(request)
        raise
    try:
        current = await receive(request, queue, current, chunk)
    finally:
        chunk.close()
    return JSONResponse(await run_sync(standing, queue, current), headers=UNCACHED)


async def receive(request: Request, queue: JobQueue, current: Upload, chunk: Chunk) -> Upload:
    """The body to disk, then the books. A refusal is noted with the upload before it is raised."""
    is_last = request.headers.get("x-last") == "1"
    try:
        try:
            async for piece in pieces(request):
                await run_sync(chunk.write, piece)
        except ClientDisconnect:
            # The sender has more, so what is missing says nothing about the file.
            is_last = False
        return await run_sync(lambda: upload.arrived(queue, current, is_last=is_last))
    except (UnreadableFile, Transient) as error:
        await run_sync(upload.fail, queue, current, chunk, error)
        raise


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces worth a system call. Raises ClientDisconnect behind what has come."""
    piece = bytearray()
    try:
        async for block in request.stream():
            piece += block
            if len(piece) >= PIECE_BYTES:
                yield bytes(piece)
                piece.clear()
    except ClientDisconnect:
        yield bytes(piece)
        raise
    yield bytes(piece)


async def ignore(request: Request) -> None:
    """Read what is left of a chunk and forget it; more than a chunk is not waited for."""
    count = 0
    try:
        async for block in request.stream():
            count += len(block)
            if count > CHUNK_BYTES:
                return
    except ClientDisconnect:
        return


async def cancel(settings: Settings, request: Request) -> Response:
    """DELETE: end the upload and delete what has come."""
    queue, current = await run_sync(checked, settings, request)
    if current.is_open:
        await run_sync(submit.cancel, queue, current.dataset.owner, current.job.id)
    return Response(status_code=204, headers=UNCACHED)


def checked(settings: Settings, request: Request) -> tuple[JobQueue, Upload]:
    """The upload of the address, for whom its token was made and who is signed in.

    Raises AssayError "BAD_TOKEN", or NotFound.
    """
    queue, user = queue_of(settings), signed_in(settings, request)
    dataset_id = request.path_params["dataset"]
    claims = verify(settings, request.headers.get("x-upload-token", ""), PURPOSE)
    if claims is None or (claims["user"], claims["dataset"]) != (user, dataset_id):
        raise AssayError(BAD_TOKEN, code="BAD_TOKEN")
    current = upload.find(queue, user, dataset_id)
    if current.dataset.bytes != claims["size"]:
        raise AssayError(BAD_TOKEN, code="BAD_TOKEN")
    return queue, current


def signed_in(settings: Settings, request: Request) -> str:
    """The user; the gate has let nobody else in. Raises AssayError if the session just ended."""
    user = user_of(request.cookies, settings)
    if user is None:
        raise AssayError(BAD_TOKEN, code="BAD_TOKEN")
    return user


def offset_of(request: Request) -> int:
    """Where the chunk begins. Raises AssayError."""
    text = request.headers.get("x-offset", "")
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise AssayError(BAD_OFFSET, code="INVALID_PARAMETERS")
    return int(text)


def standing(queue: JobQueue, current: Upload) -> dict[str, Any]:
    """Where an upload stands, with a token for the next hour."""
    dataset = current.dataset
    done = current.is_complete
    return {
        "dataset": dataset.id,
        "size": dataset.bytes,
        "have": dataset.bytes if done else upload.have(queue, current),
        "done": done,
        "token": sign(
            queue.settings, dataset.owner, PURPOSE, dataset=dataset.id, size=dataset.bytes
        ),
    }


def refusal(error: AssayError) -> Response:
    """The sentence and the code of an error; on a wrong offset also the right one."""
    status = STATUSES.get(error.code) or next(s for kind, s in KINDS if isinstance(error, kind))
    body: dict[str, Any] = {"detail": error.message, "error_code": error.code}
    if isinstance(error, WrongOffset):
        body["have"] = error.have
    return JSONResponse(body, status, UNCACHED)


UNCACHED = {"Cache-Control": "no-store"}

HANDLERS: dict[str, Callable[[Settings, Request], Awaitable[Response]]] = {
    "POST": begin,
    "HEAD": tell,
    "PUT": append,
    "DELETE": cancel,
}
