"""`hilander train EMBEDDINGS --labels CSV --out DIR`: a checkpoint from embeddings whose labels are known.

While it trains, what it needs to go on after being stopped or killed lies in DIR.training (`--resume`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hilander.cli import out
from hilander.cli.progress import Line, figures, trial_line
from hilander.cli.values import number, whole
from hilander.errors import Cancelled, InputError
from hilander.io.atomic import remove
from hilander.io.embeddings import EmbeddingSet, read_embeddings
from hilander.io.labels import align_labels, read_labels
from hilander.model.checkpoint import save_checkpoint
from hilander.train.config import USUAL, TrainConfig
from hilander.train.records import TrainResult
from hilander.train.sets import TrainSet
from hilander.train.state import saved_config, saved_epoch
from hilander.train.tune import fit

# (option, how its word is read, what stands in --help); the settings' own names and defaults are TrainConfig's.
OPTIONS = (
    ("--model", str, "relational, for any embedding, or lander, the paper's, for this one"),
    ("--epochs", whole, "passes over all levels"),
    ("--tau", number, "least linkage probability of an edge, 0 to 1"),
    ("--own-rounds", whole, "times that the network's own levels are built and trained on too"),
    ("--batch", whole, "nodes in one step"),
    ("--learning-rate", number, "at the start; it falls to 0 along a cosine"),
    ("--weight-decay", number, "pull of the weights towards 0"),
    ("--density-weight", number, "weight of the density loss beside the linkage loss"),
    ("--hidden", whole, "width of the network"),
    ("--layers", whole, "encoder layers"),
    ("--encoder", str, "gat or gcn, of a lander"),
    (
        "--validation",
        number,
        "share of the identities held out, by which the best epoch is chosen; 0 for none",
    ),
    ("--patience", whole, "stop after so many epochs without a better validation; 0 never stops early"),
    ("--device", str, "auto, cpu or cuda"),
    (
        "--precision",
        str,
        "of a lander's products on a CPU: auto (bfloat16 where it is quick), float32 or bfloat16",
    ),
    ("--seed", whole, "of the first weights and of the batches"),
)
DEFAULTS = {field.name: field.default for field in fields(TrainConfig)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("embeddings", metavar="EMBEDDINGS", type=Path, help="as for hilander cluster")
    parser.add_argument("--labels", metavar="CSV", type=Path, required=True, help="columns id and label")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the checkpoint")
    ks = " ".join(map(str, TrainConfig().ks))
    parser.add_argument(
        "--ks", metavar="K", type=whole, nargs="+", help=f"train on graphs of each of these k (default: {ks})"
    )
    parser.add_argument(
        "--levels",
        metavar="N",
        type=whole,
        nargs="+",
        help=f"most levels of every k, or a number for each (default: {usual('levels')})",
    )
    for option, read, what in OPTIONS:
        default = usual(option[2:].replace("-", "_"))
        parser.add_argument(
            option, metavar=option[2:].upper(), type=read, help=f"{what} (default: {default})"
        )
    parser.add_argument(
        "--cluster-features",
        action="store_const",
        const=True,
        help="give a lander each node's average feature too",
    )
    parser.add_argument(
        "--tune",
        action="store_const",
        const=True,
        help="choose tau and k on the identities held out, and a lander's node features: it is trained both ways",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the training of this DIR that was stopped or killed"
    )


def usual(name: str) -> str:
    """A setting's default in words; some differ between the models."""
    if DEFAULTS[name] is not None:
        return str(DEFAULTS[name])
    return ", ".join(f"{values[name]} for {model}" for model, values in USUAL.items())


def run(args: argparse.Namespace) -> None:
    state = args.out.with_name(f"{args.out.name}.training")
    config = config_from(args, saved_config(state) if args.resume else None)
    out.check_new_folder(args.out, overwrite=False, ours=lambda _: False)
    embeddings = read_embeddings(args.embeddings)
    labels = known_labels(args.labels, embeddings)
    with Line(sys.stderr) as line, kept(state):
        one = TrainSet.of(embeddings.x, labels)
        result = fit([one], config, line.training, state=state, resume=args.resume, trial=line.trial)
    facts = making(args, embeddings, labels)
    save_checkpoint(result.checkpoint(args.out.name, **facts), args.out)
    remove(state)
    print(summary(args.out, result))


def config_from(args: argparse.Namespace, saved: TrainConfig | None = None) -> TrainConfig:
    """The settings given, beside those of the training to go on, else the usual ones."""
    given = {name: value for name, value in vars(args).items() if name in DEFAULTS and value is not None}
    if "ks" in given:
        given["ks"] = tuple(given["ks"])
    if "levels" in given:
        given["levels"] = tuple(given["levels"]) if len(given["levels"]) > 1 else given["levels"][0]
    return replace(saved, **given) if saved else TrainConfig(**given)


@contextmanager
def kept(state: Path) -> Iterator[None]:
    """Say how to go on when a training is stopped; one that cannot go on leaves nothing."""
    before = saved_epoch(state)
    try:
        yield
    except KeyboardInterrupt:
        done = saved_epoch(state)
        if done is None:
            raise
        raise Cancelled(
            f"what was learned until epoch {done} is kept in {state}; give the same words and --resume to go on"
        ) from None
    except (InputError, MemoryError):
        if before is None:
            remove(state)
        raise


def known_labels(path: Path, embeddings: EmbeddingSet) -> np.ndarray:
    """int64 (n,), -1 where unknown; says on stderr how rows and labels were matched, if there is a choice."""
    matched = align_labels(read_labels(path), embeddings.ids, embeddings.n)
    if matched.note:
        print(f"hilander: {matched.note}", file=sys.stderr)
    return matched.codes


def making(args: argparse.Namespace, embeddings: EmbeddingSet, labels: np.ndarray) -> dict[str, Any]:
    """What the checkpoint says of its training data; its settings it knows."""
    return {
        "source": args.embeddings.name,
        "n": int((labels >= 0).sum()),
        "dim": embeddings.dim,
        "classes": len(np.unique(labels[labels >= 0])),
        "version": version("hilander"),
    }


def summary(folder: Path, result: TrainResult) -> str:
    last, best = result.history[-1], result.best
    told = [
        f"{folder}: a {result.config.model} checkpoint after {last.epoch} epochs, loss {last.loss:.4f}, "
        f"{last.seconds:.1f} s. Next: hilander cluster EMBEDDINGS --checkpoint {folder} --out RUN"
    ]
    if result.chosen:
        told.append(
            f"tuned on identities held out: {trial_line(result.chosen)}, the best of {len(result.trials)}"
        )
    elif best.validation:
        told.append(f"on identities held out, after epoch {best.epoch}: {figures(best.validation)}")
    return "\n".join(told)
