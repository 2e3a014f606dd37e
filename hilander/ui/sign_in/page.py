"""The pages of the sign-in, whole HTML documents that fetch nothing: to sign in, and why somebody may not come in.

Knows nothing about requests; everything that is put into a page is escaped here.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from hilander.config import ASSETS
from hilander.ui.sign_in.settings import SignIn

# no script at all, nothing from elsewhere, in nobody's frame
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ABOUT = "Clusters images by their embeddings and lets you look at the result."
FAILED = (
    "Signing in was not completed. Try again; if it comes again, whoever runs hilander finds in its log why."
)


def to_sign_in(sign_in: SignIn, said: str = "") -> str:
    """One button for each provider; `said` is what has gone wrong before."""
    buttons = [
        _button(f"{sign_in.home}/sign-in/{it.key}", f"Sign in with {it.label}") for it in sign_in.providers
    ]
    return _page("Sign in", "Sign in to hilander", ABOUT, buttons, said)


def not_allowed(sign_in: SignIn, why: str) -> str:
    """Why somebody who is signed in may not come in, and the way to be somebody else."""
    out = _button(f"{sign_in.home}/auth/logout", "Sign out", plain=True)
    return _page("No access", "You are signed in, but may not come in", why, [out])


def unreachable(label: str) -> str:
    """What is said of a provider that cannot be asked."""
    return (
        f"{label} cannot be reached, or is not set up as hilander was told. Try again in a while; whoever runs "
        "hilander finds the reason in its log, and the address under server_metadata_url in secrets.toml."
    )


def _button(address: str, label: str, *, plain: bool = False) -> str:
    kind = "button plain" if plain else "button"
    return f'<a class="{kind}" href="{escape(address)}">{escape(label)}</a>'


def _page(title: str, heading: str, text: str, buttons: list[str], said: str = "") -> str:
    told = f'<p class="said" role="alert">{escape(said)}</p>' if said else ""
    values = {"title": title, "heading": heading, "text": text}
    return _template().substitute(
        {name: escape(value) for name, value in values.items()}, said=told, buttons="\n".join(buttons)
    )


@cache
def _template() -> Template:
    """The page with its pictures in it."""
    text = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    icon = b64encode((ASSETS / "logo_icon.svg").read_bytes()).decode()
    logo = (ASSETS / "logo.svg").read_text(encoding="utf-8")
    return Template(Template(text).safe_substitute(logo=logo, icon=f"data:image/svg+xml;base64,{icon}"))
