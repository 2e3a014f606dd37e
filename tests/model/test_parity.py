"""The published code's outputs, level by level, from its own checkpoints: probabilities, densities, partition."""

from types import SimpleNamespace

import numpy as np
import pytest

from hilander.api import cluster
from hilander.graph.knn import KnnGraph
from hilander.hierarchy.build import LevelSettings, levels
from hilander.hierarchy.coarsen import first_nodes
from hilander.io.vectors import unit_vectors
from hilander.metrics import scores
from hilander.model.base import LevelNodes
from hilander.model.checkpoint import load_checkpoint
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.predict import NetworkPredictor

GOLDEN = [("lander_gat", "0.5"), ("lander_gcn_cluster", "0.8")]
ENGINES = ["torch", "dgl"]


@pytest.fixture(params=GOLDEN, ids=[name for name, _ in GOLDEN], scope="module")
def golden(request, shared):
    name, tau = request.param
    folder = shared / "golden"
    return SimpleNamespace(
        tau=float(tau), path=folder / f"{name}.pth", arrays=dict(np.load(folder / f"{name}_tau{tau}.npz"))
    )


def by_edge(target, source, values):
    order = np.lexsort((source, target))
    return target[order], source[order], values[order]


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "dgl":
        pytest.importorskip("dgl", reason="dgl has no wheel for this Python")
    return request.param


def test_every_level(golden, engine):
    predictor = NetworkPredictor(load_checkpoint(golden.path).network, engine=engine)
    settings = LevelSettings(k=10, tau=golden.tau, levels=10, early_stop=True, knn="exact")
    seen = 0
    for level in levels(first_nodes(unit_vectors(golden.arrays["features"])), predictor, settings):
        want = {
            name: golden.arrays[f"l{seen}_{name}"]
            for name in ("src", "dst", "prob", "density", "ids", "labels", "peaks")
        }
        n, m = level.graph.neighbors.shape
        ours = by_edge(
            np.repeat(np.arange(n), m), level.graph.neighbors.ravel(), level.prediction.link_prob.ravel()
        )
        theirs = by_edge(want["dst"], want["src"], want["prob"])
        assert (level.nodes.image == want["ids"]).all()
        assert (ours[0] == theirs[0]).all()
        assert (ours[1] == theirs[1]).all()
        assert np.abs(ours[2] - theirs[2]).max() < 1e-4
        assert np.abs(level.prediction.density - want["density"]).max() < 1e-4
        kept = level.nodes.image[level.parent == np.arange(n)]
        assert (kept == want["peaks"]).all()
        seen += 1
    assert seen == golden.arrays["n_levels"]


def test_partition_of_every_level(golden, engine):
    settings = {
        "k": 10,
        "tau": golden.tau,
        "levels": 10,
        "early_stop": True,
        "knn": "exact",
        "engine": engine,
    }
    x, checkpoint = golden.arrays["features"], str(golden.path)
    hierarchy = cluster(x, checkpoint=checkpoint, **settings, coarser=False)
    assert hierarchy.n_levels == hierarchy.natural_level == golden.arrays["n_levels"]
    for level in range(1, hierarchy.n_levels + 1):
        theirs = golden.arrays[f"l{level - 1}_labels"]
        assert scores(theirs, hierarchy.labels_at(level)).Fb == 1

    longer = cluster(x, checkpoint=checkpoint, **settings)
    assert longer.n_levels > longer.natural_level == hierarchy.natural_level
    assert longer.levels[: longer.natural_level] == hierarchy.levels
    for level in range(hierarchy.n_levels + 1):
        assert (longer.labels_at(level) == hierarchy.labels_at(level)).all()
    kept = hierarchy.merge_level <= hierarchy.n_levels
    for name in ("parent", "merge_level", "link_prob", "link_sim"):
        assert (getattr(longer, name)[kept] == getattr(hierarchy, name)[kept]).all()


@pytest.mark.parametrize("encoder", ["gat", "gcn"])
@pytest.mark.parametrize("layers", [1, 2])
def test_engines_agree_for_any_depth(encoder, layers):
    pytest.importorskip("dgl", reason="dgl has no wheel for this Python")
    x = unit_vectors(np.random.default_rng(0).standard_normal((60, 8)))
    graph, nodes = KnnGraph.from_unit(x, k=6), first_nodes(x)
    network = LANDER(LanderConfig(dim=16, encoder=encoder, hidden=12, head=6, layers=layers))
    by_torch, by_dgl = (NetworkPredictor(network, engine=engine).predict(graph, nodes) for engine in ENGINES)
    assert by_torch.link_prob == pytest.approx(by_dgl.link_prob, abs=1e-5)
    assert by_torch.density == pytest.approx(by_dgl.density, abs=1e-5)


def test_engines_agree_on_the_shipped_checkpoint(blobs):
    pytest.importorskip("dgl", reason="dgl has no wheel for this Python")
    by_torch, by_dgl = (cluster(blobs[0], engine=engine) for engine in ENGINES)
    assert (by_torch.parent == by_dgl.parent).all()
    assert by_torch.link_prob == pytest.approx(by_dgl.link_prob, abs=1e-5)


# One node i with two neighbours at cosine 0.6 and 0.3: affine weights are 2/3 and 1/3.
def test_a_graph_convolution_by_hand():
    import torch

    from hilander.model.lander import GcnLayer
    from hilander.model.ops import TorchOps

    layer = GcnLayer(1, 2)
    with torch.no_grad():
        layer.gcn_layer.mlp.weight.copy_(torch.eye(2))
        layer.gcn_layer.mlp.bias.zero_()
    neighbors = torch.tensor([[1, 2], [0, 2], [0, 1]])
    affine = torch.tensor([[2 / 3, 1 / 3], [0.5, 0.5], [0.5, 0.5]])
    out = layer(torch.tensor([[1.0], [3.0], [6.0]]), affine, TorchOps(neighbors))
    assert out[0].tolist() == pytest.approx([1, 2 / 3 * 3 + 1 / 3 * 6])


def test_relational_sees_no_coordinates():
    """Turning all embeddings leaves every probability where it was; so do more dimensions, all zero."""
    rng = np.random.default_rng(0)
    x = unit_vectors(rng.standard_normal((80, 6)))
    turned = unit_vectors(np.pad(x @ np.linalg.qr(rng.standard_normal((6, 6)))[0], ((0, 0), (0, 10))))
    network = load_checkpoint("relational").network
    probs = [
        NetworkPredictor(network).predict(KnnGraph.from_unit(v, k=8), first_nodes(v)).link_prob
        for v in (x, turned)
    ]
    assert probs[0] == pytest.approx(probs[1], abs=1e-4)


def test_relational_does_not_depend_on_the_order_of_images():
    rng = np.random.default_rng(1)
    x = unit_vectors(rng.standard_normal((80, 6)))
    order = rng.permutation(80)
    network = load_checkpoint("relational").network
    straight, mixed = (
        NetworkPredictor(network).predict(KnnGraph.from_unit(np.ascontiguousarray(v), k=8), nodes).link_prob
        for v, nodes in (
            (x, first_nodes(x)),
            (x[order], LevelNodes(np.arange(80), x[order], x[order], np.ones(80, int))),
        )
    )
    assert straight[order] == pytest.approx(mixed, abs=1e-4)
