"""What the server is made of beside app.py: whether people sign in, the gate, and what it says when it starts.

What cannot work is told in one line before anything is served, and the process ends with 2.
"""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_address

from starlette.middleware import Middleware
from streamlit import config
from streamlit.starlette import App

from hilander.config import ASSETS
from hilander.errors import InputError
from hilander.services import logs
from hilander.services.sign_in import ALLOWED, rules
from hilander.ui.sign_in import settings
from hilander.ui.sign_in.gate import Gate
from hilander.ui.sign_in.settings import SignIn

SCRIPT = ASSETS.parent / "app.py"
ANYONE = "--anyone"
USER_ERROR = 2

_log = logging.getLogger(__name__)


def sign_in(words: list[str]) -> SignIn | None:
    """What is configured; ends the process where that cannot work, or where everybody could come in."""
    try:
        found = settings.read(int(config.get_option("server.port")))
        if found is None and ANYONE not in words:
            check_host(address())
    except InputError as mistake:
        sys.stderr.write(f"hilander: {' '.join(str(mistake).split()).removesuffix('.')}\n")
        sys.exit(USER_ERROR)
    return found


def address() -> str:
    """The address that the server listens on; Streamlit's own default is every one of this machine."""
    return config.get_option("server.address") or "0.0.0.0"


def check_host(host: str) -> None:
    """InputError where machines other than this one reach the address."""
    if not is_local(host):
        raise InputError(
            f"--host {host} lets other machines in, and nobody would be asked who they are: expected [auth] in "
            ".streamlit/secrets.toml, got none. Configure sign-in (README, 'People: sign-in'), or add --anyone "
            "where something else keeps out who does not belong."
        )


def is_local(host: str) -> bool:
    try:
        found = {str(entry[4][0]).split("%", 1)[0] for entry in socket.getaddrinfo(host, None)}
        return all(ip_address(it).is_loopback for it in found)
    except (OSError, ValueError):
        return False


def middleware(found: SignIn | None) -> list[Middleware]:
    return [Middleware(Gate, found)] if found else []


def lifespan(found: SignIn | None) -> Callable[[App], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def started(_app: App) -> AsyncGenerator[None]:
        logs.hide(*(found.secrets if found else ()))
        logs.set_up()  # now that Streamlit and uvicorn have set up theirs
        tell(found, address())
        yield

    return started


def tell(found: SignIn | None, host: str) -> None:
    """Who may come in, where somebody may think that fewer may."""
    if found is None:
        if not is_local(host):
            _log.warning("No sign-in: whoever reaches this address is the local user and may do everything")
        return
    names = ", ".join(it.label for it in found.providers)
    _log.info("People sign in with %s at %s", names, found.home)
    if not rules().allowed:
        _log.warning("%s is not set: everybody whom %s signs in may come in", ALLOWED, names)
