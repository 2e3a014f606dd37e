"""Who looks at the page: the one place that knows. Services are told, they do not ask."""

from __future__ import annotations

import streamlit as st

from hilander.errors import InputError
from hilander.services.people import LOCAL, Person
from hilander.ui.sign_in import settings
from hilander.ui.sign_in.visitor import visitor

UNGUARDED = (
    "Sign-in is configured, and this server was started without the check of its routes. "
    "Stop it and start it with `hilander app`."
)


def signs_in() -> bool:
    """Whether people sign in here; else everybody is the one local user."""
    return settings.configured()


def current() -> Person:
    """The person who looks at the page: the local user where nobody signs in.

    Raises
    ------
    SignInEnded, NotAllowed     nobody is signed in (any more), or somebody who may not come in
    InputError                  people sign in here, and the server's routes are open
    """
    if not signs_in():
        return LOCAL
    if not settings.is_guarded():
        raise InputError(UNGUARDED)
    return visitor(st.user.to_dict())


def current_user() -> str:
    """The id under which what this person says is kept."""
    return current().id
