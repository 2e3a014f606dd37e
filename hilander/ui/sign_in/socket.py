"""Streamlit's socket behind the gate: for one person, as long as their sign-in holds."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hilander.errors import InputError
from hilander.services.people import Person
from hilander.services.sign_in import Claims
from hilander.ui.sign_in.given import Given
from hilander.ui.sign_in.visitor import visitor

POLICY = 1008  # why it is closed; uvicorn answers 403 where it was not open yet
_log = logging.getLogger(__name__)


class Socket:
    """One open socket: notes which files it names, and closes it when the sign-in is over."""

    def __init__(self, person: Person, claims: Claims, given: Given) -> None:
        self.person, self.claims, self.given = person, claims, given
        self.closed = False

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def checked() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not self._holds():
                await self._close(send)
                return {"type": "websocket.disconnect", "code": POLICY}
            return message

        async def noted(message: Message) -> None:
            if self.closed:
                return
            if message["type"] == "websocket.send" and not self._holds():
                await self._close(send)
                return
            self.given.note(self.person.id, message.get("bytes") or b"")
            await send(message)

        await app(scope, checked, noted)

    def _holds(self) -> bool:
        try:
            return visitor(self.claims).id == self.person.id
        except InputError:
            return False

    async def _close(self, send: Send) -> None:
        if not self.closed:
            self.closed = True
            _log.info("A page is closed: its sign-in has ended")
            await send({"type": "websocket.close", "code": POLICY})


async def refuse(receive: Receive, send: Send) -> None:
    """403, before it opens."""
    await receive()
    await send({"type": "websocket.close", "code": POLICY})
