"""A file from an S3 bucket that the settings allow, with the credentials of the environment."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from pyarrow import fs

from core import Settings
from store.sources.content import Content, clean_name, later, refused, unavailable

BLOCK = 1 << 20
CONNECT_SECONDS = 10
IDLE_SECONDS = 30
ATTEMPTS = 3
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
DENIED = re.compile(r"ACCESS_DENIED|INVALID_ACCESS_KEY|SIGNATURE|Forbidden|HTTP status 40[13]\b")


def permitted_object(url: str, buckets: str) -> tuple[str, str]:
    """Bucket and key of an address whose bucket is on the list (SOURCE_BUCKETS).

    Raises UnreadableFile.
    """
    bucket, _, key = url[len("s3://") :].partition("/")
    if not BUCKET.fullmatch(bucket):
        raise refused("This is not the address of a file in a bucket: s3://bucket/folder/file.csv.")
    if bucket not in {entry.strip() for entry in buckets.split(",")}:
        raise refused(
            f"Files from the bucket '{bucket}' are not allowed here; whoever runs Assay can add "
            "it to SOURCE_BUCKETS, or upload the file."
        )
    # A server that tidies paths would leave the bucket by "..".
    if {"", ".", ".."} & set(key.split("/")) or not key.isprintable():
        raise refused(
            f"After the bucket '{bucket}' comes the name of a file: s3://bucket/file.csv."
        )
    return bucket, key


def open_object(url: str, settings: Settings) -> Content:
    """The file at s3://bucket/key. Raises UnreadableFile, or Transient."""
    bucket, key = permitted_object(url, settings.source_buckets)
    return Content(clean_name(key) or bucket, blocks(bucket, key, settings.s3_endpoint_url))


def blocks(bucket: str, key: str, endpoint: str) -> Generator[bytes]:
    """The bytes of an object."""
    with explained(bucket), connect(endpoint).open_input_stream(f"{bucket}/{key}") as stream:
        while block := stream.read(BLOCK):
            yield block


def connect(endpoint: str) -> fs.S3FileSystem:
    """A client for AWS, or for the server of S3_ENDPOINT_URL; AWS_* are read by the client."""
    parts = urlsplit(endpoint)
    own = {"endpoint_override": parts.netloc, "scheme": parts.scheme} if endpoint else {}
    return fs.S3FileSystem(
        connect_timeout=CONNECT_SECONDS,
        request_timeout=IDLE_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        **own,
    )


@contextmanager
def explained(bucket: str) -> Iterator[None]:
    """Turn failures of the client, whose texts name servers, into sentences."""
    try:
        yield
    except FileNotFoundError:
        raise unavailable(f"There is no such file in the bucket '{bucket}'.") from None
    except OSError as error:
        if DENIED.search(str(error)):
            raise unavailable(
                f"The bucket '{bucket}' refuses the access; check the AWS_… variables."
            ) from None
        raise later(f"The bucket '{bucket}' cannot be reached; it is tried again.") from None
