"""Signed links and cookies: who may see what, for what purpose, and until when."""

import hashlib
import os
import secrets
import time
from functools import cache
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from core import Settings

MIN_SECRET_BYTES = 32
LINK_SECONDS = 3600
FILE = "file"
EVERYTHING = "*"
"""The name in a token that stands for all files of a job, as one ZIP."""


@cache
def secret(settings: Settings) -> str:
    """SECRET_KEY, or a key made once and kept for this user only in DATA_DIR/secret.

    Raises ValueError when SECRET_KEY is shorter than 32 bytes.
    """
    if not settings.secret_key:
        return kept_secret(settings.data_dir)
    if len(settings.secret_key.encode()) < MIN_SECRET_BYTES:
        raise ValueError(
            f"SECRET_KEY has {len(settings.secret_key.encode())} bytes and needs at least "
            f'{MIN_SECRET_BYTES}; make one with python -c "import secrets; '
            'print(secrets.token_urlsafe(48))".'
        )
    return settings.secret_key


def kept_secret(folder: Path) -> str:
    """The key in the data folder; made when it is not there."""
    path = folder / "secret"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_secret(path)
    return path.read_text(encoding="ascii")


def make_secret(path: Path) -> None:
    """Write a new key, complete or not at all: a crash half-way must not leave an empty one."""
    draft = path.with_name(f"secret-{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    draft.replace(path)


def serializer(settings: Settings, purpose: str) -> URLSafeSerializer:
    """Signs for one purpose only: a link token is no cookie."""
    return URLSafeSerializer(
        secret(settings),
        salt=f"assay:{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def sign(
    settings: Settings, user: str, purpose: str, *, until: float | None = None, **claims: Any
) -> str:
    """A URL-safe token for a user and a purpose; `until` is in seconds since the epoch.

    Without `until` it holds for one to two hours, in whole hours: a page that is drawn again
    gets the same link, and a frame that shows it is not loaded again.
    """
    if until is None:
        until = (time.time() // LINK_SECONDS + 2) * LINK_SECONDS
    return str(serializer(settings, purpose).dumps({**claims, "user": user, "until": int(until)}))


def verify(settings: Settings, token: str, purpose: str) -> dict[str, Any] | None:
    """The claims of a token ("user" among them); None when forged, expired or of another use."""
    try:
        claims = serializer(settings, purpose).loads(token)
    except BadData:
        return None
    return claims if claims["until"] > time.time() else None


def file_url(settings: Settings, user: str, job_id: str, name: str, *, download: bool) -> str:
    """The link of a job's artifact; `download=False` opens it in the browser.

    A `.csv` may be named for every `.parquet` artifact and is written on request, safe for
    spreadsheets; append "?raw=1" for the values as they are.
    """
    token = sign(settings, user, FILE, job=job_id, name=name, download=download)
    return f"/files/{token}"


def zip_url(settings: Settings, user: str, job_id: str) -> str:
    """The link of one ZIP with all artifacts of a job, byte by byte as the manifest lists them."""
    return file_url(settings, user, job_id, EVERYTHING, download=True)


def report_url(settings: Settings, user: str, job_id: str, name: str = "report.html") -> str:
    """The link of a job's HTML report, for a frame or a tab."""
    return file_url(settings, user, job_id, name, download=False)
