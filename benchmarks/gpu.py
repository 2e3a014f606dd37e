"""Clustering on a GPU: seconds, memory, and what part of the card's matrix rate the exact search reaches.

    python benchmarks/gpu.py [--runs 3] [--only 201240x128 5000000x128] [--rows 4000x128 2000x512]

Generated embeddings (`suite.generated`), the default checkpoint, the whole of `hilander.cluster` from float32 rows on.
One warm-up, then the median of the runs; 5,000,000 rows once, for what is asked there is that it completes. The
search is timed by itself too, and 256 of its rows are held against float64. The card's rate is that of a large
product of bfloat16, in the same process. Needs torch, numpy, scipy and hilander.

Writes benchmarks/results/gpu.md and .json, and ends with 1 when a figure asked for is short. Without a GPU the same
code runs on small sets on the CPU, whose tensors go a card's way, so that it is known to run; then nothing is
measured, and a GPU's result is kept.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from hilander.api import clustered as clustering
from hilander.config import DEFAULT_CHECKPOINT, ClusterConfig
from hilander.graph.blocks import blocks_for, free_bytes
from hilander.graph.rounded import search_rounded
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.progress import Progress
from hilander.metrics import scores
from suite.generated import generated
from suite.on_gpu import HEAD, Row
from suite.report import RESULTS, circumstances, table, verdict_table, write_result

if TYPE_CHECKING:
    from numpy.typing import NDArray

# images, dimension: seconds asked; None where it has to complete
ASKED = {(201_240, 128): 1.0, (135_660, 512): 1.0, (1_265_173, 128): 8.0, (5_000_000, 128): None}
DRY = {(4_000, 128): None, (2_000, 512): None}
LISTED, CHECKED = 11, 256  # length of a searched list (k = 10 and two against ties); rows compared in float64


@dataclass(frozen=True)
class Machine:
    """device : "cuda" or "cpu"; rate : TFLOP/s of a large product of bfloat16; runs : of which the median counts."""

    device: str
    rate: float
    runs: int


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NxD", help="of the sets asked for")
    parser.add_argument("--rows", nargs="+", metavar="NxD", help="other sets, for which nothing is asked")
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sets = chosen(ASKED if device == "cuda" else DRY, args.only, args.rows)
    machine = Machine(device, matrix_rate(device), args.runs)
    tell(f"{name_of(device)}: {machine.rate:.1f} TFLOP/s in bfloat16")
    rows = []
    for (images, dim), asked in sets.items():
        rows.append(row := measured(images, dim, asked, machine))
        tell(table(HEAD, [row.cells()]).splitlines()[2])
    return report(rows, machine, whole=not (args.only or args.rows))


def chosen(
    sets: dict[tuple[int, int], float | None], only: list[str] | None, rows: list[str] | None
) -> dict[tuple[int, int], float | None]:
    if rows:
        return dict.fromkeys(map(sizes_of, rows))
    return {size: sets[size] for size in map(sizes_of, only)} if only else sets


def sizes_of(text: str) -> tuple[int, int]:
    images, dim = text.split("x")
    return int(images), int(dim)


def measured(images: int, dim: int, asked: float | None, machine: Machine) -> Row:
    x, truth = generated(images, dim, seed=0)
    try:
        return measure(x, truth, asked, machine)
    except torch.OutOfMemoryError as error:
        return Row(images, dim, asked, failed=f"out of memory: {str(error).splitlines()[0][:80]}")


def measure(x: NDArray[np.float32], truth: NDArray[np.int64], asked: float | None, machine: Machine) -> Row:
    (images, dim), device = x.shape, machine.device
    if asked is not None:
        clustered(x, device)
    forget_peak(device)
    results = [clustered(x, device) for _ in range(1 if asked is None else machine.runs)]
    seconds, knn = (statistics.median(result[which] for result in results) for which in (0, 1))
    peak, hierarchy = peak_gb(device), results[-1][2]
    search, error = searched(x, machine)
    labels, rate = hierarchy.labels_at("natural"), 2.0 * images**2 * dim / search / 1e12
    return Row(
        *(images, dim, asked, seconds, knn, search, rate, rate / machine.rate, error, peak),
        *(hierarchy.natural_level, len(np.unique(labels)), scores(truth, labels).Fb),
    )


def clustered(x: NDArray[np.float32], device: str) -> tuple[float, float, Hierarchy]:
    """Seconds in all, seconds of the k-NN searches of all levels, and what was found."""
    stages: dict[str, float] = defaultdict(float)
    last: list[Progress] = []

    def listen(now: Progress) -> None:
        if last:
            stages[last[0].stage] += now.seconds - last[0].seconds
        last[:] = [now]

    began = clock(device)
    hierarchy = clustering(x, ClusterConfig(device=device, knn="exact"), listen, on_card=True)
    return clock(device) - began, stages["knn"], hierarchy


def searched(x: NDArray[np.float32], machine: Machine) -> tuple[float, float]:
    """Seconds of the first level's search by itself, and the largest error of its similarities."""
    points, device, seconds = torch.from_numpy(x), machine.device, []
    for _ in range(1 + machine.runs):
        began = clock(device)
        sizes = blocks_for(*x.shape, free_bytes(device))
        best, index = search_rounded(points, LISTED, sizes, device=device, progress=lambda _share: None)
        seconds.append(clock(device) - began)
    return statistics.median(seconds[1:]), largest_error(x, best.cpu().numpy(), index.cpu().numpy())


def largest_error(x: NDArray[np.float32], best: NDArray[np.float32], index: NDArray[np.int64]) -> float:
    """Against float64: of the similarities said to be best, and of the rows said to have them."""
    rows = np.unique(np.linspace(0, len(x) - 1, CHECKED).astype(np.int64))
    every = np.concatenate(
        [x[rows].astype(np.float64) @ x[start : start + 65_536].T for start in range(0, len(x), 65_536)],
        axis=1,
    )
    every[np.arange(len(rows)), rows] = -2
    top = -np.sort(-np.partition(every, -LISTED, axis=1)[:, -LISTED:], axis=1)
    said = np.take_along_axis(every, index[rows], 1)
    return float(max(np.abs(top - best[rows]).max(), np.abs(said - best[rows]).max()))


def matrix_rate(device: str) -> float:
    """TFLOP/s of a large product of bfloat16."""
    size, times = (16_384, 20) if device == "cuda" else (1_024, 3)
    a = torch.randn(size, size, device=device).to(torch.bfloat16)
    a @ a
    return 2.0 * size**3 / fastest(lambda: a @ a, times, device) / 1e12


def fastest(work: Callable[[], object], times: int, device: str) -> float:
    seconds = []
    for _ in range(times):
        began = clock(device)
        work()
        seconds.append(clock(device) - began)
    return min(seconds)


def clock(device: str) -> float:
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def forget_peak(device: str) -> None:
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak_gb(device: str) -> float:
    return torch.cuda.max_memory_reserved() / 1e9 if device == "cuda" else 0.0


def name_of(device: str) -> str:
    if device == "cpu":
        return "CPU, dry run"
    card = torch.cuda.get_device_properties(0)
    return f"{card.name}, {card.total_memory / 1e9:.0f} GB, CUDA {torch.version.cuda}"


def report(rows: Sequence[Row], machine: Machine, *, whole: bool) -> int:
    """Show and keep the table; 1 when a figure is short. A part of the sets is shown, not kept."""
    real, verdicts = machine.device == "cuda", [row.verdict() for row in rows]
    where = f"{name_of(machine.device)}; a large product of bfloat16: {machine.rate:.1f} TFLOP/s. "
    where += circumstances(("torch", "numpy", "scipy"), DEFAULT_CHECKPOINT)
    note = (
        ""
        if real
        else "**Unmeasured: no GPU was at hand.** A dry run on a CPU: the figures say nothing of a GPU.\n\n"
    )
    text = f"# Clustering on a GPU\n\n{note}{where}\n{table(HEAD, (row.cells() for row in rows))}"
    text += f"\n{verdict_table(verdicts)}" if real else ""
    tell(f"\n{text}")
    if whole and (real or not measured_before()):
        kept = {
            "measured": real,
            "where": where.strip(),
            "card_tflops": machine.rate,
            "rows": [asdict(r) for r in rows],
        }
        write_result("gpu.json", json.dumps(kept, indent=1) + "\n")
        write_result("gpu.md", text)
    return int(not all(one.ok for one in verdicts))


def measured_before() -> bool:
    path = RESULTS / "gpu.json"
    return path.is_file() and bool(json.loads(path.read_text(encoding="utf-8"))["measured"])


def tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
