"""`hilander cluster --scheduler` beside `--knn exact` on one machine, a worker killed in the middle of the search.

    python benchmarks/on_cluster.py [--rows 300000] [--no-keep]

A scheduler and three workers of one thread each are processes of this machine; generated embeddings of 128 dimensions
(suite.generated) lie in a folder of six .npy shards. Once `SHARE` of the search's tasks are over, one worker gets
SIGKILL. The labels of both runs are compared at every level. All processes share the cores: the seconds say what
spreading costs, not what more machines gain.

Results: benchmarks/results/distributed.md and .json. Ends with 1 when the two runs differ at any level.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from distributed import Client

from hilander.hierarchy.run import Run
from suite.generated import generated
from suite.processes import whole
from suite.report import Verdict, circumstances, table, verdict_table, write_result
from suite.served import free_port

DIM, ROWS, SHARDS, WORKERS = 128, 300_000, 6, 3
SHARE = 0.3  # of the search's tasks, after which a worker is killed
SEARCH = "neighbors_of_part"
PACKAGES = ("torch", "numpy", "distributed")
LOOK = 0.1  # s
Process = subprocess.Popen[bytes]


def main() -> int:
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="hilander-distributed-") as name:
        folder = Path(name)
        shards = _shards(folder, args.rows)
        with cluster(folder) as (address, processes):
            far = _far(shards, folder / "far", address, processes)
        here = whole(["-m", "hilander", "cluster", shards, "--out", folder / "here", "--knn", "exact"])
        found = far | _compared(Run.load(folder / "far"), Run.load(folder / "here"))
        found |= {"rows": args.rows, "dim": DIM, "seconds_here": here.seconds}
    text = _page(found)
    print(text)
    if not args.no_keep:
        write_result(
            "distributed.md", f"# Beyond one machine\n\n{circumstances(PACKAGES, 'relational')}\n{text}"
        )
        write_result("distributed.json", json.dumps(found, indent=1) + "\n")
    return 0 if all(one.ok for one in _verdicts(found)) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--no-keep", action="store_true", help="write nothing under benchmarks/results")
    return parser.parse_args()


def _shards(folder: Path, rows: int) -> Path:
    (folder / "shards").mkdir()
    x, _ = generated(rows, DIM)
    for i, part in enumerate(np.array_split(x, SHARDS)):
        np.save(folder / "shards" / f"part-{i}.npy", part)
    return folder / "shards"


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[Process]]]:
    """A scheduler and its workers: (address, the workers' processes)."""
    port = free_port()
    address, processes = f"tcp://127.0.0.1:{port}", list[Process]()
    try:
        processes.append(_dask(folder, "dask_scheduler", "--port", str(port)))
        for _ in range(WORKERS):
            words = (address, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
            processes.append(_dask(folder, "dask_worker", *words))
        with Client(address, timeout=30) as client:
            client.wait_for_workers(WORKERS, timeout=60)
        yield address, processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def _dask(folder: Path, what: str, *words: str) -> Process:
    command = [
        sys.executable,
        "-m",
        f"distributed.cli.{what}",
        *words,
        "--host",
        "127.0.0.1",
        "--no-dashboard",
    ]
    with (folder / "dask.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _far(shards: Path, out: Path, address: str, workers: list[Process]) -> dict[str, Any]:
    """Cluster on the workers, the first of which is killed while it searches."""
    began = time.perf_counter()
    words = ["-m", "hilander", "cluster", shards, "--out", out, "--scheduler", address]
    process = subprocess.Popen([sys.executable, *map(str, words)])
    done = _kill_in_the_search(process, address, workers[0])
    if process.wait():
        raise RuntimeError(f"the clustering ended with {process.returncode}")
    meta = Run.load(out).meta
    every = meta["distributed"]["tasks"][SEARCH]
    killed = {"stage": "search", "tasks_done": done, "tasks": every}
    return {"seconds": time.perf_counter() - began, "killed": killed, "distributed": meta["distributed"]}


def _kill_in_the_search(process: Process, address: str, worker: Process) -> int:
    """SIGKILL for the worker once enough tasks of the search are over; how many those were."""
    with Client(address, timeout=30) as client:
        while process.poll() is None:
            done = client.run_on_scheduler(_over)
            if (
                done >= 8 + SHARE * 28
            ):  # the diagonal, and a share of what follows where there are eight blocks
                worker.kill()
                return done
            time.sleep(LOOK)
    raise RuntimeError("the clustering was over before a worker could be killed; take more rows")


def _over(dask_scheduler: Any) -> int:
    """How many tasks of the search have come to their end."""
    prefix = dask_scheduler.task_prefixes.get("neighbors_of_part")
    return 0 if prefix is None else prefix.state_counts["memory"] + prefix.state_counts["forgotten"]


def _compared(far: Run, here: Run) -> dict[str, Any]:
    one, other = far.hierarchy, here.hierarchy
    levels = max(one.n_levels, other.n_levels)
    same = [
        level <= min(one.n_levels, other.n_levels)
        and bool((one.labels_at(level) == other.labels_at(level)).all())
        for level in range(levels + 1)
    ]
    links = bool((one.link_prob == other.link_prob).all())
    natural = one.natural_level == other.natural_level
    clusters = len(one.peaks_at("natural"))
    return {
        "levels": levels,
        "same": same,
        "natural": natural,
        "same_probabilities": links,
        "clusters": clusters,
    }


def _verdicts(found: dict[str, Any]) -> list[Verdict]:
    same, every, lost = sum(found["same"]), len(found["same"]), found["distributed"]["workers_lost"]
    return [
        Verdict("levels with the same labels", str(every), str(same), same == every),
        Verdict("the same natural level", "yes", "yes" if found["natural"] else "no", found["natural"]),
        Verdict("workers lost", "1", str(lost), lost == 1),
    ]


def _page(found: dict[str, Any]) -> str:
    moved, killed = found["distributed"]["bytes"], found["killed"]
    rows = [
        ["rows x dimensions", f"{found['rows']:,} x {found['dim']}"],
        ["workers", f"{WORKERS} of one thread"],
        ["killed in the search", f"{killed['tasks_done']} of {killed['tasks']} of its tasks were over"],
        ["seconds on the workers, start to end", f"{found['seconds']:.1f}"],
        ["seconds of `--knn exact` in one process", f"{found['seconds_here']:.1f}"],
        *([f"MB moved, {name.replace('_', ' ')}", f"{size / 1e6:,.1f}"] for name, size in moved.items()),
        ["probabilities of the links the same to the bit", "yes" if found["same_probabilities"] else "no"],
        ["clusters at the natural level", f"{found['clusters']:,}"],
    ]
    return f"{table(('what', 'figure'), rows)}\n{verdict_table(_verdicts(found))}"


if __name__ == "__main__":
    sys.exit(main())
