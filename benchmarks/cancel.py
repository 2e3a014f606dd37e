"""How long a clustering goes on after somebody cancels it, at ten moments of its run: two seconds at most.

    python benchmarks/cancel.py [--rows 100000] [--dim 128]

The app's own job process clusters generated rows; the time is from the cancel until the store says that it is
over. Writes benchmarks/results/cancel.md; exits with 1 when one took longer.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from hilander.config import DEFAULT_CHECKPOINT, ClusterConfig
from hilander.services import datasets, job_process, jobs
from hilander.services.store import JobRow, open_store
from hilander.services.workspace import HOME_VARIABLE, Workspace, default_workspace
from suite.generated import generated
from suite.report import Verdict, circumstances, table, verdict_table, write_result

MOMENTS = 10
MOST_SECONDS = 2.0
LOOK_EVERY = 0.02  # s
HEAD = ("search", "run s", "median s", "slowest s", "slowest after s", "in level and stage")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=128)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hilander-cancel-") as home:
        os.environ[HOME_VARIABLE] = home
        workspace = default_workspace()
        dataset = _add(workspace, generated(args.rows, args.dim, 1)[0])
        job_process.start(workspace)
        try:
            rows, verdicts = zip(*(_measure(dataset, knn) for knn in ("approx", "exact")), strict=True)
        finally:
            job_process.stop(workspace)
    text = (
        f"# Cancelling\n\n{circumstances(('torch', 'numpy'), DEFAULT_CHECKPOINT)}\n"
        f"{args.rows:,} x {args.dim}, each search cancelled {MOMENTS} times.\n\n"
        f"{table(HEAD, rows)}\n## Asked and got\n\n{verdict_table(verdicts)}"
    )
    print(text)
    write_result("cancel.md", text)
    return 0 if all(one.ok for one in verdicts) else 1


def _add(workspace: Workspace, x: np.ndarray) -> str:
    path = workspace.staging_dir() / "points.npy"
    np.save(path, x)
    return datasets.import_dataset(workspace, open_store(workspace), datasets.inspect_upload(path), "Points")


def _measure(dataset: str, knn: str) -> tuple[list[str], Verdict]:
    config = ClusterConfig(knn=knn)
    whole = _ended(jobs.submit_cluster(dataset, config))
    assert whole.started is not None, whole
    assert whole.ended is not None, whole
    assert whole.state == "done", whole
    seconds = (whole.ended - whole.started).total_seconds()
    found = [_cancelled(dataset, config, seconds * i / MOMENTS) for i in range(MOMENTS)]
    after, slowest, where = max(found, key=lambda one: one[1])
    times = [took for _, took, _ in found]
    row = [knn, f"{seconds:.1f}", f"{statistics.median(times):.2f}", f"{slowest:.2f}", f"{after:.1f}", where]
    got = Verdict(
        f"slowest cancel, {knn}", f"{MOST_SECONDS:g} s", f"{slowest:.2f} s", slowest <= MOST_SECONDS
    )
    return row, got


def _cancelled(dataset: str, config: ClusterConfig, after: float) -> tuple[float, float, str]:
    """When it was cancelled, seconds from its start; how long it went on; and what it was doing by its own words."""
    while True:
        job_id = jobs.submit_cluster(dataset, config)
        _seen(job_id, lambda job: job.state != "queued")
        time.sleep(after)
        if _seen(job_id, lambda _job: True).is_over:  # sooner than the whole run was: again, a little earlier
            after *= 0.9
            continue
        asked = time.monotonic()
        jobs.cancel(job_id)
        job = _ended(job_id)
        took = time.monotonic() - asked
        if job.state not in ("cancelled", "done"):  # done: it has not listened
            sys.exit(f"expected a cancelled clustering; it is {job.state}: {job.error}")
        return after, took, f"{job.progress.get('level', 0)}, {job.progress.get('stage', 'before the first')}"


def _ended(job_id: str) -> JobRow:
    return _seen(job_id, lambda job: job.is_over)


def _seen(job_id: str, until: Callable[[JobRow], bool]) -> JobRow:
    while True:
        job = jobs.get(job_id)
        assert job is not None, f"the job {job_id} is gone"
        if until(job):
            return job
        time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    sys.exit(main())
