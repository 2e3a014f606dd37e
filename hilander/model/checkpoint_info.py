"""Which checkpoints ship, and what a checkpoint folder says of itself. Needs no torch, so that lists are quick.

assets/checkpoints/NAME/config.json  ->  CheckpointInfo
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hilander.config import ASSETS
from hilander.errors import InputError
from hilander.io.atomic import read_json

FORMAT = 1
WEIGHTS, HEAD = "model.safetensors", "config.json"
SHIPPED = ASSETS / "checkpoints"
Kind = Literal["relational", "lander"]


@dataclass(frozen=True)
class CheckpointInfo:
    """A checkpoint as a list shows it; `dim` is the embedding dimension it asks for, None for any."""

    name: str
    title: str
    description: str
    kind: Kind
    dim: int | None
    tau: float
    early_stop: bool
    k: int
    path: Path


def list_checkpoints() -> list[CheckpointInfo]:
    """The shipped checkpoints, by name."""
    return [_info(folder) for folder in sorted(SHIPPED.iterdir()) if (folder / HEAD).is_file()]


def read_head(folder: Path) -> dict[str, Any]:
    """A checkpoint folder's config.json; InputError when it is not one, or of another format."""
    if not (folder / HEAD).is_file():
        raise InputError(
            f"{folder} is not a checkpoint: expected {HEAD} and {WEIGHTS} in it. Check the path."
        )
    head = read_json(folder / HEAD)
    if (
        not isinstance(head, dict)
        or head.get("format") != FORMAT
        or head.get("kind") not in ("relational", "lander")
    ):
        raise InputError(
            f"checkpoint {folder} is not of format {FORMAT}, kind relational or lander. "
            "Was it made by a newer version, or is it something else?"
        )
    return head


def _info(folder: Path) -> CheckpointInfo:
    head = read_head(folder)
    return CheckpointInfo(
        name=folder.name,
        title=head["title"],
        description=head["description"],
        kind=head["kind"],
        dim=_embedding_dim(head["network"]),
        tau=head["tau"],
        early_stop=head["early_stop"],
        k=head["k"],
        path=folder,
    )


def _embedding_dim(network: dict[str, Any]) -> int | None:
    """The dimension of embeddings that a network asks for, None for any."""
    dim: int | None = network.get("dim")
    return dim if dim is None or not network.get("cluster_features") else dim // 2
