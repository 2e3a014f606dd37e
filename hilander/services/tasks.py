"""What dask calls in a worker process, by name. Imports the real work late, so that the host stays small."""

from __future__ import annotations

import importlib
import secrets
import socket
import threading
from pathlib import Path
from types import ModuleType

from hilander.errors import InputError
from hilander.services import logs
from hilander.services.store import URL_VARIABLE, Store, open_store
from hilander.services.workspace import Workspace

MARK = "workspace-mark"  # the fact, and the file among the locks, that tell this workspace from others


def run_job(root: str, job_id: str, mark: str) -> None:
    """Run one job of the workspace at `root`; its outcome is in the store.

    InputError when this process sees another folder or another database than the one that knows the job.
    """
    workspace = Workspace(Path(root))
    where = f"The worker on {socket.gethostname()} does not"
    if not _is_marked(workspace, mark):  # before anything is opened: that would make a new workspace
        raise InputError(
            f"{where} see the workspace {root}. Give every worker that folder, shared, under the same path."
        )
    if open_store(workspace).fact(MARK) != mark:
        raise InputError(
            f"{where} use the same database. Give every worker the same {URL_VARIABLE} as the app."
        )
    _worker().run_job(root, job_id)


def mark(workspace: Workspace, store: Store) -> str:
    """What tells the folder and the database of this workspace from others; made once."""
    path = workspace.locks_dir() / MARK
    with workspace.lock("mark"):
        if not path.is_file():
            path.write_text(secrets.token_hex(8), encoding="ascii")
        text = path.read_text(encoding="ascii")
        if store.fact(MARK) != text:
            store.set_fact(MARK, text)
    return text


def _is_marked(workspace: Workspace, mark: str) -> bool:
    path = workspace.root / "locks" / MARK
    return path.is_file() and path.read_text(encoding="ascii") == mark


def has_gpu() -> bool:
    """Whether torch can use a GPU in this process."""
    import torch

    return torch.cuda.is_available()


def dask_setup(_worker_object: object) -> None:
    """Called by dask in a new worker process: get slow first times over with, in the background."""
    logs.set_up()
    threading.Thread(target=lambda: _worker().warm_up(), name="warm-up", daemon=True).start()


def _worker() -> ModuleType:
    return importlib.import_module("hilander.services.worker")
