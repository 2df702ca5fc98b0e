"""The gate in front of every request and websocket: who is it, and may they come in?

Without APP_PASSWORD only this computer is served, as the user "local". With it, everybody who
has the session cookie of the login page is. Both are the same user, so that data loaded before
a password was set is still there afterwards.
"""

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import Settings, new_id
from queue_jobs.metrics_server import PATH as METRICS
from queue_jobs.metrics_server import is_bearer
from web.signing import sign, verify

USER = "local"
COOKIE = "assay_session"
SESSION_SECONDS = 12 * 3600
REFUSED_WEBSOCKET = 4401

HEALTH = frozenset({"/healthz", "/readyz", "/_stcore/health"})
OPEN = HEALTH | {"/auth/login", "/favicon.png"}
ADMIN = ("/ops/", "/_stcore/metrics")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers would then send "Origin: null" with the login form.
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
}

NOT_LOCAL = (
    "This Assay serves only the computer it runs on; set APP_PASSWORD to let others sign in.\n"
)
NOT_LOCALHOST = "Open this Assay as http://localhost; set APP_PASSWORD to use another name.\n"
FOREIGN = "This request came from another site and was refused.\n"
NOT_ADMIN = "Only an administrator may see this.\n"
NOT_SCRAPED = "Metrics are for this computer only, or for whoever sends METRICS_TOKEN; set it.\n"
NO_TOKEN = "Send METRICS_TOKEN as a bearer token.\n"
SIGN_IN = "Sign in first: /auth/login\n"

ended_sessions: dict[str, float] = {}
"""Sessions that were signed out before their time, by id, with the end of that time."""


@dataclass(frozen=True)
class Gate:
    """ASGI middleware; nothing behind it sees a request that it refuses."""

    app: ASGIApp
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        refusal = refuse(connection, self.settings)
        if refusal is None:
            await self.app(scope, receive, with_headers(send, is_tls(connection)))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": REFUSED_WEBSOCKET})
        else:
            await refusal(scope, receive, with_headers(send, is_tls(connection)))


def refuse(connection: HTTPConnection, settings: Settings) -> Response | None:
    """The answer to somebody who may not come in; None lets them in."""
    path = connection.scope["path"]
    if is_foreign(connection):
        return PlainTextResponse(FOREIGN, 403)
    if path in HEALTH:
        return None
    if path == METRICS:
        return refuse_scrape(connection, settings)
    if not settings.app_password:
        return refuse_remote(connection)
    if path in OPEN or (path.startswith("/static/") and ".." not in path):
        return None
    user = user_of(connection.cookies, settings)
    if user is None:
        return to_login(connection)
    if path.startswith(ADMIN) and not is_admin(user):
        return PlainTextResponse(NOT_ADMIN, 403)
    return None


def is_foreign(connection: HTTPConnection) -> bool:
    """True for a change or a websocket that a page of another site asks for."""
    if connection.scope["type"] == "http" and connection.scope["method"] in SAFE_METHODS:
        return False
    headers = connection.headers
    if headers.get("sec-fetch-site") == "cross-site":
        return True
    origin = headers.get("origin")
    # A page of another site cannot set X-Forwarded-Host, so a proxy's word is good enough.
    ours = {headers.get("host"), headers.get("x-forwarded-host")}
    return origin is not None and urlsplit(origin).netloc not in ours


def refuse_remote(connection: HTTPConnection) -> Response | None:
    """Without a password: only this computer, and only by its local names."""
    if not is_loopback(connection.client.host if connection.client else ""):
        return PlainTextResponse(NOT_LOCAL, 403)
    # A hostile site can point its own name at 127.0.0.1 (DNS rebinding); its Host gives it away.
    if urlsplit(f"//{connection.headers.get('host', '')}").hostname not in LOCAL_HOSTS:
        return PlainTextResponse(NOT_LOCALHOST, 403)
    return None


def refuse_scrape(connection: HTTPConnection, settings: Settings) -> Response | None:
    """Metrics: for METRICS_TOKEN; while there is none, for this computer but no proxy on it."""
    if settings.metrics_token:
        given = connection.headers.get("authorization", "")
        if is_bearer(settings.metrics_token, given):
            return None
        return PlainTextResponse(NO_TOKEN, 401, {"WWW-Authenticate": "Bearer"})
    if any(name in connection.headers for name in PROXIED) or refuse_remote(connection):
        return PlainTextResponse(NOT_SCRAPED, 403)
    return None


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8 and ::1, also when written as an IPv4-mapped IPv6 address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def to_login(connection: HTTPConnection) -> Response:
    """Send a visitor to the login page and back; anything but a visit gets 401."""
    if connection.scope["type"] != "http" or connection.scope["method"] != "GET":
        return PlainTextResponse(SIGN_IN, 401)
    target = connection.url.path
    if connection.url.query:
        target += f"?{connection.url.query}"
    return RedirectResponse(f"/auth/login?next={quote(target, safe='')}", 303)


def with_headers(send: Send, tls: bool) -> Callable[[Message], Awaitable[None]]:
    """Add the security headers to a response that does not bring its own."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if tls:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await send(message)

    return sending


def is_tls(connection: HTTPConnection) -> bool:
    """True when the browser speaks TLS, to us or to the proxy before us."""
    forwarded = connection.headers.get("x-forwarded-proto", "")
    return connection.url.scheme in {"https", "wss"} or forwarded.startswith("https")


def session_purpose(settings: Settings) -> str:
    """Bound to the password: a new password ends all sessions."""
    return f"session:{hashlib.sha256(settings.app_password.encode()).hexdigest()}"


def start_session(settings: Settings, user: str = USER) -> str:
    """The value of the session cookie of a user who has just signed in."""
    until = time.time() + SESSION_SECONDS
    return sign(settings, user, session_purpose(settings), until=until, id=new_id())


def end_session(cookies: Mapping[str, str], settings: Settings) -> None:
    """Sign out: the cookie is worth nothing from now on, even if somebody copied it."""
    claims = verify(settings, cookies.get(COOKIE, ""), session_purpose(settings))
    now = time.time()
    for session in [session for session, until in ended_sessions.items() if until < now]:
        del ended_sessions[session]
    if claims is not None:
        ended_sessions[claims["id"]] = claims["until"]


def user_of(cookies: Mapping[str, str], settings: Settings) -> str | None:
    """The user behind a request (`request.cookies`, `st.context.cookies`); None: not signed in.

    Without a password it is always "local": the gate has let only this computer in.
    """
    if not settings.app_password:
        return USER
    claims = verify(settings, cookies.get(COOKIE, ""), session_purpose(settings))
    if claims is None or claims["id"] in ended_sessions:
        return None
    return str(claims["user"])


def is_admin(user: str) -> bool:
    """True for who may see the queue, the workers and everybody's jobs."""
    return user == USER


def is_password(given: str, settings: Settings) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(), settings.app_password.encode())
