"""Who looks at the page: the one place that knows. Services are told, they do not ask."""

from __future__ import annotations

from hilander.services.journal import LOCAL


def current_user() -> str:
    """The id under which what this person says is kept: "local", as long as nobody signs in."""
    return LOCAL
