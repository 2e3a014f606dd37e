"""`hilander cluster` as a whole process on 100,000 x 128 float32: wall time, peak memory, and what it found.

    python benchmarks/scale.py [--rows 100000] [--runs 3] [--knn auto exact approx]

The embeddings are generated (noisy directions of 5,000 identities, seeded) and written to a temporary folder. The
published code takes 73 s and 9.0 GB on such data on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from hilander.hierarchy.run import Run
from hilander.metrics import scores


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--knn", nargs="+", default=["auto", "exact"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "embeddings.npy"
        labels = generate(source, args.rows, args.dim)
        for knn in args.knn:
            results = [measure(source, Path(folder) / f"{knn}{i}", knn, labels) for i in range(args.runs)]
            report(knn, args, results)


def generate(path: Path, rows: int, dim: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    labels = np.sort(rng.integers(0, max(2, rows // 20), rows))
    centres = rng.standard_normal((labels.max() + 1, dim), np.float32)
    np.save(path, centres[labels] + 0.7 * rng.standard_normal((rows, dim), np.float32))
    return labels


def measure(source: Path, out: Path, knn: str, labels: np.ndarray) -> dict[str, float]:
    command = [sys.executable, "-m", "hilander", "cluster", str(source), "--out", str(out), "--knn", knn]
    began = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        sys.exit(f"{' '.join(command[2:])} failed with status {status}")
    hierarchy = Run.load(out).hierarchy
    found = scores(labels, hierarchy.labels_at("natural"))
    return {"wall_s": wall, "peak_gb": usage.ru_maxrss / 1e6, "levels": hierarchy.n_levels, "Fb": found.Fb}


def report(knn: str, args: argparse.Namespace, results: list[dict[str, float]]) -> None:
    median = {name: round(statistics.median(r[name] for r in results), 3) for name in results[0]}
    print(
        json.dumps({"rows": args.rows, "dim": args.dim, "knn": knn, "runs": args.runs} | median), flush=True
    )


if __name__ == "__main__":
    main()
