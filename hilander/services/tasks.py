"""What dask calls in a worker process, by name. Imports the real work late, so that the host stays small."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType


def run_job(root: str, job_id: str) -> None:
    """Run one job of the workspace at `root`; its outcome is in the store."""
    _worker().run_job(root, job_id)


def dask_setup(_worker_object: object) -> None:
    """Called by dask in a new worker process: get slow first times over with, in the background."""
    threading.Thread(target=lambda: _worker().warm_up(), name="warm-up", daemon=True).start()


def _worker() -> ModuleType:
    return importlib.import_module("hilander.services.worker")
