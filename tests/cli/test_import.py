"""`hilander import`: a data set in the workspace, once, and gone on with after Ctrl-C."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
from dataclasses import replace

import pytest

from hilander.cli.main import main
from hilander.io.tables import write_table
from hilander.services import imports
from hilander.services.datasets import open_dataset
from hilander.services.store import Store, open_store
from hilander.services.workspace import default_workspace
from tests.services.small_uploads import COLORS, Files, png, write_upload

TILES = {f"{name}.png": png(color) for name, color in COLORS.items()}


@pytest.fixture(autouse=True)
def store(database, tmp_path, monkeypatch) -> Store:
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return open_store()


def words(files: Files, *more: str) -> list[str]:
    return ["import", str(files.embeddings), "--images", str(files.images), *more]


def test_a_data_set_is_there_and_its_id_is_printed(store, capsys, tmp_path):
    files = write_upload(tmp_path / "in", TILES)
    assert main(words(files, "--labels", str(files.labels), "--name", "My pets")) == 0
    out, err = capsys.readouterr()
    row = store.datasets()[0]
    assert out == f"{row.id}: My pets, 3 images of 3 dimensions. Next: hilander app\n"
    assert "by file name order: row 0 is a.png" in err
    assert "making thumbnails: 3 of 3" in err
    assert open_dataset(row.id).labels.codes.tolist() == [0, 1, 0]


def test_the_same_content_is_imported_once_unless_told(store, capsys, tmp_path):
    files = write_upload(tmp_path / "in", TILES)
    assert main(words(files)) == 0
    capsys.readouterr()
    assert main(words(files, "--name", "Other")) == 0
    row = store.datasets()[0]
    assert capsys.readouterr().out.startswith(
        f"{row.id}: the same content is there already, as pets, imported "
    )
    assert len(store.datasets()) == 1
    assert main(words(files, "--again")) == 0
    assert len(store.datasets()) == 2


def test_rows_go_with_images_by_id_or_by_order(store, capsys, tmp_path):
    files = write_upload(tmp_path / "in", TILES, ids=["c", "x", "a"])
    assert main(words(files)) == 2
    assert "have none: x" in capsys.readouterr().err
    assert list(default_workspace().datasets_dir().iterdir()) == []
    assert main(words(files, "--keep-matching")) == 0
    assert main(words(files, "--match", "order")) == 0
    found = [open_dataset(row.id).names.tolist() for row in store.datasets()]
    assert found == [["a.png", "b.png", "c.png"], ["c.png", "a.png"]]


def test_images_come_out_of_a_gzipped_tar_and_labels_out_of_parquet(store, tmp_path):
    files = write_upload(tmp_path / "in", TILES)
    with tarfile.open(tmp_path / "pets.tar.gz", "w:gz") as archive:
        for name, data in TILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    write_table({"id": ["c", "a"], "label": ["x", "y"]}, tmp_path / "pets.parquet")
    files = replace(files, images=tmp_path / "pets.tar.gz", labels=tmp_path / "pets.parquet")
    assert main(words(files, "--labels", str(files.labels))) == 0
    pets = open_dataset(store.datasets()[0].id)
    assert all(pets.thumbs.has(row) for row in range(3))
    assert pets.labels.codes.tolist() == [1, -1, 0]


def test_a_file_that_is_not_there_is_one_line(capsys):
    assert main(["import", "none.npy"]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("hilander: ")
    assert list(default_workspace().datasets_dir().iterdir()) == []


SLOW = """
import sys, time
from hilander.cli.main import main
from hilander.io.tables import write_table
from hilander.services import imports, thumb_making

thumb_making.BATCH, imports.STEP_SECONDS = 1, 0.0
real = thumb_making.thumbnails
def slowly(image, sizes):
    time.sleep(0.02)
    return real(image, sizes)
thumb_making.thumbnails = slowly
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_keeps_what_was_done_and_the_same_words_go_on(store, monkeypatch, tmp_path):
    files = write_upload(tmp_path / "in", {f"{i:03}.png": png((i, 0, 0)) for i in range(200)}, rows=200)
    running = subprocess.Popen(
        [sys.executable, "-c", SLOW, *words(files)], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert running.stderr is not None
    while not running.stderr.readline().startswith("making thumbnails: 20 of 200"):
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    told = running.stderr.read()
    assert (running.wait(30), store.datasets()) == (130, [])
    assert told.splitlines()[-1].endswith("what was done is kept for a day; the same words go on with it")
    state = next(default_workspace().datasets_dir().glob(".*.import/state.json"))
    started = []
    real = imports.write_thumbs
    monkeypatch.setattr(
        imports, "write_thumbs", lambda *a, done: (started.append(done), real(*a, done=done))[1]
    )
    assert main(words(files)) == 0
    assert started[0] >= 20
    assert not state.exists()
    assert all(open_dataset(store.datasets()[0].id).thumbs.has(row) for row in range(200))
