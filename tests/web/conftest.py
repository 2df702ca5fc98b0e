"""A small site: our routes behind our gate, with stand-ins where Streamlit would answer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

import web
from core import AssayError, Settings
from queue_jobs.embedded_server import ensure_server, stop_server
from store import claims, jobs, leases
from store.jobs import JobRequest
from web.gate import COOKIE, Gate, start_session

PASSWORD = "open sesame"
ICON = Path(__file__).parents[2] / "ui" / "assay.png"


def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("a page")


async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("welcome")
    await websocket.close()


STAND_INS = [
    WebSocketRoute("/_stcore/stream", stream),
    Route("/{path:path}", page, methods=["GET", "PUT", "POST"]),
]


def visitor(settings: Settings, *, address: str = "127.0.0.1", host: str = "localhost:8501"):
    """A browser at an address that has the site open under a host name."""
    app = Starlette(
        routes=[*web.routes(settings, ICON), *STAND_INS],
        middleware=[Middleware(Gate, settings=settings)],
        exception_handlers={AssayError: web.refused},
    )
    return TestClient(
        app, base_url=f"http://{host}", client=(address, 50_000), follow_redirects=False
    )


@pytest.fixture
def closed(settings: Settings) -> Settings:
    """Settings with a password."""
    return replace(settings, app_password=PASSWORD)


@pytest.fixture
def browser(settings: Settings) -> TestClient:
    """A browser on this computer, and no password is set."""
    return visitor(settings)


@pytest.fixture
def stranger(closed: Settings) -> TestClient:
    """A browser elsewhere that has not signed in."""
    return visitor(closed, address="192.0.2.7", host="assay.example")


@pytest.fixture
def member(closed: Settings) -> Callable[..., TestClient]:
    """A browser elsewhere whose user has signed in."""

    def sign_in(user: str = "local") -> TestClient:
        client = visitor(closed, address="192.0.2.7", host="assay.example")
        client.cookies.set(COOKIE, start_session(closed, user))
        return client

    return sign_in


@pytest.fixture(scope="module")
def queued(tmp_path_factory):
    """Settings with a running queue server."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    ensure_server(settings)
    yield settings
    stop_server(settings)


@pytest.fixture
def publish(store, add_dataset):
    """Completes a job with the given files and returns its row."""

    def publish(files: dict[str, bytes], *, tool="clean-my-data", owner="local", name="data.csv"):
        dataset = add_dataset(name=name, owner=owner)
        job = jobs.submit(store.database, JobRequest(owner, dataset.id, tool))
        _, lease = claims.claim(store.database, job.id, "worker", 45)
        folder = store.artifacts.scratch_folder()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        store.artifacts.seal(folder, f"jobs/{job.id}/1-x")
        leases.publish(store.database, lease, f"jobs/{job.id}/1-x", {})
        return jobs.get(store.database, owner, job.id)

    return publish
