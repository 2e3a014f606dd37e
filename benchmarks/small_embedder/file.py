"""Write the trained network as the two files that ship: FILE.onnx, and FILE.json that says what it takes.

Knows nothing about training.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch

from hilander.embed.embedding import checked
from hilander.embed.order import EmbedOrder
from hilander.embed.session import Network
from hilander.io.atomic import atomic_path, write_json
from small_embedder.network import SIDE, SmallEmbedder

OPSET = 18
SETTINGS = {
    "title": "Built-in",
    "description": (
        "Gradients and colours, through a map that was taught which differences matter. For trying hilander: it groups "
        "drawings, letters and pictures of one thing in the middle that look alike. It does not know what things are: "
        "for faces, species or products bring a network made for them."
    ),
    "size": SIDE,
    "fit": "letterbox",
    "pad": "edge",
    "interpolation": "bicubic",
    "mean": 0,
    "std": 1,
    "batch": 64,
}


def write(network: SmallEmbedder, path: Path) -> None:
    """Both files, each whole or not at all; what the ONNX file gives is what the network gives."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(as_onnx(network))
    write_json(SETTINGS, path.with_suffix(".json"))
    _check_same(network, path)


@torch.no_grad()
def _check_same(network: SmallEmbedder, path: Path) -> None:
    """On black, white, a step and noise: an export that loses a part is seen on what is flat."""
    pictures = np.random.default_rng(0).random((4, 3, SIDE, SIDE), np.float32)
    pictures[0], pictures[1], pictures[2, :, :, : SIDE // 2], pictures[2, :, :, SIDE // 2 :] = 0, 1, 0, 1
    data, how = checked(EmbedOrder(path.parent, str(path), device="cpu"))
    there = Network(data, path.name, how, "cpu").rows(list(pictures))
    np.testing.assert_allclose(there, network(torch.from_numpy(pictures)).numpy(), atol=1e-5)


def as_onnx(network: SmallEmbedder) -> bytes:
    """One file without what only says where it was made: the same network, the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, 3, SIDE, SIDE),),
            path,
            dynamo=True,
            opset_version=OPSET,
            input_names=["pictures"],
            output_names=["embeddings"],
            dynamic_shapes=({0: "n"},),
            external_data=False,
            verbose=False,
        )
        model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
