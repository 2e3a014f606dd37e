"""The workers that jobs run on: a worker process of our own, and what room those of somebody's cluster have.

With host.py, the only modules that know dask.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dask
from distributed import LocalCluster
from distributed.security import Security

from hilander.services import queue, tasks
from hilander.services.certificate import own_certificate
from hilander.services.workspace import Workspace

GPU_FILES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
_ROLES = ("client", "scheduler", "worker")
GPU = "GPU"  # dask's name for it: dask worker --resources GPU=1


def may_have_gpu() -> bool:
    """Whether it is worth asking torch."""
    return any(Path(path).exists() for path in GPU_FILES)


def room(workers: Mapping[str, Mapping[str, Any]], limit: int) -> queue.Room:
    """What may run at once on a cluster: `limit` long jobs a machine, as far as its workers have threads.

    workers : address and what dask's scheduler says of it: host, nthreads, resources
    """
    machines = {worker["host"] for worker in workers.values()}
    threads = sum(worker["nthreads"] for worker in workers.values())
    gpus = sum(int(worker["resources"].get(GPU, 0)) for worker in workers.values())
    return queue.Room(min(limit * len(machines), threads), gpus or None)


def local_cluster(workspace: Workspace, limit: int) -> LocalCluster:
    """One worker process on this machine, with a thread for every job that may run at once.

    Dask unpickles, that is runs, what it receives, so nobody else on the machine may connect: both ends show
    a certificate made for this cluster alone, and kept in memory.
    """
    # By default dask's workers get one computing thread each; ours is alone on the machine.
    dask.config.set({"distributed.nanny.pre-spawn-environ": {"PYTHONUNBUFFERED": "1"}})
    # A killed worker is started again; by default it is given up where that takes longer than 15 s.
    dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"})
    return LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1,
        threads_per_worker=limit + len(queue.BESIDE) + 1,  # one for small questions
        processes=True,
        host="127.0.0.1",
        security=_security(),
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        memory_limit=0,
        preload=tasks.__name__,
        local_directory=str(workspace.cache_dir() / "dask"),
        silence_logs=logging.WARNING,
    )


def _security() -> Security:
    """Both ends of every connection show one certificate, and accept no other."""
    certificate, key = own_certificate()
    ends = {f"tls_{role}_{what}": it for role in _ROLES for what, it in (("cert", certificate), ("key", key))}
    return Security(require_encryption=True, tls_ca_file=certificate, **ends)  # type: ignore[no-untyped-call]
