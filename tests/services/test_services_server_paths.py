"""A visitor's path is opened only if it lies inside the folders of HILANDER_DATA_ROOTS, whatever leads there."""

from __future__ import annotations

import os

import pytest

from hilander.errors import InputError
from hilander.services.server_paths import ROOTS_VARIABLE, data_roots, server_path


@pytest.fixture
def roots(tmp_path, monkeypatch):
    """Two roots, the second named through a link; beside them a folder that nobody may see."""
    for folder in ("one/in", "two", "out"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("one/x.npy", "two/y.npy", "out/secret.npy"):
        (tmp_path / file).write_bytes(b"x")
    (tmp_path / "named").symlink_to(tmp_path / "two")
    monkeypatch.setenv(ROOTS_VARIABLE, os.pathsep.join([str(tmp_path / "one"), str(tmp_path / "named")]))
    return tmp_path


def test_without_roots_paths_are_switched_off(monkeypatch):
    monkeypatch.setenv(ROOTS_VARIABLE, " ")
    assert data_roots() == ()
    with pytest.raises(InputError, match="HILANDER_DATA_ROOTS"):
        server_path("/etc/hostname")


def test_paths_inside_a_root_are_given_without_links(roots):
    assert server_path(" x.npy ") == roots / "one/x.npy"
    assert server_path("y.npy") == roots / "two/y.npy"
    assert server_path(str(roots / "named" / "y.npy")) == roots / "two/y.npy"
    assert server_path("in/../x.npy") == roots / "one/x.npy"
    assert server_path("in") == roots / "one/in"
    (roots / "one/in/also").symlink_to(roots / "two")  # from one root into another
    assert server_path("in/also/y.npy") == roots / "two/y.npy"


@pytest.mark.parametrize(
    "text",
    ["../out", "in/../../out/secret.npy", "/", "/etc/hostname", "missing", "a\0b", "~", "x" * 5000, "link",
     "link/secret.npy", "file", "round", "in/pipe"],
)  # fmt: skip
def test_all_others_are_refused_alike(roots, text):
    (roots / "one/link").symlink_to(roots / "out")
    (roots / "one/file").symlink_to(roots / "out/secret.npy")
    (roots / "one/round").symlink_to(roots / "one/round")
    os.mkfifo(roots / "one/in/pipe")
    with pytest.raises(InputError, match="inside this server's data folders") as error:
        server_path(text)
    assert str(roots) not in str(error.value).replace(text, "")


def test_a_neighbour_whose_name_begins_as_a_root_is_outside(roots):
    (roots / "one-more").mkdir()
    with pytest.raises(InputError, match="inside"):
        server_path(str(roots / "one-more"))
