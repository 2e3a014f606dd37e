"""`hilander cluster` as a whole process against the peers' warm fits and faiss's exact search: time, memory, recall.

    python benchmarks/scale.py [--rows N ...] [--runs 5] [--only auto exact cold million sizes] [--no-keep]

Embeddings of 128 dimensions are generated (suite.generated: log-normal identities in poses, seeded). Ours is timed
from the start of the process to its end, imports and files included; peers once they are warm, in a process of their
own, file and imports not counted. All are run in turns, and medians of the same run are compared.

    auto      100,000 rows, default settings, beside EVoC, FINCH and fast_hdbscan
    exact     100,000 rows, `--knn exact`, beside faiss's IndexFlatIP search alone
    cold      1,000 rows
    million   1,000,000 rows beside 100,000
    sizes     10,000 rows up to --rows, one run each from a million on: how time and memory grow

Results: benchmarks/results/scale.md, .json and .svg. Ends with 1 when a figure falls short of what is asked.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hilander.hierarchy.run import Run
from hilander.metrics import scores
from suite.asked import at_least, at_most
from suite.figures import Panel, draw
from suite.generated import generated
from suite.processes import told, whole
from suite.report import RESULTS, Verdict, circumstances, table, verdict_table, write_result

DIM, ROWS, COLD, MILLION = 128, 100_000, 1_000, 1_000_000
PEERS = ("EVoC", "FINCH", "fast_hdbscan")
FLAT = "faiss IndexFlatIP search"
FITS = Path(__file__).parent / "suite" / "warm_fits.py"
PACKAGES = ("torch", "numpy", "evoc", "finch-clust", "fast_hdbscan", "faiss-cpu")
PARTS = ("auto", "exact", "cold", "million", "sizes")
SMALLER = (10_000, 30_000)  # beside those asked for, in the figure
HEAD = ("part", "rows", "what", "seconds", "least", "most", "GB", "after k-NN", "recall", "levels", "Fb")
Measured = dict[str, Any]


class Sets:
    """Generated embeddings as files in a folder, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, rows: int) -> Path:
        path = self.folder / f"{rows}.npy"
        if not path.exists():
            x, labels = generated(rows, DIM)
            np.save(path, x)
            np.save(self._labels(rows), labels)
        return path

    def labels(self, rows: int) -> np.ndarray:
        self.file(rows)
        return np.load(self._labels(rows))

    def _labels(self, rows: int) -> Path:
        return self.folder / f"{rows}.labels.npy"


def main() -> int:
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="hilander-scale-") as folder:
        sets = Sets(Path(folder))
        found = [{"part": part} | one for part in args.only for one in MEASURES[part](sets, args)]
    print(table(HEAD, map(_cells, found)))
    verdicts = _verdicts(found)
    print(verdict_table(verdicts))
    if not args.no_keep:
        _keep(found, verdicts)
    return 0 if all(one.ok for one in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[ROWS, 300_000, 1_000_000, 2_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--no-keep", action="store_true", help="write nothing under benchmarks/results")
    return parser.parse_args()


def _auto(sets: Sets, args: argparse.Namespace) -> list[Measured]:
    return _in_turns(sets, [(ROWS, name) for name in ("auto", *PEERS)], args.runs)


def _exact(sets: Sets, args: argparse.Namespace) -> list[Measured]:
    return _in_turns(sets, [(ROWS, "exact"), (ROWS, FLAT)], args.runs)


def _cold(sets: Sets, args: argparse.Namespace) -> list[Measured]:
    return _in_turns(sets, [(COLD, "auto")], args.runs)


def _million(sets: Sets, args: argparse.Namespace) -> list[Measured]:
    return _in_turns(sets, [(ROWS, "auto"), (MILLION, "auto")], args.runs)


def _sizes(sets: Sets, args: argparse.Namespace) -> list[Measured]:
    found = []
    for n in sorted({*SMALLER, *args.rows}):
        runs = 1 if n >= MILLION else min(3, args.runs)
        found += _in_turns(sets, [(n, "auto"), (n, "EVoC")], runs)
    return found


MEASURES: dict[str, Callable[[Sets, argparse.Namespace], list[Measured]]] = {
    "auto": _auto, "exact": _exact, "cold": _cold, "million": _million, "sizes": _sizes,
}  # fmt: skip


def _in_turns(sets: Sets, asked: Sequence[tuple[int, str]], runs: int) -> list[Measured]:
    """Medians, in the order in which they are asked for: of so many rows, what."""
    every: dict[tuple[int, str], list[Measured]] = {one: [] for one in asked}
    for turn in range(runs):
        for rows, name in asked:
            one = told([FITS, name, sets.file(rows)]) if name in {*PEERS, FLAT} else _ours(sets, rows, name)
            every[rows, name].append(one)
            print(f"{rows:,} rows, {name}, {turn + 1} of {runs}: {one['seconds']:.2f} s", file=sys.stderr)
    return [
        {"rows": rows, "what": name, "runs": runs} | _median(found) for (rows, name), found in every.items()
    ]


def _ours(sets: Sets, rows: int, knn: str) -> Measured:
    source, out = sets.file(rows), sets.folder / "run"
    spent = whole(["-m", "hilander", "cluster", source, "--out", out, "--knn", knn, "--overwrite"])
    run = Run.load(out)
    stages = run.meta["stages"]
    return {
        "seconds": spent.seconds,
        "peak": spent.peak,
        "after_knn": (stages["links"] + stages["merge"]) / spent.seconds,
        "recall": run.meta["recall"],
        "levels": run.hierarchy.n_levels,
        "Fb": scores(sets.labels(rows), run.hierarchy.labels_at("natural")).Fb,
    }


def _median(found: list[Measured]) -> Measured:
    seconds = [one["seconds"] for one in found]
    medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
    return medians | {"least": min(seconds), "most": max(seconds)}


def _cells(one: Measured) -> list[str]:
    figures = [f"{one[name]:.2f}" for name in ("seconds", "least", "most")]
    ours = "after_knn" in one
    share = f"{one['after_knn']:.0%}" if ours else ""
    rest = [f"{one['recall']:.4f}", f"{one['levels']:.0f}", f"{one['Fb']:.3f}"] if ours else ["", "", ""]
    what = f"hilander, {one['what']}" if ours else one["what"]
    return [one["part"], f"{one['rows']:,}", what, *figures, f"{one['peak'] / 1e9:.2f}", share, *rest]


def _verdicts(found: list[Measured]) -> list[Verdict]:
    by = {(one["part"], one["rows"], one["what"]): one for one in found}
    verdicts = []
    if ours := by.get(("auto", ROWS, "auto")):
        evoc = by["auto", ROWS, "EVoC"]
        verdicts += [
            at_most("1. 100,000: time over EVoC's warm fit", ours["seconds"] / evoc["seconds"], 0.85),
            at_most("1. 100,000: GB", ours["peak"] / 1e9, 1.2),
            at_least("1. 100,000: recall, as stated", ours["recall"], 0.98),
        ]
    if exact := by.get(("exact", ROWS, "exact")):
        ratio = exact["seconds"] / by["exact", ROWS, FLAT]["seconds"]
        verdicts.append(at_most("2. exact: time over faiss's search alone", ratio, 1.2))
    if million := by.get(("million", MILLION, "auto")):
        ratio = million["seconds"] / by["million", ROWS, "auto"]["seconds"]
        verdicts += [
            at_most("3. 1,000,000: time over that of 100,000", ratio, 14),
            at_most("3. 1,000,000: GB", million["peak"] / 1e9, 8),
        ]
    if largest := by.get(("sizes", 2 * MILLION, "auto")):
        verdicts.append(at_most("3. 2,000,000: GB", largest["peak"] / 1e9, 24))
    shares = [one for one in found if "after_knn" in one and one["rows"] >= SMALLER[0]]
    verdicts += [
        at_most(f"4. {one['part']}, {one['rows']:,}: share of the stages after k-NN", one["after_knn"], 0.2)
        for one in shares
    ]
    if cold := by.get(("cold", COLD, "auto")):
        verdicts.append(at_most("5. 1,000: seconds", cold["seconds"], 6))
    return verdicts


def _keep(found: list[Measured], verdicts: list[Verdict]) -> None:
    parts = [circumstances(PACKAGES, "relational"), table(HEAD, map(_cells, found)), verdict_table(verdicts)]
    write_result("scale.md", "# Speed and memory\n\n" + "\n".join(parts))
    write_result("scale.json", json.dumps(found, indent=1) + "\n")
    curve = {(one["what"], one["rows"]): one for one in sorted(found, key=lambda one: one["runs"])}.values()
    names = [name for name in ("auto", "exact", *PEERS) if any(one["what"] == name for one in curve)]
    curves = {
        f"hilander, {name}" if name in {"auto", "exact"} else name: tuple(
            zip(*sorted((one["rows"], one["seconds"]) for one in curve if one["what"] == name), strict=True)
        )
        for name in names
    }
    draw(
        [Panel("whole process against warm fits", "embeddings", curves, log=True)],
        "seconds",
        RESULTS / "scale.svg",
    )


if __name__ == "__main__":
    sys.exit(main())
