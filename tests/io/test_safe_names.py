"""Names that no file system trips over, and none leads out of its folder."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath, PureWindowsPath

import numpy as np
import pytest

from hilander.io.safe_names import Names, safe_name
from hilander.io.sinks import ZipSink
from hilander.views.folders import with_folders

EVIL = [
    *("../../x", "..", ".", "", "/etc/passwd", "C:\\Windows\\x", "CON", "con.jpg", "NUL .txt", "COM1", "-rf"),
    *(
        "a/b",
        "a\\b",
        "a:b",
        "a\0b",
        "a\nb",
        ".hidden",
        "x.",
        "x ",
        "<img src=x>",
        'q"q',
        "\u202egpj.exe",
        "\ud800",
    ),
    *("ü" * 300, "界" * 300, "e\u0301", "שלום"),
]


@pytest.mark.parametrize("text", EVIL)
def test_a_safe_name_is_one_part_of_a_path_on_every_system(text):
    name = safe_name(text)
    assert name
    assert PurePosixPath(name).parts == (name,)
    assert PureWindowsPath(name).parts == (name,)
    assert name not in (".", "..")
    assert not name.startswith((".", "-", " "))
    assert not name.endswith((".", " "))
    assert not set(name) & set('<>:"/\\|?*\0\n\u202e')
    assert name.partition(".")[0].strip().upper() not in {"CON", "NUL", "COM1"}
    assert len(name.encode()) <= 182


@pytest.mark.parametrize(
    ("text", "name"),
    [("cat_01", "cat_01"), ("../../x", "_.._x"), ("CON", "_CON"), ("שלום", "שלום"), ("a b", "a b")],
)
def test_what_is_safe_stays(text, name):
    assert safe_name(text) == name


def test_equal_names_are_told_apart_within_a_folder_only():
    names = Names()
    given = [names.unique("A.jpg", "1"), names.unique("a.jpg", "1"), names.unique("a.jpg", "2")]
    given += [names.unique("a (2).jpg", "1"), names.unique("a.jpg", "1")]
    assert given[:3] == ["A.jpg", "a (2).jpg", "a.jpg"]
    assert len({it.casefold() for it in [*given[:2], *given[3:]]}) == 4


def test_a_cut_as_folders():
    ids = np.array(["../../x", "b", "CON", "d"])
    table = {"id": ids, "cluster": np.array([0, 0, 10, 0]), "peak": ids[[0, 0, 2, 0]]}
    found = with_folders(table, ["in/cat.JPG", "other/cat.jpg", "con.png", "no suffix"])
    paths = [f"{a}/{b}" for a, b in zip(found["folder"], found["file"], strict=True)]
    assert paths == ["00__.._x/cat.jpg", "00__.._x/cat (2).jpg", "10__CON/_con.png", "00__.._x/no suffix"]
    assert with_folders(table, ["a.jpg", "a.png", "b", "c"], suffix=".webp")["file"].tolist() == [
        *("a.webp", "a (2).webp", "b.webp", "c.webp"),
    ]


def test_a_zip_goes_on_in_another_part_when_it_is_full(tmp_path):
    with ZipSink(tmp_path, "cut", most=10) as sink:
        for i in range(5):
            sink.add(f"0/{i}.bin", b"1234")
    assert [it.name for it in sink.paths] == ["cut-1.zip", "cut-2.zip", "cut-3.zip"]
    inside = [name for path in sink.paths for name in zipfile.ZipFile(path).namelist()]
    assert inside == [f"0/{i}.bin" for i in range(5)]
