"""What a user may choose, as frozen dataclasses that are saved beside results and weights.

Checked once, here, when they are made. Knows nothing about torch, files or Streamlit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

from hilander.errors import InputError

KnnMethod = Literal["auto", "exact", "approx"]
Engine = Literal["torch", "dgl"]
Device = Literal["auto", "cpu", "cuda"]
Linking = Literal["surest", "agreed"]
Feature = Literal["peak", "mean"]
LevelChoice = int | Literal["natural", "last"]

BLOCK_THREADS = (
    "blocks"  # how the names of threads that compute blocks of rows begin; they have nothing to finish
)
LOOPS_VARIABLE = "HILANDER_LOOPS"  # a folder for compiled loops' code, in place of the usual places; or "off"
DEFAULT_CHECKPOINT = "relational"
MOST_K = 10_000  # a graph of more would not fit into any memory
ASSETS = Path(__file__).resolve().parents[1] / "assets"


@dataclass(frozen=True)
class ClusterConfig:
    """How to build a hierarchy.

    Attributes
    ----------
    checkpoint : name of a shipped checkpoint, a checkpoint folder, or a published `.pth` file
    k : neighbours of a node, the node itself counted (k=10: nine edges), 2 to `MOST_K`; None takes the checkpoint's own
    tau : edge connection threshold in [0, 1]; None takes the checkpoint's own
    levels : most levels up to the natural one, >= 1
    early_stop : stop when a level adds few links (the paper's rule); None takes the checkpoint's own
    coarser : go on past the natural level, the clusters falling by a third a level, until nothing can merge; these
        levels end by themselves (64 at most)
    knn : "exact" (all pairs, in blocks), "approx" (recall of 0.98 or more), or "auto" (by cost)
    engine : "torch" or "dgl" (the same network through DGL's message passing)
    device : "cpu", "cuda", or "auto" (cuda where there is one)
    """

    checkpoint: str = DEFAULT_CHECKPOINT
    k: int | None = None
    tau: float | None = None
    levels: int = 10
    early_stop: bool | None = None
    coarser: bool = True
    knn: KnnMethod = "auto"
    engine: Engine = "torch"
    device: Device = "auto"

    def __post_init__(self) -> None:
        if self.k is not None:
            check_k(self.k)
        check_whole("levels", self.levels, least=1, hint="10 is usual")
        if self.tau is not None:
            check_share("tau", self.tau, hint="0.5 is usual; higher gives more, smaller clusters")
        if not isinstance(self.coarser, bool):
            raise InputError(f"coarser must be true or false; got {self.coarser!r}.")
        check_choice("knn", self.knn, get_args(KnnMethod))
        check_choice("engine", self.engine, get_args(Engine))
        check_choice("device", self.device, get_args(Device))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(**values)


def check_k(k: object) -> None:
    """InputError unless k may be a number of neighbours, the node itself counted: 2 to `MOST_K`."""
    check_whole("k", k, least=2, hint="k counts the node itself; 10 is usual")
    if isinstance(k, int) and k > MOST_K:
        raise InputError(f"k must be at most {MOST_K:,}; got {k:,}. It counts the node itself; 10 is usual.")


def check_whole(name: str, value: object, *, least: int, hint: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(
            f"{name} must be a whole number of at least {least}; got {value!r}. {hint.capitalize()}."
        )


def check_share(name: str, value: object, *, hint: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InputError(f"{name} must be a number from 0 to 1; got {value!r}. {hint.capitalize()}.")


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}; got {value!r}.")
