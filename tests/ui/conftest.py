"""A workspace with one small data set and one run that a reader can follow by hand, and pages to look at it.

Eight images. Level 1: {0 1 2} with peak 1, {3 4} with peak 4, {5 6} with peak 5, {7}.
Level 2: 5 joins 1, so {0 1 2 5 6}, {3 4}, {7}.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hilander.config import ClusterConfig
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.hierarchy.run import Run
from hilander.services import job_process, jobs, logs
from hilander.services.datasets import import_dataset, inspect_upload
from hilander.services.store import RunRow, Store, now, open_store
from hilander.services.workspace import Workspace, default_workspace
from hilander.views.levels import level_table
from tests.services.small_uploads import png

ROOT = Path(__file__).resolve().parents[2]
N = 8


def forest() -> Hierarchy:
    return Hierarchy(
        parent=np.array([1, 1, 1, 4, 4, 1, 5, 7]),
        merge_level=np.array([1, 3, 1, 1, 3, 2, 1, 3], np.int16),
        link_prob=np.array([0.9, 0, 0.8, 0.7, 0, 0.6, 0.95, 0], np.float32),
        link_sim=np.array([0.5, 0, 0.5, 0.5, 0, 0.4, 0.5, 0], np.float32),
        density=np.zeros(12, np.float32),
        levels=(LevelStats(8, 16, 4), LevelStats(4, 8, 1)),
        natural_level=2,
    )


@pytest.fixture
def workspace(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """One of its own on either database, and no job process: these tests look at pages, not at work."""
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)
    monkeypatch.setattr(logs, "set_up", lambda: None)  # pytest has handlers of its own
    monkeypatch.setattr(jobs, "submit_demo", lambda workspace=None: None)
    return default_workspace()


@pytest.fixture
def store(workspace: Workspace) -> Store:
    return open_store(workspace)


@pytest.fixture
def dataset(workspace: Workspace, store: Store, tmp_path: Path) -> str:
    np.save(tmp_path / "tiles.npy", np.random.default_rng(0).normal(size=(N, 4)))
    with zipfile.ZipFile(tmp_path / "tiles.zip", "w") as archive:
        for i in range(N):
            archive.writestr(f"tile_{i}.png", png((30 * i, 90, 200 - 20 * i)))
    report = inspect_upload(tmp_path / "tiles.npy", tmp_path / "tiles.zip")
    return import_dataset(workspace, store, report, "Tiles")


@pytest.fixture
def run(workspace: Workspace, store: Store, dataset: str) -> str:
    return keep_run("run1", forest(), workspace, store, dataset)


@pytest.fixture
def longer_run(workspace: Workspace, store: Store, dataset: str) -> str:
    """The same forest, whose level 2 is past the natural one."""
    return keep_run("run2", replace(forest(), natural_level=1), workspace, store, dataset)


def keep_run(run_id: str, hierarchy: Hierarchy, workspace: Workspace, store: Store, dataset: str) -> str:
    levels = [row.to_dict() for row in level_table(hierarchy)]
    natural = hierarchy.natural_level
    clusters = levels[natural]["clusters"]
    summary = {
        "levels": levels,
        "n_levels": 2,
        "natural_level": natural,
        "clusters": clusters,
        "seconds": 0.1,
    }
    Run(hierarchy).save(workspace.run_dir(run_id))
    store.add_run(RunRow(run_id, dataset, "by hand", ClusterConfig().to_dict(), now(), "ready", summary))
    return run_id


@pytest.fixture
def app(workspace: Workspace) -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


@pytest.fixture
def data(workspace: Workspace) -> AppTest:
    return _page("data")


@pytest.fixture
def cluster(workspace: Workspace, dataset: str) -> AppTest:
    return _page("cluster")


def _page(name: str) -> AppTest:
    """A page by itself: AppTest enters a folder named pages as Streamlit's older kind of app (ui/entry.py)."""
    return AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60).run()


def opened(app: AppTest, **query: object) -> AppTest:
    """The explorer at a link."""
    for name, value in query.items():
        app.query_params[name] = str(value)
    return app.run()


def said(app: AppTest) -> str:
    """Every sentence on the page, in one text."""
    parts = (
        app.title,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.warning,
        app.error,
        app.success,
    )
    return "\n".join(element.value for kind in parts for element in kind)


def button(app: AppTest, label: str):
    return next(it for it in app.button if it.label == label)
