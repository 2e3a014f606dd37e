"""Make the shipped `relational` checkpoint: Omniglot `train` (../shared/data), parts of it, generated mixtures.

    python benchmarks/make_checkpoint.py --out assets/checkpoints/relational
    python benchmarks/make_checkpoint.py --home-only --out assets/checkpoints/relational

The second trains nothing: it writes what the training sets look like into a checkpoint that was made with the same
seed before training did so by itself.

The identities of Omniglot `dev` are never seen; a part of `train` is held out for choosing, `dev` only reported.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from hilander.hierarchy.build import LevelSettings, build
from hilander.io.atomic import read_json, write_json
from hilander.io.vectors import unit_vectors
from hilander.metrics import Scores, scores
from hilander.model.checkpoint import load_checkpoint, save_checkpoint
from hilander.model.checkpoint_info import HEAD
from hilander.model.predict import Network, NetworkPredictor
from hilander.model.profile import home_to_dict
from hilander.train.config import TrainConfig
from hilander.train.generated import mixture
from hilander.train.home import home
from hilander.train.loop import train
from hilander.train.records import TrainProgress
from hilander.train.sets import TrainSet

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "omniglot.npz"
HELD_OUT = 68  # of the 368 identities of `train`
PARTS = (40, 15)  # identities; few of them, unevenly many images each: where levels are small
MIXTURES = ((60, 24, 0.6), (60, 200, 1.2))  # identities, dimension, spread
SIZES = (3, 60)  # images of an identity in a mixture


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home-only", action="store_true")
    args = parser.parse_args()
    if not DATA.is_file():
        sys.exit(f"{DATA.name} is not there; this script needs the shared data sets beside the checkout.")
    x, labels, split = (np.load(DATA)[name] for name in ("embeddings", "labels", "split"))
    held, rest = split_identities(x[split == "train"], labels[split == "train"])
    sets = [rest, *more_sets(rest, args.seed)]
    if args.home_only:
        add_home(args.out, sets)
        return
    config = TrainConfig(epochs=args.epochs, layers=2, seed=args.seed, validation=0.0)
    result = train(sets, config, tell)
    dev = TrainSet.of(x[split == "dev"], labels[split == "dev"])
    figures = {
        name: show(name, evaluate(result.network, one, config.tau))
        for name, one in (("held", held), ("dev", dev))
    }
    checkpoint = result.checkpoint(
        "relational",
        title="Relational",
        description="Sees similarities, ranks and overlaps only: fits any embedding of any dimension.",
        data="Omniglot train (300 identities) and parts of it, generated mixtures",
        figures=figures,
    )
    save_checkpoint(checkpoint, args.out)


def add_home(folder: Path, sets: list[TrainSet]) -> None:
    checkpoint = load_checkpoint(folder)
    seen = home(checkpoint.network, sets, LevelSettings(k=checkpoint.k, tau=checkpoint.tau))
    write_json(read_json(folder / HEAD) | {"home": home_to_dict(seen)}, folder / HEAD)


def split_identities(x: np.ndarray, labels: np.ndarray) -> tuple[TrainSet, TrainSet]:
    held = np.random.default_rng(1).choice(np.unique(labels), HELD_OUT, replace=False)
    inside = np.isin(labels, held)
    return TrainSet.of(x[inside], labels[inside]), TrainSet.of(x[~inside], labels[~inside])


def more_sets(rest: TrainSet, seed: int) -> list[TrainSet]:
    rng = np.random.default_rng(seed)
    parts = [uneven_part(rest, identities, rng) for identities in PARTS]
    return parts + [
        mixture(rng, identities=count, dim=dim, spread=spread, sizes=SIZES, looks=1)
        for count, dim, spread in MIXTURES
    ]


def uneven_part(one: TrainSet, identities: int, rng: np.random.Generator) -> TrainSet:
    """Some identities, of each 3 to 20 images, evenly on a log scale."""
    rows = []
    for identity in rng.choice(np.unique(one.labels), identities, replace=False):
        own = rng.permutation(np.flatnonzero(one.labels == identity))
        rows.append(own[: int(np.exp(rng.uniform(np.log(3), np.log(21))))])
    kept = np.sort(np.concatenate(rows))
    return TrainSet(one.x[kept], one.labels[kept])


def evaluate(network: Network, one: TrainSet, tau: float) -> Scores:
    hierarchy = build(unit_vectors(one.x), NetworkPredictor(network), LevelSettings(tau=tau, knn="exact"))
    return scores(one.labels, hierarchy.labels_at("natural"))


def show(name: str, got: Scores) -> dict[str, float]:
    print(f"{name}: Fp {got.Fp:.3f}  Fb {got.Fb:.3f}  NMI {got.NMI:.3f}")
    return {"Fp": got.Fp, "Fb": got.Fb, "NMI": got.NMI}


def tell(record: TrainProgress) -> None:
    if record.epoch % 10 == 0 or record.epoch == record.epochs:
        print(
            f"epoch {record.epoch}/{record.epochs}  loss {record.loss:.4f}  {record.seconds:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
