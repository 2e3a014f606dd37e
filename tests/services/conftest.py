"""A workspace of its own for every test, and small uploads whose content one can see."""

from __future__ import annotations

import pytest
import torch

from hilander.model.checkpoint import Checkpoint, save_checkpoint
from hilander.model.relational import RelationalConfig, RelationalLANDER
from hilander.services.store import Store, open_store
from hilander.services.workspace import Workspace, default_workspace
from tests.services.small_uploads import COLORS, Files, png, write_upload


@pytest.fixture
def workspace(database, tmp_path, monkeypatch) -> Workspace:
    """An empty one, once with its own SQLite file and once with a database of a PostgreSQL server."""
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    return default_workspace()


@pytest.fixture
def workspace_with_file(tmp_path, monkeypatch) -> Workspace:
    """An empty one that keeps its own SQLite file."""
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    return default_workspace()


@pytest.fixture
def store(workspace) -> Store:
    return open_store(workspace)


@pytest.fixture
def upload(tmp_path) -> Files:
    return write_upload(tmp_path / "in", {f"{name}.png": png(color) for name, color in COLORS.items()})


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> str:
    """An untrained network, and a tau that lets it link."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoints") / "untrained"
    network = RelationalLANDER(RelationalConfig())
    save_checkpoint(Checkpoint("untrained", network, tau=0.1, early_stop=False), folder)
    return str(folder)
