"""A clustering as it lies on disk: the hierarchy, the ids of its images, and how it was made.

Knows nothing about how to cluster or what to show.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.image_graph import ImageGraph
from hilander.io.arrays import load_array
from hilander.io.atomic import atomic_path, read_json, write_json
from hilander.io.checksums import verify, write_checksums
from hilander.io.texts import is_unicode

if TYPE_CHECKING:
    from numpy.typing import NDArray

META, IDS, WHOLES = "run.json", "ids.npy", "wholes.npy"
ADVICE = "Restore it from a backup, or cluster again."


@dataclass(frozen=True)
class Run:
    """hierarchy; ids, str (n,) or None where ids are row numbers; meta, JSON-able facts about its making; graph, the
    images' k-NN graph where it was kept; wholes, float32 (n_levels, w), what the network saw of each level as a whole,
    where it was kept."""

    hierarchy: Hierarchy
    ids: NDArray[np.str_] | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    graph: ImageGraph | None = None
    wholes: NDArray[np.float32] | None = None

    def id_list(self) -> NDArray[np.str_]:
        """Str (n,): the ids, or the row numbers."""
        return np.arange(self.hierarchy.n).astype(str) if self.ids is None else self.ids

    def save(self, folder: Path, *, overwrite: bool = False) -> None:
        """Write everything beside `folder` under a temporary name, then rename: never half a run.

        Raises
        ------
        InputError   the folder has something in it and `overwrite` is not set, or cannot be written
        """
        with atomic_path(folder, replace_folder=overwrite) as temporary:
            self.hierarchy.save(temporary)
            if self.ids is not None:
                np.save(temporary / IDS, np.asarray(self.ids, dtype=np.str_))
            if self.graph is not None:
                self.graph.save(temporary)
            if self.wholes is not None:
                np.save(temporary / WHOLES, self.wholes)
            write_json(self.meta, temporary / META)
            write_checksums(temporary)

    @classmethod
    def load(cls, folder: Path) -> Run:
        """Read what `save` wrote, arrays memory-mapped.

        Raises
        ------
        InputError   not a run, or a damaged one
        """
        folder = Path(folder)
        verify(folder, ADVICE)
        hierarchy = Hierarchy.load(folder)
        ids = _load_ids(folder, hierarchy.n)
        meta = read_json(folder / META) if (folder / META).is_file() else {}
        if not isinstance(meta, dict):
            raise InputError(f"{folder} is damaged ({META} should hold named facts). Cluster again.")
        graph = ImageGraph.load(folder, hierarchy.n)
        return cls(hierarchy, ids, meta, graph, _load_wholes(folder, hierarchy.n_levels))


def _load_ids(folder: Path, n: int) -> NDArray[np.str_] | None:
    if not (folder / IDS).is_file():
        return None
    try:
        ids = load_array(folder / IDS)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{folder} is damaged ({IDS}: {error}). Cluster again.") from error
    if ids.shape != (n,) or ids.dtype.kind != "U" or not is_unicode(ids):
        raise InputError(f"{folder} is damaged ({IDS} should hold {n} ids). Cluster again.")
    return ids


def _load_wholes(folder: Path, n_levels: int) -> NDArray[np.float32] | None:
    if not (folder / WHOLES).is_file():
        return None
    try:
        wholes = load_array(folder / WHOLES, mmap=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{folder} is damaged ({WHOLES}: {error}). Cluster again.") from error
    if wholes.ndim != 2 or wholes.dtype != np.float32 or not np.isfinite(wholes).all():
        raise InputError(f"{folder} is damaged ({WHOLES} should hold finite numbers). Cluster again.")
    return wholes if len(wholes) == n_levels else None
