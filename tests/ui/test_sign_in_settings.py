"""[auth] in secrets.toml, right and wrong: what is told before anybody comes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import Secrets

from hilander.errors import InputError
from hilander.services.people import LOCAL
from hilander.ui import person
from hilander.ui.server import parts
from hilander.ui.sign_in import settings
from hilander.ui.sign_in.settings import Provider

SHARED = {"redirect_uri": "https://hilander.example/oauth2callback", "cookie_secret": "0123456789abcdef" * 4}
GOOGLE = {
    "client_id": "us",
    "client_secret": "hunter2-hunter2",
    "server_metadata_url": "https://accounts.google.com/.well-known/openid-configuration",
}


@pytest.fixture
def secrets(tmp_path, monkeypatch):
    """Write [auth] and its tables, or any text, as the secrets that Streamlit reads."""
    path = tmp_path / "secrets.toml"
    monkeypatch.setattr(settings._Seen, "configured", False)
    monkeypatch.setattr(settings._Seen, "guarded", False)
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(path)])
    monkeypatch.setattr(st, "secrets", Secrets())

    def write(given: str | dict[str, dict[str, object]]) -> Path:
        path.write_text(given if isinstance(given, str) else toml(given))
        return path

    yield write
    config.set_option("secrets.files", before)


def toml(tables: dict[str, dict[str, object]]) -> str:
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


def without(table: dict[str, str], *names: str) -> dict[str, str]:
    return {key: value for key, value in table.items() if key not in names}


@pytest.mark.parametrize("text", ["", "[other]\nkey = 1\n"])
def test_without_auth_everybody_is_the_local_user(secrets, text):
    secrets(text)
    assert settings.read(8501) is None
    assert (person.signs_in(), person.current()) == (False, LOCAL)


def test_without_any_file_too(secrets):
    assert settings.read(8501) is None
    assert not person.signs_in()


def test_one_provider_in_auth_itself_and_several_in_tables(secrets, monkeypatch):
    secrets({"auth": SHARED | GOOGLE})
    found = settings.read(8501)
    assert found.providers == (Provider("default", "Google"),)
    assert (found.home, found.origin, found.base) == ("https://hilander.example",) * 2 + ("",)
    assert set(found.secrets) == {SHARED["cookie_secret"], GOOGLE["client_secret"]}

    monkeypatch.setattr(st, "secrets", Secrets())
    other = GOOGLE | {"label": "Our house", "client_secret": "another"}
    secrets({"auth": SHARED, "auth.google": GOOGLE, "auth.house": other})
    found = settings.read(8501)
    assert found.providers == (Provider("google", "Google"), Provider("house", "Our house"))
    assert set(found.secrets) == {SHARED["cookie_secret"], GOOGLE["client_secret"], "another"}


def test_the_port_is_put_into_the_address_to_come_back_to(secrets):
    secrets({"auth": SHARED | GOOGLE | {"redirect_uri": "http://localhost:{port}/oauth2callback"}})
    assert settings.read(8507).home == "http://localhost:8507"


WRONG = [
    (
        {"auth": without(SHARED, "cookie_secret") | GOOGLE},
        "cookie_secret of at least 32 characters; got none",
    ),
    ({"auth": SHARED | GOOGLE | {"cookie_secret": "xxx"}}, "cookie_secret .* got 3 characters"),
    ({"auth": SHARED}, r"expected client_id, client_secret, server_metadata_url, or a table"),
    ({"auth": SHARED | without(GOOGLE, "client_secret")}, "got no client_secret"),
    ({"auth": SHARED, "auth.google": without(GOOGLE, "client_id")}, r"\[auth.google\] .* got no client_id"),
    ({"auth": SHARED, "auth.our_own": GOOGLE}, "letters, digits and hyphens; got 'our_own'"),
    ({"auth": SHARED | GOOGLE | {"server_metadata_url": "accounts.google.com"}}, "server_metadata_url"),
    ({"auth": without(SHARED, "redirect_uri") | GOOGLE}, "redirect_uri .* got none"),
    ({"auth": SHARED | GOOGLE | {"redirect_uri": "https://hilander.example/"}}, "/oauth2callback at its end"),
    ("auth = 1\n", r"expected a table \[auth\]; got int"),
    ("[auth\n", "Error parsing secrets file .* Mend the file"),
]


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_what_cannot_work_is_told(secrets, given, told):
    secrets(given)
    with pytest.raises(InputError, match=told) as mistake:
        settings.read(8501)
    assert all(secret not in str(mistake.value) for secret in (SHARED["cookie_secret"], "hunter2"))


def test_missing_packages_are_told(secrets, monkeypatch):
    secrets({"auth": SHARED | GOOGLE})
    monkeypatch.setattr(settings, "is_authlib_installed", lambda: False)
    with pytest.raises(InputError, match="needs Authlib"):
        settings.read(8501)


def test_headers_that_name_a_person_are_refused_beside_a_sign_in(secrets, monkeypatch):
    secrets({"auth": SHARED | GOOGLE})
    get = config.get_option
    monkeypatch.setattr(
        config,
        "get_option",
        lambda key: {"X-User": "sub"} if key == "server.trustedUserHeaders" else get(key),
    )
    with pytest.raises(InputError, match="trustedUserHeaders"):
        settings.read(8501)


def test_a_file_that_is_broken_while_the_app_runs_opens_nothing(secrets, monkeypatch):
    secrets({"auth": SHARED | GOOGLE})
    assert person.signs_in()
    secrets("[auth\n")
    monkeypatch.setattr(st, "secrets", Secrets())
    assert person.signs_in()
    with pytest.raises(InputError):
        person.current()


def test_a_server_without_the_gate_shows_nobody_anything(secrets):
    secrets({"auth": SHARED | GOOGLE})
    with pytest.raises(InputError, match="Stop it and start it with `hilander app`"):
        person.current()


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("192.0.2.1", False)],
)
def test_other_machines_are_let_in_by_sign_in_or_by_name_alone(secrets, monkeypatch, capsys, host, local):
    monkeypatch.setattr(parts, "address", lambda: host)
    assert parts.is_local(host) is local
    if local:
        assert parts.sign_in([]) is None
    else:
        with pytest.raises(SystemExit, match="2"):
            parts.sign_in([])
        assert f"hilander: --host {host} lets other machines in" in capsys.readouterr().err
        assert parts.sign_in(["--anyone"]) is None
        secrets({"auth": SHARED | GOOGLE})
        monkeypatch.setattr(st, "secrets", Secrets())
        assert parts.sign_in([]) is not None


def test_streamlits_protection_is_left_on_and_its_own_command_listens_here_alone():
    written = tomllib.loads((parts.SCRIPT.parent / ".streamlit" / "config.toml").read_text())["server"]
    assert parts.is_local(written["address"])
    assert not {key for key in written if "CORS" in key or "Xsrf" in key or "Static" in key or "Agent" in key}
    for option in ("server.enableCORS", "server.enableXsrfProtection"):
        assert config.get_option(option)
    assert not config.get_option("server.enableStaticServing")  # it asks nobody who they are
