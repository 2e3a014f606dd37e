"""`hilander.cluster` of shards on a Dask cluster: the same hierarchy as an exact clustering on one machine.

    shards  ->  shapes, ids, hashes (workers)  ->  distinct rows  ->  the level loop, its first level on the workers

What must fit into this process: the k-NN lists of all images and what is said of their links (about 200 bytes an
image), and the vectors of the next levels. All vectors at once never do. Knows nothing about what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hilander.api import level_settings
from hilander.config import ClusterConfig
from hilander.distributed import tasks
from hilander.distributed.first_level import Spread, SpreadPredictor
from hilander.distributed.workers import Call, Moved, Workers, connected
from hilander.errors import InputError
from hilander.hierarchy.build import Level, ProgressCallback, build_distinct
from hilander.hierarchy.copies import Distinct, sorted_out
from hilander.hierarchy.forest import Hierarchy
from hilander.io.duplicates import copies_among
from hilander.io.shards import Shards, UnitRows, check_alike, joined_ids, shard_files
from hilander.io.vectors import blocks
from hilander.model.checkpoint import load_checkpoint
from hilander.model.predict import NetworkPredictor, check_dimension
from hilander.model.wide import Wide

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Clustered:
    """hierarchy; ids, str (n,) or None; the shards, and which of their rows are distinct; and what it took: workers at
    the start and those lost of them, bytes, and how many tasks of each kind."""

    hierarchy: Hierarchy
    ids: NDArray[np.str_] | None
    shards: Shards
    distinct: Distinct
    workers: int
    lost: int
    moved: Moved
    tasks: dict[str, int]


def cluster_shards(
    path: Path,
    address: str,
    config: ClusterConfig,
    progress: ProgressCallback | None = None,
    observe: Callable[[Level], None] | None = None,
) -> Clustered:
    """Cluster a folder of shards, or one file, on the workers of a Dask scheduler.

    Parameters
    ----------
    path : .npy or .parquet; every worker must see it under the same absolute path
    address : tcp:// or tls:// and HOST:PORT
    progress, observe : as in `api.cluster`; an observer may take rows of the first level's vectors, not all

    Raises
    ------
    InputError  as `api.cluster`; what cannot be spread over workers; no scheduler, no workers, workers that see other
                files or have other versions, workers that all went away
    """
    config = exact_on_cpus(config)
    checkpoint = load_checkpoint(config.checkpoint)
    predictor = NetworkPredictor(checkpoint.network, engine=config.engine)
    if Wide.of(checkpoint.network) is None:
        raise InputError(
            f"--scheduler needs a relational checkpoint; got {checkpoint.name}. Take the default, or one machine."
        )
    files = shard_files(path)
    with connected(address, files) as workers:
        before = len(workers)
        shards, ids = _opened(files, workers)
        check_dimension(checkpoint.network, np.empty((0, shards.dim)))
        every = UnitRows(shards)
        first = copies_among(cast(Any, every), _hashes(shards, workers))
        distinct = sorted_out(cast(Any, every), first)
        rows = every if len(distinct.row) == len(every) else UnitRows(shards, distinct.row)
        hierarchy = build_distinct(
            replace(distinct, x=cast(Any, rows)),
            SpreadPredictor(predictor, workers, rows),
            level_settings(config, checkpoint, "cpu"),
            progress,
            observe,
            work=Spread(workers, rows),
        )
        return Clustered(
            *(hierarchy, ids, shards, distinct),
            *(before, workers.lost, workers.moved(), dict(workers.stages)),
        )


def exact_on_cpus(config: ClusterConfig) -> ClusterConfig:
    """The settings as workers can follow them; InputError for those that they cannot."""
    followed = (
        ("--knn", config.knn, "approx", "exact"),
        ("--device", config.device, "cuda", "cpu"),
        ("--engine", config.engine, "dgl", "torch"),
    )
    for option, got, refused, expected in followed:
        if got == refused:
            raise InputError(f"{option} must be {expected} with --scheduler; got {got}. Leave it out.")
    return replace(config, knn="exact", device="cpu")


def _opened(files: list[Path], workers: Workers) -> tuple[Shards, NDArray[np.str_] | None]:
    found = dict(workers.each((tasks.shape_and_ids, (file,)) for file in files))
    shapes = [found[i][:2] for i in range(len(files))]
    check_alike(files, shapes)
    starts = np.cumsum([0, *(n for n, _ in shapes)]).tolist()
    return Shards(tuple(files), tuple(starts), shapes[0][1]), joined_ids(
        files, [found[i][2] for i in range(len(files))]
    )


def _hashes(shards: Shards, workers: Workers) -> NDArray[np.uint64]:
    edges = list(blocks(shards.n, shards.dim))

    def calls() -> Iterator[Call]:
        for start, stop in edges:
            yield tasks.hashes, (shards, start, stop)

    found = dict(workers.each(calls()))
    return np.concatenate([found[i] for i in range(len(edges))])
