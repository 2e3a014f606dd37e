"""How to train, as a frozen dataclass that is saved in the checkpoint. Knows nothing about torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, cast, get_args

from hilander.config import Device, Feature, Linking, check_choice, check_k, check_share, check_whole
from hilander.errors import InputError

Model = Literal["relational", "lander"]
EncoderName = Literal["gat", "gcn"]
Precision = Literal["auto", "float32", "bfloat16"]


USUAL: dict[Model, dict[str, Any]] = {
    "relational": {"learning_rate": 0.003, "hidden": 64, "layers": 2, "density_weight": 0.0},
    "lander": {"learning_rate": 0.03, "hidden": 512, "layers": 1, "density_weight": 1.0},
}
LEAST = {"epochs": 1, "own_rounds": 0, "batch": 1, "hidden": 2, "patience": 0}
FIRST_TAU = 0.8  # how alike the surroundings of two images must be to join them (benchmarks/LOG.md)
CHECKS = 30  # times that a whole training is validated


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one training.

    Attributes
    ----------
    model : "relational" (sees relations only, fits any embedding) or "lander" (the paper's, coordinates)
    epochs : passes over all levels, >= 1
    ks : the level graphs' k, each the node itself counted, >= 2; levels of all of them are trained on together
    levels : most levels of each k, >= 1; or a number for each of the ks
    tau : at which own levels are built, and the checkpoint's default, in [0, 1]
    own_rounds : times that the network's own levels are built and trained on beside the true ones, >= 0
    batch : nodes in one step, >= 1
    learning_rate : > 0, falls to 0 along a cosine; None is 0.003 (AdamW) or, of a lander, 0.03 (SGD)
    weight_decay : >= 0
    hidden : width; None is 64 or, of a lander, 512; layers : encoder
        layers (lander; None is 1) or mixing rounds (relational; None is 2)
    density_weight : of the density loss beside the link loss, >= 0; None is 0 or, of a lander, 1
    encoder, cluster_features : of a lander
    validation : share of the identities held out, on which the best epoch is chosen, in [0, 1); 0 for none
    patience : stop after so many epochs without a better validation, >= 0; 0 never stops early
    tune : choose tau, k and, of a lander, the node features on the identities held out (`train.tune`)
    precision : of the products in a lander's training on a CPU; "auto" rounds to bfloat16 what is multiplied where
        the processor has instructions for it, which is half as fast again (sums and weights are float32 always)
    seed : of the initial weights, the batches and the identities held out
    """

    model: Model = "relational"
    epochs: int = 150
    ks: tuple[int, ...] = (10, 5, 3)
    levels: int | tuple[int, ...] = 4
    tau: float = 0.5
    own_rounds: int = 3
    batch: int = 4096
    learning_rate: float | None = None
    weight_decay: float = 1e-5
    hidden: int | None = None
    layers: int | None = None
    encoder: EncoderName = "gat"
    cluster_features: bool = False
    density_weight: float | None = None
    validation: float = 0.2
    patience: int = 50
    tune: bool = False
    device: Device = "auto"
    precision: Precision = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("model", self.model, get_args(Model))
        for name, value in USUAL[self.model].items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        check_choice("encoder", self.encoder, get_args(EncoderName))
        check_choice("device", self.device, get_args(Device))
        check_choice("precision", self.precision, get_args(Precision))
        for name, least in LEAST.items():
            check_whole(name, getattr(self, name), least=least, hint="see hilander train --help")
        check_whole("seed", self.seed, least=0, hint="any such number will do")
        if self.model == "relational" and (self.encoder != "gat" or self.cluster_features):
            raise InputError(
                "encoder and cluster_features are choices of a lander; got them for a relational network. "
                "Leave them out, or choose model lander."
            )
        check_whole("layers", self.layers, least=1 if self.model == "lander" else 0, hint="1 is usual")
        check_share("tau", self.tau, hint="0.5 is usual; higher gives more, smaller clusters")
        check_share("validation", self.validation, hint="0.2 is usual; 0 trains on all")
        if self.validation == 1:
            raise InputError("validation must leave identities to train on; got 1. 0.2 is usual.")
        if not self.ks:
            raise InputError("ks must name at least one k; got none. 10 5 3 is usual.")
        for k in self.ks:
            check_k(k)
        self._check_levels()
        if self.tune and self.validation == 0:
            raise InputError(
                "tune chooses by the identities held out; got validation 0, which holds none out. 0.2 is usual."
            )
        if not self.rate > 0 or not self.weight_decay >= 0:
            raise InputError(
                "learning_rate must be above 0 and weight_decay at least 0; "
                f"got {self.learning_rate} and {self.weight_decay}. 0.003 and 0.00001 are usual."
            )

    def _check_levels(self) -> None:
        for most in self.levels if isinstance(self.levels, tuple) else (self.levels,):
            check_whole("levels", most, least=1, hint="4 is usual")
        if isinstance(self.levels, tuple) and len(self.levels) != len(self.ks):
            raise InputError(
                f"levels must be one number, or one for each k; got {_list(self.levels)} for k {_list(self.ks)}."
            )

    @property
    def level_counts(self) -> dict[int, int]:
        """The most levels of each k."""
        counts = self.levels if isinstance(self.levels, tuple) else (self.levels,) * len(self.ks)
        return dict(zip(self.ks, counts, strict=True))

    @property
    def rate(self) -> float:
        """The learning rate at the start, decided."""
        return cast(float, self.learning_rate)

    @property
    def width(self) -> int:
        """The network's width, decided."""
        return cast(int, self.hidden)

    @property
    def depth(self) -> int:
        """Encoder layers or mixing rounds, decided."""
        return cast(int, self.layers)

    @property
    def density_share(self) -> float:
        """The weight of the density loss, decided."""
        return cast(float, self.density_weight)

    @property
    def feature(self) -> Feature:
        """What levels are built on: the peaks, as in the paper, or, for a relational network, the means."""
        return "peak" if self.model == "lander" else "mean"

    @property
    def linking(self) -> Linking:
        """How links are chosen: as in the paper, or, of a relational network, as its neighbours agree."""
        return "surest" if self.model == "lander" else "agreed"

    @property
    def first_tau(self) -> float:
        """How alike surroundings must be at the first level: of a relational network `FIRST_TAU`."""
        return 0.0 if self.model == "lander" else FIRST_TAU

    @property
    def early_stop(self) -> bool:
        """Whether the checkpoint's level loop stops as the release does, when a level adds few links."""
        return self.model == "lander"

    def checked(self, epoch: int) -> bool:
        """Whether an epoch (from 1) ends with a validation: about `CHECKS` of them, the last always."""
        return self.validation > 0 and (epoch % max(1, self.epochs // CHECKS) == 0 or epoch == self.epochs)

    def to_dict(self) -> dict[str, Any]:
        return {name: list(it) if isinstance(it, tuple) else it for name, it in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        kept: dict[str, Any] = {
            name: tuple(it) if isinstance(it, list) else it for name, it in values.items()
        }
        return cls(**kept)


def _list(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))
