"""--out: what is refused before the work, and what stands there after a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from hilander.cli import out
from hilander.errors import InputError


def write(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "file").write_text(text)


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir])
@pytest.mark.parametrize("name", ["run", "some/deeper/run"])
def test_a_name_that_is_free_or_an_empty_folder_is_fine(tmp_path, name, make):
    make(tmp_path / "run")
    out.check_new_folder(tmp_path / name, overwrite=False, ours=lambda _: False)


def test_only_overwrite_lets_an_earlier_result_be_replaced(tmp_path):
    write(tmp_path / "run", "earlier")
    out.check_new_folder(tmp_path / "run", overwrite=True, ours=lambda _: True)
    with pytest.raises(InputError, match="--overwrite"):
        out.check_new_folder(tmp_path / "run", overwrite=False, ours=lambda _: True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_other_things_is_never_replaced(tmp_path, overwrite):
    write(tmp_path / "photos", "mine")
    with pytest.raises(InputError, match="other files"):
        out.check_new_folder(tmp_path / "photos", overwrite=overwrite, ours=lambda _: False)
