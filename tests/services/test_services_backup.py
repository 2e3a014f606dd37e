"""A backup holds the whole workspace, comes back whole on either database, and is never half a file."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.run import Run
from hilander.model.checkpoint import load_checkpoint
from hilander.services import backup as backup_module
from hilander.services import checkpoints, datasets, recipes, selection, trash
from hilander.services import restore as restore_module
from hilander.services.backup import HEAD, backup
from hilander.services.checkpoint_intake import file_checkpoint, row_of
from hilander.services.clustering import cluster_dataset
from hilander.services.doctor import examine
from hilander.services.leftovers import sweep
from hilander.services.people import Person
from hilander.services.restore import restore
from hilander.services.store import RunRow, ShareRow, Store, now, schema
from hilander.services.workspace import Workspace
from tests.services.small_uploads import add_points

Content = dict[str, bytes]


@pytest.fixture
def workspace(request, workspace_with_file, monkeypatch) -> Workspace:
    """One with its own SQLite file, or with the database that a test asks for."""
    if getattr(request, "param", "sqlite") == "postgresql":
        monkeypatch.setenv("HILANDER_DATABASE_URL", request.getfixturevalue("postgresql").database())
    return workspace_with_file


@pytest.fixture
def full(workspace, store, upload, checkpoint) -> str:
    """Images, a run made with an own checkpoint, a saved cut, excluded images, jobs, trash, a share, a person."""
    report = datasets.inspect_upload(upload.embeddings, upload.images, upload.labels)
    pets = datasets.import_dataset(workspace, store, report, "Pets ✓")
    loaded = load_checkpoint(checkpoint)
    file_checkpoint(workspace, store, loaded, row_of(loaded, "own1", "Mine", "Pets"))
    source = checkpoints.find_checkpoint("own1", workspace).source
    cluster_dataset(workspace, store, pets, ClusterConfig(source, k=2), run_id="run1")
    recipes.save(store, "run1", "Mine", Cut(1), who="me")
    selection.exclude("run1", np.array([2]), who="me", workspace=workspace)
    store.start_job(store.add_job("cluster", {"k": 5}, job_id="busy", dataset_id=pets))
    other = add_points(workspace, np.eye(4))
    datasets.delete_dataset(other, workspace)
    store.share(ShareRow(pets, "email", "vi@example.org", "view", now(), "local"))
    store.see_person(Person("vi", "Vi", "vi@example.org"))
    store.announce("runs/half")
    store.set_fact("made", "yes")
    return pets


def elsewhere(tmp_path: Path, url: str | None = None) -> tuple[Workspace, Store]:
    there = Workspace(tmp_path / "there")
    return there, Store(there, url)


def files(workspace: Workspace) -> Content:
    homes = [workspace.root / home for home in ("datasets", "runs", "checkpoints")]
    return {
        str(path.relative_to(workspace.root)): path.read_bytes()
        for home in homes
        for path in home.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("workspace", "to"),
    [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")],
    indirect=["workspace"],
)
def test_all_comes_back_from_either_database_to_either(
    workspace, store, full, tmp_path, monkeypatch, request, to
):
    made = backup(tmp_path / "all.tar", workspace, store)
    assert (made.counts, made.damaged) == ({"datasets": 2, "runs": 1, "checkpoints": 1}, [])
    url = request.getfixturevalue("postgresql").database() if to == "postgresql" else None
    if url is None:
        monkeypatch.delenv("HILANDER_DATABASE_URL", raising=False)
    there, again = elsewhere(tmp_path, url)
    assert restore(tmp_path / "all.tar", there, again) == made
    assert files(there) == files(workspace)
    assert (again.datasets(), again.entries("run1"), again.annotations("run1"), again.checkpoints()) == (
        *(store.datasets(), store.entries("run1"), store.annotations("run1"), store.checkpoints()),
    )
    recipes.save(again, "run1", "After", Cut(0), who="me")  # its number comes after those that were restored
    assert [it.name for it in recipes.saved(again, "run1")] == ["After", "Mine"]
    assert (again.fact("made"), again.announced()) == ("yes", {})
    assert [it.name for it in again.trash()] == ["points"]
    busy = again.job("busy")
    assert (busy.state, busy.settings, busy.host) == ("interrupted", {"k": 5}, None)
    (run,) = again.runs(full)
    assert run.settings["checkpoint"] == str(
        there.checkpoint_dir("own1")
    )  # not the path in the old workspace
    assert load_checkpoint(run.settings["checkpoint"]).tau == 0.1
    assert Run.load(there.run_dir("run1")).hierarchy.n == 3


def test_the_backup_of_a_restored_workspace_is_the_same(workspace, store, full, tmp_path):
    backup(tmp_path / "one.tar", workspace, store)
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    restore(tmp_path / "one.tar", there, again)
    backup(tmp_path / "two.tar", there, again)
    one, two = (rows_of(tmp_path / name) for name in ("one.tar", "two.tar"))
    two = json.loads(json.dumps(two).replace(str(there.root), str(workspace.root)))
    assert two == one


def rows_of(path: Path) -> dict[str, Any]:
    with tarfile.open(path) as tar:
        rows: dict[str, Any] = json.loads(tar.extractfile(HEAD).read())["rows"]
    return {table: sorted(found, key=str) for table, found in rows.items()}


def test_a_backup_that_is_stopped_leaves_the_one_before(workspace, store, full, tmp_path, monkeypatch):
    path = tmp_path / "all.tar"
    backup(path, workspace, store)
    before = path.read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup_module, "_add_text", stop)
    with pytest.raises(KeyboardInterrupt):
        backup(path, workspace, store)
    assert path.read_bytes() == before
    assert [it.name for it in tmp_path.glob("*.tar*")] == ["all.tar"]
    assert list(tmp_path.glob(".*")) == []


def test_what_is_purged_while_the_backup_is_made_is_not_in_it(workspace, store, full, tmp_path, monkeypatch):
    datasets.delete_dataset(full, workspace)
    real = store.dump

    def purge_afterwards() -> Any:
        rows = real()
        trash.purge("dataset", full, workspace)
        return rows

    monkeypatch.setattr(store, "dump", purge_afterwards)
    made = backup(tmp_path / "all.tar", workspace, store)
    assert made.counts == {"datasets": 1, "runs": 0, "checkpoints": 1}
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    restore(tmp_path / "all.tar", there, again)
    assert (again.entries("run1"), again.annotations("run1"), again.job("busy")) == ([], [], None)


def test_a_workspace_with_something_in_it_is_not_restored_into(workspace, store, full, tmp_path):
    backup(tmp_path / "all.tar", workspace, store)
    before = files(workspace)
    with pytest.raises(InputError, match="into an empty workspace"):
        restore(tmp_path / "all.tar", workspace, store)
    assert files(workspace) == before


def test_damage_is_kept_and_named_when_it_was_there_before(workspace, store, full, tmp_path):
    spoil(workspace.run_dir("run1") / "parent.npy")
    made = backup(tmp_path / "all.tar", workspace, store)
    assert len(made.damaged) == 1
    assert "run1/parent.npy differs from what was written" in made.damaged[0]
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    assert restore(tmp_path / "all.tar", there, again).damaged == made.damaged


def test_one_folder_comes_back_by_tar_as_the_doctor_says(workspace, store, full, tmp_path):
    backup(tmp_path / "all.tar", workspace, store)
    spoil(workspace.dataset_dir(full) / "embeddings.npy")
    (one,) = (finding for finding in examine(workspace, store) if finding.is_problem)
    words = one.todo.split("`")[1].replace("BACKUP.tar", str(tmp_path / "all.tar")).split()
    assert words[0] == "tar"
    subprocess.run(words, check=True)
    assert [finding for finding in examine(workspace, store) if finding.is_problem] == []
    assert datasets.open_dataset(full, workspace).n == 3


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_changed_byte_in_a_file_of_the_backup_is_told_and_nothing_is_restored(
    workspace, store, full, tmp_path
):
    path = tmp_path / "all.tar"
    backup(path, workspace, store)
    with tarfile.open(path) as tar:
        info = tar.getmember("runs/run1/link_prob.npy")
    content = bytearray(path.read_bytes())
    content[info.offset_data + info.size - 1] ^= 1
    path.write_bytes(content)
    refused(path, tmp_path, r"all\.tar is damaged: .*link_prob\.npy differs")


def refused(path: Path, tmp_path: Path, told: str) -> None:
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    with pytest.raises(InputError, match=told):
        restore(path, there, again)
    assert (files(there), again.is_empty(), list(there.root.glob(".restore*"))) == ({}, True, [])


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_backup_that_was_cut_short_is_refused(workspace, store, full, tmp_path, share):
    path = tmp_path / "all.tar"
    backup(path, workspace, store)
    with tarfile.open(path) as tar:
        last = tar.getmember(HEAD)
    os.truncate(path, int(share * (last.offset_data + last.size)))
    refused(path, tmp_path, "must be a whole file that `hilander backup` wrote")


def member(name: str, content: bytes = b"x", **values: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in values.items():
        setattr(info, key, value)
    return info, content


HOSTILE: dict[str, tuple[tarfile.TarInfo, bytes]] = {
    "up": member("datasets/../../../evil"),
    "absolute": member("/tmp/evil"),
    "elsewhere": member("hilander.db"),
    "a link": member("datasets/a/x.npy", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "a hard link": member("datasets/a/x.npy", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    "a device": member("datasets/a/x.npy", b"", type=tarfile.CHRTYPE),
    "an odd id": member("datasets/a b/x.npy"),
    "hidden": member("runs/a/.x.npy"),
}


def hostile(path: Path, *members: tuple[tarfile.TarInfo, bytes], **changes: Any) -> None:
    rows = {table: [] for table in schema.metadata.tables}
    head: dict[str, Any] = {"format": 1, "schema": restore_module.SCHEMA, "hilander": "0", "root": "/x"}
    head |= {"counts": {}, "damaged": [], "rows": rows} | changes
    with tarfile.open(path, "w") as tar:
        for info, content in [*members, member(HEAD, json.dumps(head).encode())]:
            tar.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize("one", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_and_writes_nothing(tmp_path, one):
    hostile(tmp_path / "evil.tar", one)
    refused(tmp_path / "evil.tar", tmp_path, r"evil\.tar must be a whole file|An id is")
    assert not Path("/tmp/evil").exists()
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"schema": "9999"}, "schema 9999.*Restore it with that version"),
        ({"format": 2}, "made by hilander 0"),
        ({"rows": {}}, "must be a whole file"),
        ({"rows": 3}, "must be a whole file"),
        ({"rows": {"datasets": [{"id": "a"}], "runs": [], "checkpoints": []}}, "datasets/a is missing"),
        ({"rows": {"datasets": [], "runs": [], "checkpoints": [], "users": []}}, "got also users"),
        (
            {"rows": {"datasets": [], "runs": [], "checkpoints": [], "facts": [{"key": "a", "x": 1}]}},
            "facts has no x",
        ),
        ({"rows": {"datasets": [], "runs": [], "checkpoints": [], "facts": [{"key": "a"}]}}, "do not fit"),
    ],
)
def test_rows_that_are_not_ours_are_refused(tmp_path, changes, told):
    hostile(tmp_path / "odd.tar", **changes)
    refused(tmp_path / "odd.tar", tmp_path, told)


def test_too_little_space_is_said_before_anything_is_written(workspace, store, full, tmp_path, monkeypatch):
    backup(tmp_path / "all.tar", workspace, store)
    free: Callable[[Path], int] = lambda path: 1_000  # noqa: E731
    monkeypatch.setattr(backup_module, "free_bytes", free)
    monkeypatch.setattr(restore_module, "free_bytes", free)
    with pytest.raises(InputError, match=r"1\.0 kB are free where"):
        backup(tmp_path / "more.tar", workspace, store)
    assert not (tmp_path / "more.tar").exists()
    refused(tmp_path / "all.tar", tmp_path, r"1\.0 kB are free for")


def test_a_restore_that_was_killed_can_be_repeated(workspace, store, full, tmp_path, monkeypatch):
    backup(tmp_path / "all.tar", workspace, store)
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    with monkeypatch.context() as patch:
        patch.setattr(again, "load", lambda rows: (_ for _ in ()).throw(KeyboardInterrupt))
        patch.setattr(restore_module, "remove", lambda path: None)  # a killed process removes nothing
        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "all.tar", there, again)
    assert files(there) == files(workspace)
    restore(tmp_path / "all.tar", there, again)
    assert again.dataset(full).name == "Pets ✓"


def test_a_restore_that_was_killed_harms_no_other_workspace_of_its_database(
    workspace, store, full, tmp_path, monkeypatch
):
    backup(tmp_path / "all.tar", workspace, store)
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    before = files(workspace)
    with monkeypatch.context() as patch:
        patch.setattr(again, "load", lambda rows: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "all.tar", there, again)
    with pytest.raises(InputError, match="into an empty workspace"):
        restore(tmp_path / "all.tar", workspace, Store(workspace, f"sqlite:///{tmp_path / 'again.db'}"))
    assert files(workspace) == before


def test_a_restore_that_takes_days_is_not_swept_away(workspace, store, full, tmp_path, monkeypatch):
    backup(tmp_path / "all.tar", workspace, store)
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    parts: list[Path] = []

    def slowly(act: Callable[..., Any]) -> Callable[..., Any]:
        def slow(*words: Any) -> Any:
            done = act(*words)
            sweep(there, again)
            parts[:] = there.root.glob(".restore.*")
            os.utime(parts[0], (0, 0))  # so long did this step take
            return done

        return slow

    monkeypatch.setattr(restore_module, "_unpack", slowly(restore_module._unpack))
    monkeypatch.setattr(restore_module, "faults", slowly(restore_module.faults))
    restore(tmp_path / "all.tar", there, again)
    assert files(there) == files(workspace)
    assert not parts[0].exists()


def test_a_backup_is_a_tar(workspace, store, tmp_path):
    with pytest.raises(InputError, match=r"a \.tar file; got 'all\.zip'"):
        backup(tmp_path / "all.zip", workspace, store)


def test_a_row_whose_folder_is_missing_is_named_and_not_kept(workspace, store, tmp_path):
    store.set_fact("made", "yes")
    store.add_run(RunRow("gone", "none", "", {}, now(), "ready", {}))  # a row without files is not kept
    made = backup(tmp_path / "none.tar", workspace, store)
    assert made.counts == {"datasets": 0, "runs": 0, "checkpoints": 0}
    assert made.damaged == [f"{workspace.root / 'runs' / 'gone'} is missing, and not in the backup."]
    there, again = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'again.db'}")
    restore(tmp_path / "none.tar", there, again)
    assert (again.fact("made"), again.runs()) == ("yes", [])
