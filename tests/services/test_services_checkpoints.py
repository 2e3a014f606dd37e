"""Checkpoints of the workspace's own: listed, renamed, deleted, taken away and brought back, bad ones refused."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.making import Making
from hilander.model.checkpoint import Checkpoint, load_checkpoint
from hilander.model.checkpoint_info import HEAD, WEIGHTS
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.model.shift import Shift, compare
from hilander.services import checkpoints, job_process, jobs, trash
from hilander.services.checkpoint_intake import file_checkpoint, import_checkpoint, row_of
from hilander.services.clustering import cluster_dataset
from hilander.services.leftovers import sweep
from hilander.services.runs import delete_run, open_run
from hilander.services.store import Store
from tests import bad_files as bad
from tests.services.small_uploads import add_points

MAKING = {
    "source": "Tiles",
    "fingerprint": [{"n": 80, "classes": 8, "sha256": "0"}],
    "validation": {"Fp": "high", "Fb": 0.9, "NMI": None},
    "seconds": 3,
}


@pytest.fixture
def relational() -> Checkpoint:
    torch.manual_seed(0)
    return Checkpoint("x", RelationalLANDER(RelationalConfig(8)), 0.1, False, 5, "Mine", "", MAKING)


@pytest.fixture
def own(workspace, store, relational) -> checkpoints.Choice:
    row = row_of(relational, "own1", "Mine", "Tiles", "d1")
    file_checkpoint(workspace, store, relational, row)
    return checkpoints.find_checkpoint("own1", workspace)


def test_shipped_ones_come_first_then_own_ones_with_their_figures(workspace, own):
    listed = checkpoints.list_checkpoints(workspace)
    assert [it.row is None for it in listed] == [True] * (len(listed) - 1) + [False]
    assert (listed[0].id, listed[0].source) == ("relational", "relational")
    assert own.row.summary == {"n": 80, "classes": 8, "Fb": 0.9, "seconds": 3}
    assert (own.name, own.dims, own.k, own.tau) == ("Mine", (), 5, 0.1)
    assert load_checkpoint(own.source).kind == "relational"


def test_a_checkpoint_is_for_its_dimensions(workspace, store):
    network = LANDER(LanderConfig(8, hidden=4, head=2, cluster_features=None))
    either = Checkpoint("x", network, 0.5, True)
    file_checkpoint(workspace, store, either, row_of(either, "either", "Either", ""))
    choice = checkpoints.find_checkpoint("either", workspace)
    assert [choice.fits(dim) for dim in (8, 4, 5)] == [True, True, False]
    assert all(it.fits(5) for it in checkpoints.list_checkpoints(workspace) if not it.dims)


def test_renaming(workspace, own):
    checkpoints.rename_checkpoint("own1", "  Yours \n now ", workspace)
    assert checkpoints.find_checkpoint("own1", workspace).name == "Yours now"
    for name in ("  ", "x" * 81):
        with pytest.raises(InputError, match="1 to 80"):
            checkpoints.rename_checkpoint("own1", name, workspace)
    with pytest.raises(InputError, match="of your own"):
        checkpoints.rename_checkpoint("relational", "ours", workspace)


def test_what_was_made_with_a_deleted_checkpoint_stays_and_what_waits_for_it_says_why(
    workspace, store, own, blobs
):
    points, config = add_points(workspace, blobs[0]), ClusterConfig(own.source, k=5)
    row = cluster_dataset(workspace, store, points, config, run_id="before")
    checkpoints.delete_checkpoint("own1", workspace)
    assert open_run("before", workspace).hierarchy.n == 120
    with pytest.raises(InputError, match=r"has been deleted\. Choose another"):
        cluster_dataset(workspace, store, points, config, run_id="after")
    with pytest.raises(InputError, match="has been deleted"):
        jobs.submit_cluster(points, config, workspace=workspace)
    with pytest.raises(InputError, match="There is no checkpoint 'own1'"):
        checkpoints.find_checkpoint("own1", workspace)
    with pytest.raises(InputError, match="of your own"):
        checkpoints.delete_checkpoint("relational", workspace)
    delete_run(row.id, workspace)


def test_a_run_keeps_how_far_its_data_are_from_the_checkpoint_s(workspace, store, own, blobs):
    points = add_points(workspace, blobs[0])
    for run_id, source, verdict in (("a", own.source, "untold"), ("b", "relational", None)):
        cluster_dataset(workspace, store, points, ClusterConfig(source), run_id=run_id)
        shift = Shift.from_dict(open_run(run_id, workspace).meta["shift"])
        assert shift.verdict == (verdict or compare(shift.data, load_checkpoint(source).home).verdict)
    assert shift.data.n == 120


def test_a_run_keeps_how_it_was_made(workspace, store, own, blobs):
    points = add_points(workspace, blobs[0])
    for run_id, source, name in (("a", own.source, "Mine"), ("b", "relational", "relational")):
        cluster_dataset(workspace, store, points, ClusterConfig(source, k=5), run_id=run_id)
        made = Making.of(open_run(run_id, workspace).meta)
        assert (made.checkpoint, made.weights) == (name, load_checkpoint(source).weights_sha256)
        assert (made.k, made.search, made.recall) == (5, "exact", 1.0)
        assert made.stages["knn"] > 0
        assert sum(made.stages.values()) <= made.seconds


def test_a_run_is_named_after_its_checkpoint_not_after_a_folder(workspace, store, own, blobs, monkeypatch):
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)
    job_id = jobs.submit_cluster(add_points(workspace, blobs[0]), ClusterConfig(own.source, k=5))
    assert store.job(job_id).name == "Mine, k 5"


def test_a_taken_away_checkpoint_comes_back_under_its_new_name(workspace, store, own, tmp_path, blobs):
    checkpoints.rename_checkpoint("own1", "Päivi's: best/one", workspace)
    choice = checkpoints.find_checkpoint("own1", workspace)
    path = tmp_path / f"{checkpoints.file_name(choice)}.zip"
    assert path.name == "Päivi_s_best_one.zip"
    path.write_bytes(checkpoints.pack(choice, workspace))
    row = import_checkpoint(workspace, store, path, checkpoint_id="back")
    assert (row.name, row.dataset, row.k) == ("Päivi's: best/one", "Tiles", 5)
    assert {**row.summary} == own.row.summary
    back, before = workspace.checkpoint_dir("back"), own.source
    assert load_checkpoint(back).weights_sha256 == load_checkpoint(before).weights_sha256
    labels = [
        cluster_dataset(workspace, store, points, ClusterConfig(source, k=5), run_id=run_id).summary[
            "clusters"
        ]
        for points in [add_points(workspace, blobs[0])]
        for run_id, source in (("a", own.source), ("b", str(workspace.checkpoint_dir("back"))))
    ]
    assert labels[0] == labels[1]


def test_one_that_ships_can_be_taken_away_too(workspace, store, tmp_path, monkeypatch):
    shipped = checkpoints.list_checkpoints(workspace)[0]
    packed = checkpoints.pack(shipped, workspace)
    later = time.time() + 100
    monkeypatch.setattr(time, "time", lambda: later)
    assert checkpoints.pack(shipped, workspace) == packed
    (tmp_path / "x.zip").write_bytes(checkpoints.pack(checkpoints.list_checkpoints(workspace)[0], workspace))
    row = import_checkpoint(workspace, store, tmp_path / "x.zip", checkpoint_id="x", name="Copy")
    assert (row.name, row.kind) == ("Copy", "relational")
    assert load_checkpoint(workspace.checkpoint_dir("x")).home == load_checkpoint("relational").home


def test_a_published_state_dict_is_kept_as_a_folder_of_ours(workspace, store, tmp_path):
    bad.state_dict(8)(tmp_path / "released.pth")
    row = import_checkpoint(workspace, store, tmp_path / "released.pth", checkpoint_id="p")
    assert (row.name, row.kind, row.dims, row.dataset) == ("released", "lander", [8, 4], "")
    assert load_checkpoint(workspace.checkpoint_dir("p")).early_stop


def head(relational: Checkpoint, **changed: object) -> bytes:
    values = {
        **{"format": 1, "kind": "relational", "network": {"hidden": 8, "rounds": 2}, "tau": 0.5},
        **{"early_stop": False, "k": 5, "title": "t", "description": "", "making": {}},
    }
    return json.dumps(values | changed).encode()


def weights(tmp_path: Path, network: torch.nn.Module) -> bytes:
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    return (tmp_path / "w.safetensors").read_bytes()


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


BAD_HEADS = {
    "another format": ({"format": 99}, "not of format 1"),
    "another kind": ({"kind": "gnn"}, "not of format 1"),
    "a size it has not": ({"network": {"hidden": 16, "rounds": 1}}, "damaged"),
    "a monstrous size": ({"network": {"hidden": 10**9, "rounds": 1}}, "damaged"),
    "an unknown setting": ({"network": {"width": 8}}, "damaged"),
    "tau in words": ({"tau": "half"}, "tau must be a number from 0 to 1"),
    "tau too high": ({"tau": 7}, "tau must be"),
    "no k": ({"k": None}, "k must be a whole number"),
    "a title that is none": ({"title": ["a"]}, "title and description"),
    "making as a list": ({"making": [1]}, "making must be named facts"),
    "making of another make": ({"making": {"fingerprint": 3, "validation": [1]}, "k": 0}, "k must be"),
    "making without bounds": ({"making": {"Fb": float("nan")}}, "not JSON compliant"),
}


@pytest.mark.parametrize(("changed", "told"), BAD_HEADS.values(), ids=BAD_HEADS)
def test_a_zip_with_bad_settings_is_refused(workspace, store, relational, tmp_path, changed, told):
    content = packed(**{HEAD: head(relational, **changed), WEIGHTS: weights(tmp_path, relational.network)})
    refused(workspace, store, tmp_path / "x.zip", content, told)


def test_weights_that_are_no_numbers_are_refused(workspace, store, relational, tmp_path):
    with torch.no_grad():
        relational.network.target.weight[0, 0] = torch.nan
    content = packed(**{HEAD: head(relational), WEIGHTS: weights(tmp_path, relational.network)})
    refused(workspace, store, tmp_path / "x.zip", content, "some are not finite")


def refused(workspace, store: Store, path: Path, content: bytes, told: str) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        import_checkpoint(workspace, store, path, checkpoint_id="x")
    assert told in str(error.value)
    assert path.name in str(error.value)
    assert str(path.parent) not in str(error.value).replace(str(path), "")
    assert store.checkpoints() == []
    assert list(workspace.checkpoints_dir().iterdir()) == []


GOOD = np.zeros(3, np.float32).tobytes()
BAD_FILES = {
    "text called zip": ("x.zip", bad.text("hello"), "complete zip of a hilander checkpoint"),
    "empty": ("x.zip", bad.data(b""), "empty file"),
    "cut short": ("x.zip", bad.first_bytes(0.5, bad.archive((HEAD, b"{}"))), "cut short or damaged"),
    "images": ("x.zip", bad.archive("a.png"), "config.json and model.safetensors in one folder; got neither"),
    "one file of two": ("x.zip", bad.archive((HEAD, b"{}")), "got config.json"),
    "two folders": (
        "x.zip",
        bad.archive((f"a/{HEAD}", b"{}"), (f"b/{WEIGHTS}", GOOD)),
        "in one folder; got a/config.json, b/model.safetensors",
    ),
    "a path outside": ("x.zip", bad.archive((f"../{HEAD}", b"{}"), (WEIGHTS, GOOD)), "points outside"),
    "a link": ("x.zip", bad.archive_with_link, "got the link"),
    "a bomb": (
        "x.zip",
        bad.archive((HEAD, b"{}"), (WEIGHTS, bytes(64 << 20)), compress=True),
        "as in a zip bomb",
    ),
    "broken json": ("x.zip", bad.archive((HEAD, b"{"), (WEIGHTS, GOOD)), "cannot be read as JSON"),
    "broken weights": (
        "x.zip",
        bad.archive((HEAD, head(None)), (WEIGHTS, b"\x10" + bytes(20))),
        "damaged",
    ),
    "not a state dict": ("x.pth", bad.saved([1, 2]), "not a LANDER state dict"),
    "code in a pickle": ("x.pth", bad.torch_file_with_code, "not a LANDER state dict"),
    "a tensor larger than its file": (
        "x.pth",
        bad.saved({"src_mlp.weight": torch.zeros(1).expand(10**5, 10**5)}),
        "not a LANDER state dict",
    ),
    "another suffix": ("x.bin", bad.data(b"123"), "a .zip as this page gives it, or a .pth"),
}


@pytest.mark.parametrize(("name", "write", "told"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_no_checkpoint_is_refused(workspace, store, tmp_path, name, write, told):
    write(tmp_path / name)
    refused(workspace, store, tmp_path / name, (tmp_path / name).read_bytes(), told)
    assert not bad.marker_of(tmp_path / name).exists()


def test_nothing_stays_when_the_row_cannot_be_written(workspace, store, relational, monkeypatch):
    row = row_of(relational, "own1", "Mine", "Tiles")
    monkeypatch.setattr(store, "add_checkpoint", lambda row: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        file_checkpoint(workspace, store, relational, row)
    assert list(workspace.checkpoints_dir().iterdir()) == []


def test_a_checkpoint_purged_by_half_is_swept(workspace, store, own, monkeypatch):
    monkeypatch.setattr(trash, "remove", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))
    checkpoints.delete_checkpoint("own1", workspace)
    with pytest.raises(KeyboardInterrupt):
        trash.purge("checkpoint", "own1", workspace)
    assert Path(own.source).is_dir()
    sweep(workspace, store, older_than=-1)
    assert not Path(own.source).exists()
