"""The page that somebody wanted before they had to sign in, kept in a cookie while they are at the provider."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode

from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from hilander.ui.sign_in.way import FAILED

COOKIE = "_hilander_wanted"
SECONDS = 600
LONGEST = 2000


def remember(response: Response, scope: Scope, base: str) -> None:
    """Keep the page that was asked for, unless it is the first one anyway."""
    query = urlencode(
        [it for it in parse_qsl(scope["query_string"].decode("latin-1")) if it[0] not in FAILED]
    )
    wanted = scope["path"] + (f"?{query}" if query else "")
    if wanted != f"{base}/" and len(wanted) <= LONGEST:
        response.set_cookie(
            COOKIE, quote(wanted, safe=""), SECONDS, path=base or "/", httponly=True, samesite="lax"
        )


def way_to(scope: Scope, cookies: Mapping[str, str], base: str) -> Response | None:
    """From the first page to the one that was wanted."""
    wanted = unquote(cookies.get(COOKIE, ""))
    if not wanted or scope["path"] != f"{base}/" or scope["query_string"]:
        return None
    inside = wanted.startswith(f"{base}/") and wanted[1:2] not in ("/", "\\") and wanted.isprintable()
    response = RedirectResponse(wanted if inside else f"{base}/?", 302)
    response.delete_cookie(COOKIE, path=base or "/", httponly=True, samesite="lax")
    return response
