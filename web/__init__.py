"""What the ASGI app serves beside Streamlit: gate, health, files, uploads, the queue's pages."""

from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from core import AssayError, NotFound, Settings, Transient
from web import files, health, metrics, uploads
from web.dashboard import Dashboard
from web.login import Login


def routes(settings: Settings, icon: Path) -> list[BaseRoute]:
    """Every route of ours; `icon` is the PNG that browsers ask for as /favicon.png."""
    login = Login(settings)
    return [
        Route("/healthz", health.healthz),
        Route("/readyz", partial(health.readyz, settings)),
        Route("/metrics", partial(metrics.metrics, settings)),
        Route("/favicon.png", partial(send_icon, icon)),
        Route("/auth/login", login.login, methods=["GET", "POST"]),
        Route("/auth/logout", login.logout, methods=["GET", "POST"]),
        Route("/files/{token}", partial(files.serve, settings)),
        Route("/api/uploads", partial(uploads.serve, settings), methods=["POST"]),
        Route(
            "/api/uploads/{dataset}",
            partial(uploads.serve, settings),
            methods=["HEAD", "PUT", "DELETE"],
        ),
        Route("/ops/rq", to_dashboard),
        Mount("/ops/rq", app=Dashboard(settings)),
    ]


def send_icon(icon: Path, request: Request) -> Response:
    """GET /favicon.png."""
    return FileResponse(icon, headers={"Cache-Control": "public, max-age=86400"})


def to_dashboard(request: Request) -> Response:
    """Streamlit answers every path that nobody else does, so the slash is added here."""
    return RedirectResponse("/ops/rq/", 307)


def refused(request: Request, error: AssayError) -> Response:
    """The sentence of an error, with the status that fits: for `exception_handlers`."""
    status = 404 if isinstance(error, NotFound) else 503 if isinstance(error, Transient) else 400
    return PlainTextResponse(f"{error.message}\n", status, {"Cache-Control": "no-store"})
