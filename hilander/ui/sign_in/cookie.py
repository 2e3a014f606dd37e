"""Streamlit's sign-in cookie, read as Streamlit reads it: what the provider said of who sends this request.

    claims_of(cookies, origin)     {} where there is no cookie, or none that this server has signed for this address

Streamlit 1.67 signs the cookie with the secret of [auth] and may split it; both are left to its own code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from hilander.services.sign_in import Claims


def claims_of(cookies: Mapping[str, str], origin: str) -> Claims:
    """The claims in the cookie; {} if its signature is not this server's or it was made for another address."""
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return (
            None if value is None else decode_signed_value(secret, name, value.encode("latin-1", "replace"))
        )

    text = get_cookie_with_chunks(signed, USER_COOKIE_NAME) if secret else None
    try:
        claims = json.loads(text) if text else {}
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) and claims.get("origin") == origin else {}


def sets_claims(set_cookie: bytes) -> bool:
    """Whether a Set-Cookie header signs somebody in, rather than out."""
    name, _, value = set_cookie.partition(b"=")
    return name == USER_COOKIE_NAME.encode() and value[:2] not in (b'""', b";", b"")
