"""Runs in the workspace: one hierarchy of one data set each. Open, name, delete; clustering.py makes them."""

from __future__ import annotations

from hilander.config import ClusterConfig
from hilander.hierarchy.run import Run
from hilander.services.store import open_store, required_run
from hilander.services.workspace import Workspace, default_workspace


def default_name(config: ClusterConfig, checkpoint: str = "") -> str:
    """Checkpoint and k, then every other setting that is not the default: runs that differ have other names.

    `checkpoint` is what people call it, where that is not what the config has.
    """
    usual = ClusterConfig()
    said = {
        "tau": f"tau {config.tau:g}" if config.tau is not None else "",
        "levels": f"at most {config.levels} level{'s' * (config.levels != 1)}",
        "early_stop": "early stop" if config.early_stop else "no early stop",
        "coarser": "no coarser levels",
        "knn": f"{config.knn} search",
        "engine": config.engine,
        "device": config.device,
    }
    other = [words for name, words in said.items() if getattr(config, name) != getattr(usual, name)]
    k = [] if config.k is None else [f"k {config.k}"]
    return ", ".join([checkpoint or config.checkpoint, *k, *other])


def open_run(run_id: str, workspace: Workspace | None = None) -> Run:
    """Open the hierarchy of a run, arrays memory-mapped. InputError when there is none, or it is damaged."""
    workspace = workspace or default_workspace()
    required_run(open_store(workspace), run_id)
    return Run.load(workspace.run_dir(run_id))


def delete_run(run_id: str, workspace: Workspace | None = None) -> None:
    """Put a run into the trash (trash.py)."""
    store = open_store(workspace or default_workspace())
    required_run(store, run_id)
    store.trash_run(run_id)
