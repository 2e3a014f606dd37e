"""The way to a provider and back: Streamlit's own routes, and what they leave untold.

/sign-in/NAME        to the provider; a page that says so where it cannot be reached
/oauth2callback      back from it; to a page that says so where nobody is signed in after it
/auth/logout         out; what was signed in is over, for every copy of the cookie too
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import encode_provider_token

from hilander.services import signed_out
from hilander.services.sign_in import Claims
from hilander.ui.sign_in import page
from hilander.ui.sign_in.cookie import sets_claims
from hilander.ui.sign_in.settings import Provider, SignIn

TO = "/sign-in/"
OUT = "/auth/logout"
FAILED = {"sign-in": "failed"}
_LOGIN = "/auth/login"
_FROM_PROVIDER = {"code", "error"}

_log = logging.getLogger(__name__)


class Way:
    """Passes requests on to Streamlit's routes and looks at their answers."""

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self.app, self.sign_in = app, sign_in

    async def to_provider(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        """As a press on st.login's button, in one step."""
        found = [it for it in self.sign_in.providers if it.key == key]
        if scope["method"] != "GET" or not found:
            await PlainTextResponse("There is no such way in.\n", 404)(scope, receive, send)
            return
        answer = await self._asked(found[0], scope, receive)
        if answer is None:
            text = page.to_sign_in(self.sign_in, page.unreachable(found[0].label))
            await HTMLResponse(text, 502, page.HEADERS)(scope, receive, send)
            return
        for message in answer:
            await send(message)

    async def _asked(self, provider: Provider, scope: Scope, receive: Receive) -> list[Message] | None:
        """Streamlit's answer if it leads to the provider."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        path = self.sign_in.base + _LOGIN
        query = urlencode({"provider": encode_provider_token(provider.key)}).encode()
        asked = {**scope, "path": path, "raw_path": path.encode(), "query_string": query}
        try:
            await self.app(asked, receive, keep)
        except Exception:  # noqa: BLE001 - whatever it is, the person reads what to do
            _log.exception("%s could not be asked", provider.label)
            return None
        return answer if answer and answer[0].get("status") == 302 else None

    async def back(self, scope: Scope, receive: Receive, send: Send) -> None:
        """From the provider. Without what it sends along somebody has signed out there."""
        if not _FROM_PROVIDER & parse_qs(scope["query_string"].decode("latin-1")).keys():
            await RedirectResponse(f"{self.sign_in.home}/", 302)(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and not _signed_in(message):
                MutableHeaders(scope=message)["location"] = f"{self.sign_in.home}/?{urlencode(FAILED)}"
            await send(message)

        await self.app(scope, receive, told)

    async def out(self, claims: Claims, scope: Scope, receive: Receive, send: Send) -> None:
        if claims:
            await asyncio.to_thread(signed_out.end, claims)
        await self.app(scope, receive, send)


def has_failed(query: Mapping[str, list[str]]) -> bool:
    return all(value in query.get(name, []) for name, value in FAILED.items())


def _signed_in(answer: Message) -> bool:
    return any(name.lower() == b"set-cookie" and sets_claims(value) for name, value in answer["headers"])
