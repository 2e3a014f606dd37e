"""The app with sign-in by the provider of the tests, and those who speak to it without a browser."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import httpx2
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from websockets.sync.client import ClientConnection, connect

from hilander.services.store import Store
from hilander.services.workspace import Workspace
from tests.oidc_provider import ANN, Provider

COOKIE = "_streamlit_user"
PAGE = {"accept": "text/html"}


@dataclass(frozen=True)
class App:
    """The app with sign-in, the provider, and what the app writes to its log."""

    url: str
    ours: Provider
    log: Path
    home: Path

    @property
    def store(self) -> Store:
        return Store(Workspace(self.home))

    def client(self, cookies: dict[str, str] | None = None) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, cookies=cookies, timeout=20)


@contextmanager
def started(port: int, env: dict[str, str], log: Path) -> Iterator[None]:
    words = [sys.executable, "-m", "hilander", "app", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("w") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file, env=env, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while "hilander is at" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(40) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def forged(app: App, secret: str = "", **changed: object) -> dict[str, str]:
    """A cookie as Streamlit signs it for Ann, with other claims or another secret."""
    claims = ANN | {"iss": app.ours.issuer, "iat": int(time.time()), "nonce": "tests", "is_logged_in": True}
    text = json.dumps(claims | {"origin": app.url, "provider": "works"} | changed)
    return {COOKIE: create_signed_value(secret or app.ours.cookie_secret, COOKIE, text).decode()}


def socket_status(app: App, headers: dict[str, str | bytes], origin: str = "") -> int:
    """What the socket answers; 101 when it opens. Only asked: a client of sockets has a thread that it waits for."""
    asks = {
        **{"Connection": "Upgrade", "Upgrade": "websocket", "Origin": origin or app.url},
        **{"Sec-WebSocket-Key": b64encode(bytes(16)).decode(), "Sec-WebSocket-Version": "13"},
    }
    connection = HTTPConnection(app.url.removeprefix("http://"), timeout=20)
    try:
        connection.request("GET", "/_stcore/stream", headers=asks | headers)
        return connection.getresponse().status
    finally:
        connection.close()


@contextmanager
def talking(app: App, client: httpx2.Client, token: str) -> Iterator[ClientConnection]:
    """Streamlit's socket as the page opens it."""
    cookie = "; ".join(f"{it.name}={it.value}" for it in client.cookies.jar)
    url = app.url.replace("http", "ws") + "/_stcore/stream"
    words = {
        "additional_headers": {"cookie": cookie},
        "origin": app.url,
        "close_timeout": 1,
        "max_size": None,
    }
    with connect(url, subprotocols=["streamlit", *([token] if token else [])], **words) as socket:
        yield socket


def heard(socket: ClientConnection, kind: str, before: list[ForwardMsg] | None = None) -> ForwardMsg:
    """The first message of a kind; those before it are put into `before`."""
    while True:
        message = ForwardMsg.FromString(socket.recv(timeout=60))
        if message.WhichOneof("type") == kind:
            return message
        if before is not None:
            before.append(message)


def through_the_provider(app: App, client: httpx2.Client, name: str) -> str:
    """The text of the page at which somebody ends who takes the way through the provider."""
    there = client.get("/sign-in/works").headers["location"]
    back = httpx2.get(f"{there}&as={name}").headers["location"]
    return client.get(back, headers=PAGE, follow_redirects=True).text
