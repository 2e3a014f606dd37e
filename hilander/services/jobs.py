"""What pages call to start, watch and stop work that runs outside their process.

A job is a row in the store. Submitting writes the row and makes sure that a job process is alive
(host.py: a dask cluster with one worker, started once per server process); everything after that goes
through the store, so a reload, a second browser or a restart finds the job again.

    cluster job   progress {level, stage, nodes, edges, new_links, seconds, fraction};
                  history: the last such record of every level so far
    import job    progress {stage "reading" | "embeddings" | "thumbnails" | "saving", done, total, seconds, fraction}
    demo job      progress {stage: text, fraction}
"""

from __future__ import annotations

from hilander.config import ClusterConfig
from hilander.services.datasets import UploadReport
from hilander.services.store import JobRow
from hilander.services.workspace import Workspace


def start(workspace: Workspace | None = None) -> None:
    """Start the job process unless this server has a living one. Returns at once; cheap to call often."""
    raise NotImplementedError


def submit_cluster(
    dataset_id: str, config: ClusterConfig, *, name: str = "", workspace: Workspace | None = None
) -> str:
    """Queue a clustering of a data set; the job id.

    The job's `run_id` is set from the start; the run (store.run(run_id)) is there once it is done, with
    summary {levels: [view row dicts], natural_level, n_levels, clusters, seconds}.
    """
    raise NotImplementedError


def submit_import(
    report: UploadReport, name: str, *, keep_matching: bool = False, workspace: Workspace | None = None
) -> str:
    """Queue an import; the job id. The job's `dataset_id` is set once it is done."""
    raise NotImplementedError


def submit_demo(workspace: Workspace | None = None) -> str | None:
    """Queue making the demo data sets unless they were made before (or are being made: that job's id)."""
    raise NotImplementedError


def cancel(job_id: str, *, workspace: Workspace | None = None) -> None:
    """Stop a job: a queued one at once, a running one within two seconds."""
    raise NotImplementedError


def retry(job_id: str, *, workspace: Workspace | None = None) -> str:
    """Queue an ended job's work again; the new job's id."""
    raise NotImplementedError


def get(job_id: str, *, workspace: Workspace | None = None) -> JobRow | None:
    """The job as it is now (a dead process' job is "interrupted"), or None."""
    raise NotImplementedError


def list_jobs(dataset_id: str | None = None, *, workspace: Workspace | None = None) -> list[JobRow]:
    """Cluster, import and demo jobs, newest first."""
    raise NotImplementedError
