"""GET /metrics: what Prometheus reads. The gate decides who may."""

from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from core import Settings
from queue_jobs.metrics import registry
from web.opened import queue_of


def metrics(settings: Settings, request: Request) -> Response:
    """All metrics, in the text format of Prometheus or, when it is asked for, OpenMetrics."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    content = encode(registry(queue_of(settings)))
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=content_type)
