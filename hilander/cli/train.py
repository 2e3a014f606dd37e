"""`hilander train EMBEDDINGS --labels CSV --out DIR`: a checkpoint from embeddings whose labels are known."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hilander.cli import out
from hilander.cli.progress import Line
from hilander.cli.values import number, whole
from hilander.io.embeddings import EmbeddingSet, read_embeddings
from hilander.io.labels import align_labels, read_labels
from hilander.model.checkpoint import save_checkpoint
from hilander.train.config import USUAL, TrainConfig
from hilander.train.loop import train
from hilander.train.records import TrainResult
from hilander.train.sets import TrainSet

# (option, how its word is read, what stands in --help); the settings' own names and defaults are TrainConfig's.
OPTIONS = (
    ("--model", str, "relational, for any embedding, or lander, the paper's, for this one"),
    ("--epochs", whole, "passes over all levels"),
    ("--levels", whole, "most levels of each k"),
    ("--tau", number, "least linkage probability of an edge, 0 to 1"),
    ("--own-rounds", whole, "times that the network's own levels are built and trained on too"),
    ("--batch", whole, "nodes in one step"),
    ("--learning-rate", number, "at the start; it falls to 0 along a cosine"),
    ("--weight-decay", number, "pull of the weights towards 0"),
    ("--density-weight", number, "weight of the density loss beside the linkage loss"),
    ("--hidden", whole, "width of the network"),
    ("--layers", whole, "encoder layers"),
    ("--encoder", str, "gat or gcn, of a lander"),
    ("--device", str, "auto, cpu or cuda"),
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


def usual(name: str) -> str:
    """A setting's default in words; some differ between the models."""
    if DEFAULTS[name] is not None:
        return str(DEFAULTS[name])
    return ", ".join(f"{values[name]} for {model}" for model, values in USUAL.items())


def run(args: argparse.Namespace) -> None:
    config = config_from(args)
    out.check_new_folder(args.out, overwrite=False, ours=lambda _: False)
    embeddings = read_embeddings(args.embeddings)
    labels = known_labels(args.labels, embeddings)
    with Line(sys.stderr) as line:
        result = train([TrainSet.of(embeddings.x, labels)], config, line.training)
    facts = making(args, embeddings, labels)
    save_checkpoint(result.checkpoint(args.out.name, **facts), args.out)
    print(summary(args.out, result))


def config_from(args: argparse.Namespace) -> TrainConfig:
    given = {name: value for name, value in vars(args).items() if name in DEFAULTS and value is not None}
    if "ks" in given:
        given["ks"] = tuple(given["ks"])
    return TrainConfig(**given)


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
    last = result.history[-1]
    return (
        f"{folder}: a {result.config.model} checkpoint after {last.epochs} epochs, loss {last.loss:.4f}, "
        f"{last.seconds:.1f} s. Next: hilander cluster EMBEDDINGS --checkpoint {folder} --out RUN"
    )
