"""Who judges well where images are many: the committee, its first member, the narrow network that this one taught.

    python benchmarks/many_images.py [--checkpoint NAME_OR_FOLDER]

Pairwise F and BCubed F of the natural level, each network alone at every level, and the seconds of one run. Letters and
clothes come from Debian's packages (`make checkpoint` installs them) and are left out, and named, where these are
missing: the clothes' images are none that anything was trained on. Writes benchmarks/results/many_images.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from checkpoint_data import packaged
from checkpoint_data.labelled import Labelled
from checkpoint_data.recipes import hog
from hilander.api import level_settings
from hilander.config import DEFAULT_CHECKPOINT, ClusterConfig
from hilander.hierarchy.build import build
from hilander.io.vectors import unit_vectors
from hilander.metrics import scores
from hilander.model.checkpoint import Checkpoint, load_checkpoint
from hilander.model.committee import Committee
from hilander.model.predict import Network, NetworkPredictor
from suite.datasets import load
from suite.generated import generated
from suite.report import circumstances, table, write_result

GENERATED = (
    *((25_000, 128, noise, pose) for noise, pose in ((0.6, 0.5), (0.9, 0.5), (0.6, 1.0), (0.3, 0.2))),
    *((16_000, 512, 1.2, 0.8), (16_000, 32, 0.5, 0.5)),
)  # images, dimensions, noise, pose
PACKAGES = ("numpy", "torch")
CLOTHES = slice(packaged.FASHION_IMAGES, 28_000)
HEAD = ("data", "images", "committee", "s", "first member", "s", "narrow", "s")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default=DEFAULT_CHECKPOINT, help="a shipped name or a folder")
    args = parser.parse_args()
    checkpoint = load_checkpoint(args.checkpoint)
    network = checkpoint.network
    if not isinstance(network, Committee) or network.narrow is None:
        sys.exit("expected a checkpoint with a narrow network; this one has none. Nothing to compare.")
    ways = (network, network.members[0], network.narrow)
    rows, sums = [], np.zeros((len(ways), 2))
    for name, data in every_set():
        found = [judged(checkpoint, one, data) for one in ways]
        cells = [cell for fb, fp, seconds in found for cell in (f"{fb:.3f} ({fp:.3f})", f"{seconds:.1f}")]
        rows.append([name, f"{len(data.x):,}", *cells])
        sums += [(fb, fp) for fb, fp, _ in found]
        print(" | ".join(rows[-1]), flush=True)
    means = sums / len(rows)
    rows.append(["mean", "", *(cell for fb, fp in means for cell in (f"{fb:.3f} ({fp:.3f})", ""))])
    head = f"# Many images\n\n{circumstances(PACKAGES, args.checkpoint)}\n"
    text = f"{head}BCubed F (pairwise F) of the natural level.\n\n{table(HEAD, rows)}"
    print(text)
    write_result("many_images.md", text)
    return 0


def every_set() -> Iterator[tuple[str, Labelled]]:
    dev = load("omniglot dev")
    yield "omniglot dev", Labelled(dev.x, dev.labels)
    for n, dim, noise, pose in GENERATED:
        made = generated(n, dim, 1, noise=noise, pose=pose)
        yield f"generated, {dim} dimensions, noise {noise:g}, poses {pose:g}", Labelled(*made)
    for name, give in (("letters", packaged.letters), ("clothes", clothes)):
        data = unless_missing(give)
        if data is not None:
            yield name, data


def clothes() -> Labelled:
    found = packaged.fashion_images(CLOTHES)
    return Labelled(hog(96)(found.x), found.labels)


def unless_missing(give: Callable[[], Labelled]) -> Labelled | None:
    try:
        return give()
    except SystemExit as missing:
        print(f"left out: {missing}", file=sys.stderr)
        return None


def judged(checkpoint: Checkpoint, network: Network, data: Labelled) -> tuple[float, float, float]:
    """BCubed F, pairwise F, seconds."""
    how = level_settings(ClusterConfig(coarser=False), checkpoint, "cpu")
    x, began = unit_vectors(data.x), time.perf_counter()
    predictor = Alone(network)
    natural = build(x, predictor, how).labels_at("natural")
    seconds = time.perf_counter() - began
    got = scores(data.labels, natural)
    return got.Fb, got.Fp, seconds


class Alone(NetworkPredictor):
    """Judges as its network is, however many images there are."""

    def judges(self, images: int) -> Network:
        return self.network


if __name__ == "__main__":
    sys.exit(main())
