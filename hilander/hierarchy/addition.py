"""A run that new images were added to, what became of them, and whether it is time to cluster all anew.

    run + what joined it + ids  ->  Addition

Knows nothing about how images join or about files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.run import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.hierarchy.add import Added

# Images added since the last full run, of those that it had. What a larger share costs: benchmarks/results/add.md
DUE = 0.2
FULL = "full_n"
NAMED = 3


@dataclass(frozen=True)
class Addition:
    """run : of all images, the old ones first; old : how many those are; full : images of the last full run."""

    run: Run
    old: int
    full: int

    @property
    def new(self) -> int:
        return self.run.hierarchy.n - self.old

    @cached_property
    def joined(self) -> NDArray[np.bool_]:
        """Bool (new,): whether each new image is in a cluster with an old one, at the natural level."""
        peak = self.run.hierarchy.peak_of("natural")
        return np.isin(peak[self.old :], peak[: self.old])

    @cached_property
    def clusters(self) -> int:
        """How many clusters of new images alone there are, at the natural level."""
        peak = self.run.hierarchy.peak_of("natural")[self.old :]
        return len(np.unique(peak[~self.joined]))

    @property
    def share(self) -> float:
        """Images added since the last full run, as a share of its own."""
        return self.run.hierarchy.n / self.full - 1

    @property
    def due(self) -> bool:
        """Whether a full run is due: `share` is above `DUE`."""
        return self.share > DUE


def addition_of(run: Run, added: Added, ids: NDArray[np.str_] | None) -> Addition:
    """The run with what joined it; `ids` from `all_ids`.

    Raises
    ------
    InputError   the run does not say truly how many images its last full run had
    """
    full = run.meta.get(FULL, run.hierarchy.n)
    if not isinstance(full, int) or not 1 <= full <= run.hierarchy.n:
        raise InputError(
            f"the run is damaged: {FULL} should be from 1 to {run.hierarchy.n:,}; got {full!r}. Cluster again."
        )
    meta = run.meta | {"n": added.hierarchy.n, FULL: full}
    graph = added.judged.image_graph(added.distinct)
    return Addition(Run(added.hierarchy, ids, meta, graph, added.judged.wholes), run.hierarchy.n, full)


def all_ids(run: Run, ids: NDArray[np.str_] | None, new: int) -> NDArray[np.str_] | None:
    """Str (n + new,): the run's ids and the new ones; None where both are row numbers.

    Raises
    ------
    InputError   the run names its images and the new ones have no names, or names that it has already
    """
    if ids is None:
        if run.ids is not None:
            raise InputError(
                f"expected an id for every new image, since the run's images have ids; got {new:,} without. "
                "Give a file with ids."
            )
        return None
    there = np.isin(ids, run.id_list())
    if there.any():
        named = ", ".join(map(str, ids[there][:NAMED].tolist())) + (", ..." if there.sum() > NAMED else "")
        raise InputError(
            f"expected ids that the run does not have yet; got {int(there.sum()):,} that it has: {named}. "
            "Leave these images out, or give them other ids."
        )
    return np.concatenate([run.id_list(), ids])
