"""rq-dashboard for administrators at /ops/rq, in this process, with its holes closed.

Stock rq-dashboard 0.9.0 unpickles what it finds in Redis, prints descriptions, errors and
worker names as HTML, puts the queue's name of the URL into a script, requeues on GET, answers
500 while a JSON worker is busy or Redis is away, and shows wrong pages. Login and the check for
foreign origins are the gate's.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

import rq.serializers
from a2wsgi import WSGIMiddleware
from anyio import to_thread
from flask import Flask, Response, current_app, request
from jinja2 import FunctionLoader
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DeserializationError, InvalidJobOperation, NoSuchJobError
from rq.serializers import JSONSerializer
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core import QueueUnavailable, Settings
from queue_jobs.connection import connect

AWAY = "Redis does not answer; jobs wait and go on when it is back. Try again in a moment.\n"
NO_QUEUE = "There is no queue: USE_QUEUE is false and jobs run on a thread of this process.\n"
CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
# Underscore templates: <%= prints as HTML, <%- escapes.
PRINTED_RAW = re.compile(r"<%=(?= *(?:d\.|jobId|JSON\.))")
NAME_IN_SCRIPT = "'{{ queue.name }}'"
PROBLEMS = {
    NoSuchJobError: (404, "There is no such job in Redis any more.\n"),
    InvalidJobOperation: (409, "This job is in no state that allows this.\n"),
    DeserializationError: (422, "This job was not written by Assay and is not opened.\n"),
    ValueError: (422, "This job was not written by Assay and is not opened.\n"),
    LookupError: (404, "There is no such Redis.\n"),
    RedisError: (503, AWAY),
}


@dataclass(frozen=True)
class Dashboard:
    """The ASGI app; the Flask app behind it is made at the first request that finds Redis."""

    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        if not self.settings.use_queue:
            await PlainTextResponse(NO_QUEUE, 503)(scope, receive, send)
            return
        try:
            app = await to_thread.run_sync(dashboard_of, self.settings)
        except QueueUnavailable:
            await PlainTextResponse(AWAY, 503)(scope, receive, send)
            return
        await app(scope, receive, send)


def dashboard_of(settings: Settings) -> ASGIApp:
    """The app for the Redis of the settings. Raises QueueUnavailable when none was started."""
    return wrapped(connect(settings))


@cache
def wrapped(connection: Redis) -> ASGIApp:
    """One Flask app, as an ASGI app, for each connection."""
    return cast(ASGIApp, WSGIMiddleware(cast(Any, flask_app(connection))))


def flask_app(connection: Redis) -> Flask:
    """rq-dashboard on one connection, with everything that its Flask app can be told."""
    from rq_dashboard import cli, web

    close_holes(web)
    app = cli.make_flask_app(None, None, None, "")
    app.config.update(RQ_DASHBOARD_REDIS_URL=("Redis",), RQ_DASHBOARD_DISABLE_DELETE=True)
    app.redis_conn = connection
    app.jinja_loader = FunctionLoader(safe_template)
    app.before_request(refuse)
    app.after_request(with_policy)
    for problem, (status, message) in PROBLEMS.items():
        app.register_error_handler(problem, answer(status, message))
    return app  # type: ignore[no-any-return]


def close_holes(web: Any) -> None:
    """What rq-dashboard offers no setting for; doing it twice changes nothing."""
    # Whoever names no serializer (jobs, workers and requeueing in rq-dashboard) gets JSON: with
    # rq's default, a pickle planted in Redis would run in this process.
    rq.serializers.PickleSerializer = JSONSerializer  # type: ignore[assignment]
    web.config.serializer = JSONSerializer
    web.from_url = shared_connection
    web.get_queue_registry_jobs_count = jobs_page


def shared_connection(url: str, **options: Any) -> tuple[None, Redis]:
    """Instead of a new connection for each request."""
    return None, current_app.redis_conn  # type: ignore[attr-defined]


def safe_template(name: str) -> str:
    """A template of rq-dashboard that escapes what it prints."""
    source = (files("rq_dashboard") / "templates" / name).read_text(encoding="utf-8")
    return PRINTED_RAW.sub("<%-", source).replace(NAME_IN_SCRIPT, "{{ queue.name|tojson }}")


def refuse() -> Response | None:
    """Changes by POST only, and a plain answer when Redis is away."""
    if request.method != "POST" and request.path.startswith("/requeue/"):
        return Response("Requeueing needs a POST.\n", 405, {"Allow": "POST"})
    current_app.redis_conn.ping()  # type: ignore[attr-defined]
    return None


def with_policy(response: Response) -> Response:
    """Scripts only from here; nothing is loaded from or sent to another site."""
    response.headers["Content-Security-Policy"] = CSP
    return response


def answer(status: int, message: str) -> Any:
    """An error handler with one sentence."""
    return lambda error: Response(message, status, content_type="text/plain; charset=utf-8")


def jobs_page(
    queue_name: str, registry_name: str, offset: int, per_page: int, order: str, connection: Redis
) -> tuple[int, list[dict[str, Any]]]:
    """One page of a queue or registry, and how many jobs there are in all.

    Never cleans up: that would fail or retry abandoned jobs from a page that only looks.
    """
    from rq_dashboard.web import serialize_job

    queue = Queue(queue_name, connection=connection, serializer=JSONSerializer)
    registry = None
    if registry_name != "queued":
        registry = getattr(queue, f"{registry_name}_job_registry", None)
        if registry is None:
            raise LookupError(registry_name)
    total = queue.count if registry is None else registry.get_job_count(cleanup=False)
    last = total - offset if order == "dsc" else min(total, offset + per_page)
    first = max(0, last - per_page) if order == "dsc" else offset
    if first >= last:
        return total, []
    if registry is None:
        ids = queue.get_job_ids(first, last - first)
    else:
        ids = registry.get_job_ids(first, last - 1, cleanup=False)
    jobs = [queue.fetch_job(job_id) for job_id in (reversed(ids) if order == "dsc" else ids)]
    return total, [serialize_job(job) for job in jobs if job]
