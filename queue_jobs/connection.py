"""Connections to Redis: a server of your own, or the embedded one, whose address is in a file."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from core import QueueUnavailable, Settings


def queue_folder(settings: Settings) -> Path:
    """Where the embedded server keeps its address, password, log and data."""
    return (settings.data_dir / "queue").resolve()


def server_record(settings: Settings) -> Path:
    """The private file that says where the embedded server listens."""
    return queue_folder(settings) / "server.json"


def redis_url(settings: Settings) -> str:
    """The address of Redis with its password; REDIS_CA_CERT becomes part of a rediss:// URL.

    Raises QueueUnavailable when no REDIS_URL is set and the embedded server was never started.
    """
    if settings.redis_url:
        return with_ca(settings.redis_url, settings.redis_ca_cert)
    try:
        return str(json.loads(server_record(settings).read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError) as error:
        raise QueueUnavailable("The queue's server is not running; start the app.") from error


def with_ca(url: str, ca_cert: str) -> str:
    """Name the CA file inside the URL, the one form that the `rq` command understands too."""
    if not ca_cert or not url.startswith("rediss://"):
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_ca_certs={quote(ca_cert)}"


def connect(settings: Settings, *, patient: bool = False) -> Redis:
    """The client of this process; nothing is sent yet. rediss:// checks the certificate.

    `patient` is for workers: they live through a minute without Redis (25 tries, at most 3
    seconds apart). Pages give up after about two seconds instead of hanging.
    Raises QueueUnavailable as `redis_url`.
    """
    return client(redis_url(settings), patient)


@cache
def client(url: str, patient: bool) -> Redis:
    """One client, thus one pool of connections, for each address; safe in threads and forks."""
    if patient:
        retry = Retry(ExponentialWithJitterBackoff(base=0.2, cap=3.0), 25)
        return Redis.from_url(url, retry=retry, socket_connect_timeout=5)
    retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 2)
    return Redis.from_url(url, retry=retry, socket_connect_timeout=1, socket_timeout=5)
