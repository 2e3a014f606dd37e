"""The gate: nothing is served without a sign-in but what signing in takes.

    request -> who sends it, by Streamlit's cookie -> the app | 401 | 403

    open            Streamlit's own scripts and styles, its health check and host settings, and the way to a provider
    a page          nobody signed in: 401 and the page to sign in; somebody who may not come in: 403 and why
    anything else   401 or 403 in a line; the socket is refused, and closed when the sign-in ends
    a file          403 for those whose pages have not named it (given.py); the server's figures for admins alone

ASGI middleware outside of Streamlit's own, which goes on checking hosts, origins and XSRF tokens.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hilander.errors import InputError
from hilander.services.people import Person
from hilander.services.sign_in import Claims, NotAllowed, SignInEnded
from hilander.ui.sign_in import page, settings, wanted, way
from hilander.ui.sign_in.cookie import claims_of
from hilander.ui.sign_in.given import Given
from hilander.ui.sign_in.settings import CALLBACK, SignIn
from hilander.ui.sign_in.socket import Socket, refuse
from hilander.ui.sign_in.visitor import visitor
from hilander.ui.sign_in.way import Way

HEALTH = "/_stcore/health"
OPEN = {HEALTH, "/_stcore/host-config", "/auth/login", "/favicon.png", "/favicon.ico", "/manifest.json"}
SCRIPTS = "/static/"  # Streamlit's, the same in every installation
FILES = ("/media/", "/_stcore/upload_file/")
NO_PAGES = (*FILES, "/_stcore/", "/component/", "/app/static/")
FIGURES = "/_stcore/metrics"
STATE = "/sign-in"  # a page asks whether its sign-in still holds


class Gate:
    """The app behind the sign-in."""

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self.app, self.sign_in = app, sign_in
        self.way, self.given = Way(app, sign_in), Given()
        settings.guarded()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, self._kept(scope, send))
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._path(scope)
        if path in OPEN or path.startswith(SCRIPTS):
            await self.app(scope, receive, send)
        elif path.startswith(way.TO):
            await self.way.to_provider(path.removeprefix(way.TO), scope, receive, send)
        elif path == CALLBACK:
            await self.way.back(scope, receive, send)
        elif path == way.OUT:
            await self.way.out(self._claims(scope), scope, receive, send)
        else:
            await (self._answer(path, scope) or self.app)(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        claims = self._claims(scope)
        try:
            person = visitor(claims)
        except (SignInEnded, NotAllowed):
            await refuse(receive, send)
        else:
            await Socket(person, claims, self.given).serve(self.app, scope, receive, send)

    def _answer(self, path: str, scope: Scope) -> Response | None:
        """The gate's own answer; None where the app answers."""
        try:
            person = visitor(self._claims(scope))
        except (SignInEnded, NotAllowed) as why:
            return self._refusal(path, scope, why)
        if not self._may(person, path):
            return PlainTextResponse("This is not for you.\n", 403, {"Cache-Control": "no-store"})
        if path == STATE:
            return RedirectResponse(f"{self.sign_in.home}/", 302) if _is_page(scope) else Response(None, 204)
        return wanted.way_to(scope, _cookies(scope), self.sign_in.base)

    def _may(self, person: Person, path: str) -> bool:
        if path.startswith(FILES):
            return self.given.to(person.id, path)
        return person.admin or path != FIGURES

    def _refusal(self, path: str, scope: Scope, why: InputError) -> Response:
        status = 403 if isinstance(why, NotAllowed) else 401
        if path.startswith(NO_PAGES) or not _is_page(scope):
            return PlainTextResponse(f"{why}\n", status, {"Cache-Control": "no-store"})
        if isinstance(why, NotAllowed):
            return HTMLResponse(page.not_allowed(self.sign_in, str(why)), status, page.HEADERS)
        failed = way.has_failed(parse_qs(scope["query_string"].decode("latin-1")))
        text = page.to_sign_in(self.sign_in, page.FAILED if failed else "")
        response = HTMLResponse(text, status, page.HEADERS)
        wanted.remember(response, scope, self.sign_in.base)
        return response

    def _path(self, scope: Scope) -> str:
        """The path inside the app; "" outside of it."""
        path, base = str(scope["path"]), self.sign_in.base
        return path.removeprefix(base) if path.startswith(f"{base}/") else ""

    def _claims(self, scope: Scope) -> Claims:
        return claims_of(_cookies(scope), self.sign_in.origin)

    def _kept(self, scope: Scope, send: Send) -> Send:
        """Cookies go over TLS alone where the app is reached by it, and no cache shares what is for one person."""
        private = not self._path(scope).startswith(SCRIPTS)
        secure = self.sign_in.home.startswith("https:")

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if private and "cache-control" not in headers:
                    headers["cache-control"] = "private"
                if secure:
                    message["headers"] = [_secure(name, value) for name, value in message["headers"]]
            await send(message)

        return kept


def _secure(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" if is_open else value


def _cookies(scope: Scope) -> dict[str, str]:
    return cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))


def _is_page(scope: Scope) -> bool:
    """Whether a browser asks for something to show, rather than a script or a program."""
    return scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", "")
