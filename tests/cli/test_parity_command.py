"""`hilander cluster` with a checkpoint of the published code gives the published partition."""

import numpy as np
import pytest

from hilander.cli.main import main
from hilander.hierarchy.run import Run
from hilander.metrics import scores


@pytest.mark.parametrize(("name", "tau"), [("lander_gat", "0.5"), ("lander_gcn_cluster", "0.8")])
@pytest.mark.parametrize("engine", ["torch", "dgl"])
def test_the_published_partition(name, tau, engine, shared, tmp_path):
    if engine == "dgl":
        pytest.importorskip("dgl", reason="dgl has no wheel for this Python")
    golden = np.load(shared / "golden" / f"{name}_tau{tau}.npz")
    np.save(tmp_path / "features.npy", golden["features"])
    words = ["cluster", str(tmp_path / "features.npy"), "--out", str(tmp_path / "run"), "--engine", engine]
    words += ["--checkpoint", str(shared / "golden" / f"{name}.pth"), "--k", "10", "--tau", tau]
    assert main([*words, "--levels", "10", "--early-stop", "--knn", "exact"]) == 0
    hierarchy = Run.load(tmp_path / "run").hierarchy
    assert hierarchy.natural_level == golden["n_levels"] < hierarchy.n_levels
    assert scores(golden[f"l{golden['n_levels'] - 1}_labels"], hierarchy.labels_at("natural")).Fb == 1
