"""Who looks at the page: the one place that knows. Services are told, they do not ask."""

from __future__ import annotations

from hilander.services.people import LOCAL, Person


def current() -> Person:
    """The person who looks at the page: the local user, as long as nobody signs in."""
    return LOCAL


def signs_in() -> bool:
    """Whether people sign in here; else there is the one local user, and nobody to share anything with."""
    return False


def current_user() -> str:
    """The id under which what this person says is kept."""
    return current().id
