"""The login page: one password, five tries in five minutes, a signed cookie for twelve hours."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, quote

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core import Settings
from store import audit
from web.gate import (
    COOKIE,
    SESSION_SECONDS,
    USER,
    end_session,
    is_password,
    is_tls,
    start_session,
    user_of,
)
from web.opened import queue_of
from web.throttle import Throttle

MAX_FORM_BYTES = 8192
CARD = (Path(__file__).parent / "card.html").read_text(encoding="utf-8")
SIGN_IN = """<form method="post" action="/auth/login?next={target}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
 required autofocus aria-describedby="message">
<p role="alert" id="message">{message}</p>
<button>Sign in</button>
</form>"""
SIGN_OUT = """<form method="post" action="/auth/logout"><button>Sign out</button></form>"""
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
WRONG = "That is not the password."
TOO_MANY = "Too many wrong passwords; try again in five minutes."


@dataclass(frozen=True)
class Login:
    """The routes /auth/login and /auth/logout."""

    settings: Settings
    throttle: Throttle = field(default_factory=Throttle)

    async def login(self, request: Request) -> Response:
        """Show the form, or check the password and set the cookie."""
        target = local_path(request.query_params.get("next", "/"))
        if user_of(request.cookies, self.settings) is not None:
            return RedirectResponse(target, 303)
        if request.method != "POST":
            return page(target)
        given = await form_field(request, "password")
        client = request.client.host if request.client else "unknown"
        if self.throttle.blocked(client):
            return page(target, TOO_MANY, 429)
        if not is_password(given, self.settings):
            self.throttle.note(client)
            await self.record("login refused", client)
            return page(target, WRONG, 401)
        await self.record("login", client)
        response = RedirectResponse(target, 303)
        response.set_cookie(
            COOKIE,
            start_session(self.settings),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=is_tls(request),
        )
        return response

    async def logout(self, request: Request) -> Response:
        """Ask first; then end the session for good and go back to the login page.

        Only the form's POST ends it, so that a link on another site cannot sign anybody out.
        """
        if request.method != "POST":
            return card("Sign out", SIGN_OUT)
        end_session(request.cookies, self.settings)
        response = RedirectResponse("/auth/login", 303)
        response.delete_cookie(COOKIE)
        return response

    async def record(self, action: str, client: str) -> None:
        """A line of the audit log."""

        def write() -> None:
            database = queue_of(self.settings).store.database
            audit.record(database, USER, action, client=client)

        await to_thread.run_sync(write)


def local_path(target: str) -> str:
    """The target if it is a path of this site, else "/": a login page must not send people away.

    Browsers read a backslash as a slash, and "//host" as another site.
    """
    flat = target.replace("\\", "/")
    is_local = flat.startswith("/") and not flat.startswith("//")
    return target if is_local and target.isprintable() else "/"


async def form_field(request: Request, name: str) -> str:
    """A field of a small urlencoded form; anything longer than 8 kB is refused unread."""
    body = b""
    async for block in request.stream():
        body += block
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413, "This form is too long.")
    fields = parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return fields.get(name, [""])[0]


def page(target: str, message: str = "", status: int = 200) -> Response:
    """The form, with a message when the last try failed."""
    form = SIGN_IN.format(target=quote(target, safe=""), message=escape(message))
    return card("Sign in", form, status)


def card(title: str, form: str, status: int = 200) -> Response:
    """A page with nothing but one form."""
    html = CARD.replace("{{title}}", title).replace("{{form}}", form)
    return HTMLResponse(html, status, PAGE_HEADERS)
