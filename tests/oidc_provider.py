"""A provider of sign-ins on loopback, for the tests: OpenID Connect with one press on a name, and no password.

    with provider() as ours:
        ours.secrets(home, port)     .streamlit/secrets.toml that signs in with it, in a folder
        ours.given                   every secret that it has given out: codes, tokens

Checks what a provider checks: the client's secret, the address to go back to, that a code is used once and by
whoever began (PKCE). Signs with RS256.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "hilander-tests"
ANN = {"sub": "1001", "name": "Ann Arbor", "email": "Ann@Example.org", "email_verified": True}
BOB = {"sub": "1002", "name": "Bob <b>Bold</b>", "email": "bob@example.org", "email_verified": True}
EVE = {"sub": "1003", "name": "Eve", "email": "eve@elsewhere.net", "email_verified": True}
MAL = {"sub": "1004", "name": "Mallory", "email": "ann@example.org", "email_verified": False}
PEOPLE = {str(it["name"]).split()[0].lower(): it for it in (ANN, BOB, EVE)} | {"mal": MAL}


@dataclass
class Provider:
    """What the provider knows. `began` shifts the moment that it says somebody signed in at, in seconds."""

    issuer: str = ""
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    cookie_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "tests"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    began: float = 0.0

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def code(self, asked: dict[str, str]) -> str:
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(24)
        self.given.append(code)
        self.codes[code] = asked
        return code

    def tokens(self, form: dict[str, str], authorization: str) -> dict[str, object] | None:
        """For a code that is used the first time, by the client that it was for."""
        asked = self.codes.pop(form.get("code", ""), None)
        client = base64.b64encode(f"{CLIENT}:{self.client_secret}".encode()).decode()
        if asked is None or authorization != f"Basic {client}":
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        now = int(time.time() + self.began)
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": int(time.time()) + 300}
        claims |= {"nonce": asked["nonce"]} | PEOPLE[asked["as"]]
        token = jwt.encode({"alg": "RS256", "kid": "tests"}, claims, self.key)
        self.given += [token, access := secrets.token_urlsafe(24)]
        return {"id_token": token, "access_token": access, "token_type": "Bearer", "expires_in": 300}

    def secrets(self, folder: Path, port: int, **changed: str) -> Path:
        """secrets.toml in a folder; `changed` sets other values."""
        shared = {
            "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback",
            "cookie_secret": self.cookie_secret,
        }
        own = {
            "client_id": CLIENT,
            "client_secret": self.client_secret,
            "server_metadata_url": f"{self.issuer}/.well-known/openid-configuration",
            "label": "Test Works",
        }
        path = folder / "secrets.toml"
        tables = {"auth": shared, "auth.works": own}
        for table in tables.values():
            table |= {name: value for name, value in changed.items() if name in table}
        path.write_text(
            "\n".join(
                f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
                for name, table in tables.items()
            )
        )
        return path


@contextmanager
def provider() -> Iterator[Provider]:
    ours = Provider()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(ours)) as server:
        server.daemon_threads = True
        ours.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield ours
        finally:
            server.shutdown()


def _handler(ours: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            asked = dict(parse_qsl(address.query))
            if address.path == "/.well-known/openid-configuration":
                self.answer(json.dumps(ours.metadata()))
            elif address.path == "/jwks":
                self.answer(json.dumps({"keys": [ours.key.as_dict(private=False)]}))
            elif address.path == "/authorize" and "as" in asked:
                back = {"code": ours.code(asked), "state": asked["state"]}
                self.go(f"{asked['redirect_uri']}?{urlencode(back)}")
            elif address.path == "/authorize":
                self.answer(names(asked), "text/html")
            elif address.path == "/logout":
                self.go(asked["post_logout_redirect_uri"])
            else:
                self.answer("{}", status=404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = ours.tokens(dict(parse_qsl(body)), self.headers.get("Authorization", ""))
            self.answer(json.dumps(found or {"error": "invalid_client"}), status=200 if found else 401)

        def go(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def answer(self, text: str, kind: str = "application/json", status: int = 200) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing."""

    return Handler


def names(asked: dict[str, str]) -> str:
    """A page with a link for each person."""
    links = [f'<a href="?{escape(urlencode(asked | {"as": name}))}">{name}</a>' for name in PEOPLE]
    return f"<!doctype html><title>Provider</title><h1>Who are you?</h1>{' '.join(links)}"
