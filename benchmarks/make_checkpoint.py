"""Make the shipped `relational` checkpoint: `make checkpoint`, or

    python benchmarks/make_checkpoint.py --out assets/checkpoints/relational

Trained on the table in `checkpoint_data.zoo`: many embedding spaces, and half of the classes of grocery and sign
digits: `MEMBERS` networks that differ in their seeds, one for each processor at a time. What ships is their committee,
with the tau of `TAUS` that scores best on what it was trained on, a mean over the sets, and a narrow network that the
first member taught (`checkpoint_data.narrow`), for many images. 68 identities of Omniglot
`train` and the demo digits and shapes are for choosing; Omniglot `dev` and the other half of the classes are only
reported. The same seed and packages give the same weights on every processor of the kind (x86 with AVX2) and with any
number of threads allowed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from checkpoint_data import omniglot
from checkpoint_data.kept import Arrays, fingerprint, kept
from checkpoint_data.lessons import larger_sets, lessons
from checkpoint_data.members import code_fingerprint, cores, member, side_by_side
from checkpoint_data.narrow import BEGINNING, ON_ITS_OWN, pupil_of, taught
from checkpoint_data.processor import begin_again_on_avx2
from checkpoint_data.repeatable import one_thread
from checkpoint_data.zoo import HALF_A, ZOO, training_sets
from hilander.io.vectors import unit_vectors
from hilander.metrics import Scores
from hilander.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from hilander.model.committee import Committee
from hilander.model.predict import Network
from hilander.model.relational import RelationalLANDER
from hilander.train.config import TrainConfig
from hilander.train.home import home
from hilander.train.records import TrainProgress, score
from hilander.train.sets import TrainSet
from hilander.train.validation import natural_settings, validate
from suite.datasets import MEASURED
from suite.halves import unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPOCHS, SEED, MEMBERS = 50, 0, 3
SETTINGS = {
    "hidden": 96,
    "layers": 2,
    "ks": (10,),
    "levels": 8,
    "tau": 0.3,
    "own_rounds": 9,
    "weight_decay": 1e-3,
}
TAUS = (0.2, 0.25, 0.3, 0.35, 0.4)
WHOLE = 10_000  # nodes in a step: every level at once


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="replaced if it is there")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=SEED, help="of the data, the first member")
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--member", type=int, help=argparse.SUPPRESS)
    parser.add_argument(
        "--members-of", type=Path, help="take a checkpoint's members, make the narrow one alone"
    )
    parser.add_argument("--half", action=argparse.BooleanOptionalAction, default=True, help="halves A too")
    args = parser.parse_args()
    if args.out is None and args.member is None:
        parser.error("--out is needed: the folder that the checkpoint is written to")
    begin_again_on_avx2()
    with one_thread():  # the same sums in the same order, whatever the environment says of threads
        make(args)


def make(args: argparse.Namespace) -> None:
    sets = training_sets(args.seed, ZOO | HALF_A if args.half else ZOO)
    if args.member is not None:
        member(sets.values(), settings_of(args, args.member), tell)
        return
    made = load_checkpoint(args.members_of) if args.members_of else committee(args, sets)
    network = made.network
    assert isinstance(network, Committee)
    members = [one for one in network.members if isinstance(one, RelationalLANDER)]
    narrow = narrow_of(members[0], sets, replace(settings_of(args, args.seed), tau=made.tau))
    making = made.making | {"narrow": [asdict(sitting) for sitting in (BEGINNING, ON_ITS_OWN)]}
    shutil.rmtree(args.out, ignore_errors=True)
    save_checkpoint(replace(made, network=Committee.of(members, narrow), making=making), args.out)


def committee(args: argparse.Namespace, sets: dict[str, TrainSet]) -> Checkpoint:
    """The members and what ships with them; without a narrow network."""
    seeds = range(args.seed, args.seed + args.members)
    side_by_side([[*sys.argv, "--member", str(seed)] for seed in seeds], cores())
    config = settings_of(args, args.seed)
    network = Committee.of([member(sets.values(), settings_of(args, seed), tell) for seed in seeds])
    tau = best_tau(network, list(sets.values()), config)
    settings = natural_settings(replace(config, tau=tau), "cpu")
    figures = {name: show(name, validate(network, [one], settings)) for name, one in measured().items()}
    return Checkpoint(
        "relational",
        network,
        tau,
        config.early_stop,
        k=max(config.ks),
        title="Relational",
        description="Sees similarities, ranks and overlaps only: fits any embedding of any dimension.",
        making={"settings": config.to_dict(), "seeds": list(seeds), "data": list(sets), "figures": figures},
        feature=config.feature,
        linking=config.linking,
        first_tau=config.first_tau,
        home=home(network, list(sets.values()), settings),
    )


def narrow_of(teacher: RelationalLANDER, sets: dict[str, TrainSet], config: TrainConfig) -> RelationalLANDER:
    """What the teacher taught, in two sittings; or as kept from before."""
    settings = replace(natural_settings(config, "cpu"), coarser=True)
    pupil = pupil_of(teacher, config.seed)

    def every() -> Iterator[tuple[str, NDArray[np.float32]]]:
        yield from ((name, one.x) for name, one in sets.items())
        yield from larger_sets(config.seed)

    def make_narrow() -> Arrays:
        on = lessons(every(), teacher, settings)
        taught(pupil, on, BEGINNING, config.seed, say)
        on += lessons(every(), teacher, settings, merges=pupil)
        taught(pupil, on, ON_ITS_OWN, config.seed, say)
        return {name: value.numpy() for name, value in pupil.state_dict().items()}

    facts = {
        "teacher": [fingerprint(value.numpy()) for value in teacher.state_dict().values()],
        "data": [one.facts()["sha256"] for one in sets.values()],
        "how": [config.seed, *map(repr, (BEGINNING, ON_ITS_OWN, settings))],
        "code": code_fingerprint(),
    }
    weights = kept("narrow", facts, make_narrow)
    pupil.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return pupil


def best_tau(network: Network, sets: Sequence[TrainSet], config: TrainConfig) -> float:
    """The tau with the best natural level: mean score over the sets, each counting the same."""
    found = {}
    for tau in TAUS:
        settings = natural_settings(replace(config, tau=tau), "cpu")
        found[tau] = score(validate(network, sets, settings))
        print(f"tau {tau:g}: mean score {found[tau]:.4f} on the training sets", flush=True)
    return max(found, key=lambda tau: found[tau])


def settings_of(args: argparse.Namespace, seed: int) -> TrainConfig:
    return TrainConfig(epochs=args.epochs, seed=seed, batch=WHOLE, validation=0.0, device="cpu", **SETTINGS)


def measured() -> dict[str, TrainSet]:
    """What the natural level is scored on at the end: never trained on."""
    held = omniglot.held_out()
    found = {"omniglot held": TrainSet(unit_vectors(held.x), held.labels)}
    return found | {one.name: TrainSet(one.x, one.labels) for one in map(unseen, MEASURED)}


def show(name: str, got: Scores) -> dict[str, float]:
    print(f"{name}: Fp {got.Fp:.3f}  Fb {got.Fb:.3f}  NMI {got.NMI:.3f}")
    return {"Fp": got.Fp, "Fb": got.Fb, "NMI": got.NMI}


def say(what: str) -> None:
    print(what, flush=True)


def tell(record: TrainProgress) -> None:
    print(f"epoch {record.epoch}/{record.epochs}  loss {record.loss:.4f}  {record.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
