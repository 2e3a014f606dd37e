"""`hilander add` beside a full run: seconds for 1,000 images into 100,000, and BCubed F with a part held back.

    python benchmarks/add.py [--checkpoint NAME_OR_FOLDER] [--rows 100000] [--only time|accuracy]

Time is that of `hilander.add` once the run and the embeddings are in memory; the 100,000 are generated (`generate`).
Accuracy is at the natural level, no labels used; the full run is over everything. Writes benchmarks/results/add.md;
exits with 1 when something asked for is short.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

import numpy as np

from hilander.config import DEFAULT_CHECKPOINT
from hilander.hierarchy.addition import DUE
from hilander.io.vectors import unit_vectors
from suite.asked import FINE_SET
from suite.datasets import Dataset
from suite.growing import GROWN_HEAD, Grown, Held, cluster_and_keep, grown, natural_fb, timed
from suite.halves import unseen
from suite.ours import warm_up
from suite.report import Verdict, circumstances, table, verdict_table, write_result

NEW, DIM, RUNS = 1_000, 128, 5
MOST_SECONDS, MOST_LOST = 3.0, 0.01
SEEDS = range(10)  # of the tenth that is held back
OTHERS: tuple[tuple[str, Held, float, int], ...] = (
    *(("omniglot dev", "images", share, seed) for share in (1 / 6, 0.2, 0.25, 0.3, 0.5) for seed in range(3)),
    *(("omniglot dev", "classes", share, seed) for share in (0.1, 0.25, 0.5) for seed in (0, 1)),
    *((name, "images", 0.1, seed) for name in ("grocery", "sign digits") for seed in (0, 1)),
)
TIME_HEAD = (
    "rows",
    "new",
    "median s",
    "slowest s",
    "full run s",
    "Fb added",
    "Fb full run",
    "new classes found apart",
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default=DEFAULT_CHECKPOINT, help="a shipped name or a folder")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", choices=["time", "accuracy"], help="one half; its result is not written")
    args = parser.parse_args()
    warm_up(args.checkpoint)
    text, verdicts = "", []
    for name, half in (("time", time_it), ("accuracy", accuracy)):
        if args.only in (None, name):
            told, asked = half(args)
            text, verdicts = text + told, [*verdicts, *asked]
    head = f"# Adding to a run\n\n{circumstances(('torch', 'numpy'), args.checkpoint)}\n{RULE}\n"
    text = f"{head}{text}\n## Asked and got\n\n{verdict_table(verdicts)}"
    print(text)
    if args.only is None:
        write_result("add.md", text)
    return 0 if all(one.ok for one in verdicts) else 1


RULE = f"""`python benchmarks/add.py`. A full run is due once more than {DUE:.0%} were added to the images of the last
one; a share s held back is s / (1 - s) added. What is lost beyond that is lost by the smaller set itself ("the rest
alone"), whose clusters stand. New classes cost nothing, so how many images join nothing is no part of the rule."""


def time_it(args: argparse.Namespace) -> tuple[str, list[Verdict]]:
    x, labels, old, unknown = generate(args.rows)
    run = cluster_and_keep(x[:old], checkpoint=args.checkpoint)
    results = [timed(run, x[:old], x[old:]) for _ in range(RUNS)]
    seconds, made = [one for _, one in results], results[0][0]
    began = time.perf_counter()
    full = cluster_and_keep(x, checkpoint=args.checkpoint)
    whole = time.perf_counter() - began
    median = statistics.median(seconds)
    apart = f"{int((~made.joined[unknown]).sum()):,} of {int(unknown.sum()):,} images"
    fb = [f"{natural_fb(one, labels):.4f}" for one in (made.run, full)]
    row = [f"{old:,}", f"{NEW:,}", f"{median:.2f}", f"{max(seconds):.2f}", f"{whole:.1f}", *fb, apart]
    what = f"1. {NEW:,} new images into {old:,}, after load (median of {RUNS})"
    verdict = Verdict(what, f"< {MOST_SECONDS:.0f} s", f"{median:.2f} s", median < MOST_SECONDS)
    return f"\n## Time\n\n{table(TIME_HEAD, [row])}", [verdict]


def generate(rows: int) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    """Unit vectors, labels, how many rows are old, and which of the new are of classes without old images.

    Classes of lognormal size (median 12), each of up to four sub-clusters; half of the new images are of new classes.
    """
    rng = np.random.default_rng(0)
    sizes = np.maximum(1, rng.lognormal(2.5, 1.0, rows // 5)).astype(int)
    labels = np.repeat(np.arange(len(sizes)), sizes)[: rows + 2 * NEW]
    _, sub = np.unique(4 * labels + rng.integers(0, 4, len(labels)), return_inverse=True)
    middle, parts = (rng.standard_normal((one.max() + 1, DIM), np.float32) for one in (labels, sub))
    x = unit_vectors(
        middle[labels] + 0.4 * parts[sub] + 0.55 * rng.standard_normal((len(labels), DIM), np.float32)
    )
    size = np.bincount(labels)
    order = rng.permutation(len(size))
    new_class = order[np.cumsum(size[order]) <= NEW // 2]
    unknown, known = (
        rng.permutation(np.flatnonzero(np.isin(labels, new_class) == which)) for which in (True, False)
    )
    new = np.concatenate([unknown, known[: NEW - len(unknown)]])
    old = known[len(known) - rows :]
    kept = np.concatenate([old, new])
    return x[kept], labels[kept], len(old), np.isin(labels[new], new_class)


def accuracy(args: argparse.Namespace) -> tuple[str, list[Verdict]]:
    wanted = [(FINE_SET, "images", 0.1, seed) for seed in SEEDS] + list(OTHERS)
    data = {name: unseen(name) for name, *_ in wanted}
    full = {name: full_fb(one, args.checkpoint) for name, one in data.items()}
    rows: list[Grown] = []
    for name, held, share, seed in wanted:
        rows.append(grown(data[name], full[name], (held, share, seed), args.checkpoint))
        print(" ".join(rows[-1].cells()), file=sys.stderr, flush=True)
    tenth = [one.difference for one in rows[: len(SEEDS)]]
    worst, median = min(tenth), statistics.median(tenth)
    what = f"2. Fb on {FINE_SET}, a tenth held back, beside a full run (median of {len(tenth)} seeds; worst)"
    got = f"{median:+.4f}; {worst:+.4f}"
    verdict = Verdict(what, f"within {MOST_LOST}", got, max(map(abs, tenth)) <= MOST_LOST)
    return f"\n## Accuracy\n\n{table(GROWN_HEAD, (one.cells() for one in rows))}", [verdict]


def full_fb(data: Dataset, checkpoint: str) -> float:
    return natural_fb(cluster_and_keep(data.x, checkpoint=checkpoint), data.labels)


if __name__ == "__main__":
    sys.exit(main())
