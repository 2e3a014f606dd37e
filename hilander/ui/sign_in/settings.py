"""The sign-in as `[auth]` in Streamlit's secrets configures it, checked before anybody comes.

    configured()      whether people sign in here; once seen it stays so, whatever becomes of the file
    read(port)        providers, the app's address and what must never be logged; InputError where that cannot work

Knows nothing about cookies, requests or pages.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config
from streamlit.auth_util import is_authlib_installed
from streamlit.errors import StreamlitSecretNotFoundError

from hilander.errors import InputError
from hilander.services import sign_in

SECTION = "auth"
CALLBACK = "/oauth2callback"
SHORTEST_SECRET = 32
_NEEDED = ("client_id", "client_secret", "server_metadata_url")
_SHARED = {"client_kwargs"}  # a table in [auth] that is no provider
_KNOWN = {"accounts.google.com": "Google", "login.microsoftonline.com": "Microsoft"}


@dataclass(frozen=True)
class Provider:
    """Whom to sign in with. `key` is Streamlit's name for it, `label` is what people read."""

    key: str
    label: str


@dataclass(frozen=True)
class SignIn:
    """A configured sign-in.

    Attributes
    ----------
    providers : at least one
    home : the app's address as browsers see it, without a slash at the end
    secrets : texts that must never be written anywhere
    """

    providers: tuple[Provider, ...]
    home: str
    secrets: tuple[str, ...]

    @property
    def origin(self) -> str:
        parts = urlsplit(self.home)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def base(self) -> str:
        """The path under which the app is, "" at the top."""
        return urlsplit(self.home).path


class _Seen:
    """What holds until the process ends."""

    configured = False
    guarded = False


def configured() -> bool:
    """Whether people sign in here."""
    with suppress(StreamlitSecretNotFoundError):
        _Seen.configured = _Seen.configured or SECTION in st.secrets
    return _Seen.configured


def is_guarded() -> bool:
    """Whether every route of this server goes through the gate."""
    return _Seen.guarded


def guarded() -> None:
    """The gate stands."""
    _Seen.guarded = True


def read(port: int) -> SignIn | None:
    """What is configured; None without [auth].

    Raises
    ------
    InputError      the secrets cannot be read, or the sign-in that they describe cannot work
    """
    auth = _section()
    if auth is None:
        return None
    _check_packages()
    _check_headers()
    sign_in.rules()
    secret = _cookie_secret(auth)
    sections = _provider_sections(auth)
    providers = tuple(_provider(key, section) for key, section in sections.items())
    secrets = (secret, *(str(section["client_secret"]) for section in sections.values()))
    return SignIn(providers, _home(auth, port), secrets)


def _section() -> Mapping[str, Any] | None:
    try:
        found = st.secrets.to_dict().get(SECTION)
    except StreamlitSecretNotFoundError as error:
        if error.error_id == "no-secrets-found":
            return None
        raise InputError(f"{error}. Mend the file, or remove it to go on without sign-in.") from None
    except OSError as error:
        raise InputError(
            f"{error.filename}: expected a file of secrets that can be read ({error.strerror})."
        ) from None
    if found is not None and not isinstance(found, Mapping):
        raise _wrong("expected a table [auth]", type(found).__name__)
    return found


def _check_packages() -> None:
    if not is_authlib_installed() or importlib.util.find_spec("httpx2") is None:
        raise InputError(
            "[auth] in secrets.toml asks for sign-in, which needs Authlib and httpx2: expected both installed. "
            "Run `make app`, or pip install 'hilander[app]'."
        )


def _check_headers() -> None:
    """Whoever sends such a header would be whom it names, before the cookie is looked at."""
    if config.get_option("server.trustedUserHeaders"):
        raise InputError(
            "server.trustedUserHeaders cannot be used with [auth]: expected none. Remove one of the two."
        )


def _cookie_secret(auth: Mapping[str, Any]) -> str:
    secret = auth.get("cookie_secret")
    if not isinstance(secret, str) or len(secret) < SHORTEST_SECRET:
        got = f"{len(secret)} characters" if isinstance(secret, str) else "none"
        hint = "python -c 'import secrets; print(secrets.token_hex())' prints one"
        raise _wrong(f"expected a random cookie_secret of at least {SHORTEST_SECRET} characters", got, hint)
    return secret


def _provider_sections(auth: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """By Streamlit's names: tables in [auth], or [auth] itself as "default"."""
    named = {key: it for key, it in auth.items() if isinstance(it, Mapping) and key not in _SHARED}
    own = {"default": auth} if "default" not in named and any(key in auth for key in _NEEDED) else {}
    if not named and not own:
        raise _wrong(f"expected {', '.join(_NEEDED)}, or a table [auth.NAME] with them", "none")
    return own | named


def _provider(key: str, section: Mapping[str, Any]) -> Provider:
    where = "[auth]" if key == "default" else f"[auth.{key}]"
    missing = [name for name in _NEEDED if not isinstance(section.get(name), str) or not section[name]]
    if missing:
        raise _wrong(f"expected {', '.join(_NEEDED)}", f"no {', '.join(missing)}", where=where)
    if not key.replace("-", "").isalnum():
        raise _wrong("expected a name of letters, digits and hyphens", repr(key), where=where)
    address = urlsplit(section["server_metadata_url"])
    if address.scheme not in ("http", "https") or not address.hostname:
        hint = "it usually ends with /.well-known/openid-configuration"
        raise _wrong("expected server_metadata_url to be an https:// address", "another", hint, where)
    usual = _KNOWN.get(address.hostname, address.hostname) if key == "default" else key.title()
    return Provider(key, str(section.get("label") or usual))


def base() -> str:
    """The path under which the app is served, "" at the top."""
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def _home(auth: Mapping[str, Any], port: int) -> str:
    uri = auth.get("redirect_uri")
    uri = uri.replace("{port}", str(port)) if isinstance(uri, str) else ""
    parts = urlsplit(uri)
    path = base() + CALLBACK
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path != path or parts.query:
        raise _wrong(f"expected redirect_uri to be the app's address with {path} at its end", uri or "none")
    return uri.removesuffix(CALLBACK)


def _wrong(expected: str, got: str, hint: str = "", where: str = "[auth]") -> InputError:
    end = hint or "README, 'People: sign-in', has an example"
    return InputError(f"{where} in secrets.toml: {expected}; got {got}. {end[:1].upper()}{end[1:]}.")
