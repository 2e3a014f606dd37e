"""The head of a page where people sign in: their name, and nothing at all once the sign-in is over."""

from __future__ import annotations

import time

import pytest

from hilander.ui.sign_in import settings
from tests.ui.conftest import button, said

ANN = {"is_logged_in": True, "iss": "https://idp.example", "sub": "7", "name": "Ann *Arbor*"}


@pytest.fixture
def signing_in(monkeypatch) -> None:
    monkeypatch.setattr(settings._Seen, "configured", True)
    monkeypatch.setattr(settings._Seen, "guarded", True)
    monkeypatch.setenv("HILANDER_ADMINS", f"{ANN['iss']}|{ANN['sub']}")


def test_a_persons_name_is_in_the_head_with_a_way_out(signing_in, app):
    app.user = ANN | {"iat": time.time()}
    app.run()
    assert not app.exception
    assert "**Ann \\*Arbor\\***" in said(app)
    assert "admin" in said(app)
    assert button(app, "Sign out")


def test_when_the_sign_in_is_over_the_page_says_so_and_shows_nothing_else(signing_in, app, run):
    app.user = ANN | {"iat": time.time() - 13 * 3600}
    app.run()
    assert [it.value for it in app.error] == [
        "Your sign\\-in has ended\\. Reload the page to sign in again\\."
    ]
    assert "Tiles" not in said(app)
    assert not app.title


def test_where_nobody_signs_in_the_head_is_as_it_was(app):
    app.run()
    assert "Sign out" not in [it.label for it in app.button]
