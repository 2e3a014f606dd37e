"""hilander: cluster images by their embeddings with Hi-LANDER, and look at the hierarchy.

Names are loaded when first used, so that `import hilander` is fast and needs no optional package.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "add": "hilander.api",
    "cluster": "hilander.api",
    "ClusterConfig": "hilander.config",
    "InputError": "hilander.errors",
    "Cancelled": "hilander.errors",
    "HiLander": "hilander.estimator",
    "Hierarchy": "hilander.hierarchy.forest",
    "KnnGraph": "hilander.graph.knn",
    "LANDER": "hilander.model.lander",
    "RelationalLANDER": "hilander.model.relational",
    "Run": "hilander.hierarchy.run",
    "load_checkpoint": "hilander.model.checkpoint",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'hilander' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
