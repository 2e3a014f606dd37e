"""The demo data sets, imported and clustered once, so that the first visit shows something.

`python -m hilander.services.demo` does it in this process, jobs.submit_demo() in the job process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from hilander.config import ClusterConfig
from hilander.demo.sets import DemoSet, demo_sets
from hilander.hierarchy.build import Progress
from hilander.io.atomic import remove
from hilander.services import logs
from hilander.services.clustering import cluster_dataset
from hilander.services.datasets import ImportProgress, UploadReport, import_dataset
from hilander.services.people import LOCAL
from hilander.services.store import DEMO_MADE, EVERYBODY, ShareRow, Store, now, open_store
from hilander.services.workspace import Workspace, default_workspace

ProgressCallback = Callable[[str, float], None]


def ensure_demo(
    workspace: Workspace | None = None,
    store: Store | None = None,
    progress: ProgressCallback | None = None,
) -> list[str]:
    """Import and cluster each demo set that was never made; ids of all (data set and run "demo-NAME").

    A set that the user deleted stays deleted. Two processes: the second waits for the first.
    `progress` gets (what is being done, share of everything done) and may raise Cancelled.
    """
    workspace = workspace or default_workspace()
    store = store or open_store(workspace)
    sets = demo_sets()
    with workspace.lock("demo"):
        for number, demo in enumerate(sets):
            if store.fact(_made(demo.name)) is None:
                _make(workspace, store, demo, _Share(progress, demo.title, number, len(sets)))
                store.set_fact(_made(demo.name), "yes")
        store.set_fact(DEMO_MADE, ", ".join(demo.name for demo in sets))
    return [demo_id(demo.name) for demo in sets]


def demo_id(name: str) -> str:
    return f"demo-{name}"


def _made(name: str) -> str:
    return f"made:{demo_id(name)}"


class _Share:
    """Gives each demo set its part of the progress: half for its import, half for its clustering."""

    def __init__(self, callback: ProgressCallback | None, title: str, number: int, of: int) -> None:
        self._callback, self._title, self._number, self._of = callback, title, number, of

    def importing(self, progress: ImportProgress) -> None:
        self._tell(f"Reading {self._title}", 0.5 * progress.fraction)

    def clustering(self, progress: Progress) -> None:
        self._tell(f"Clustering {self._title}", 0.5 + 0.5 * (progress.stage == "done"))

    def _tell(self, text: str, fraction: float) -> None:
        if self._callback is not None:
            self._callback(text, (self._number + fraction) / self._of)


def _make(workspace: Workspace, store: Store, demo: DemoSet, share: _Share) -> None:
    """Either step may have been done before by a process that was killed after it."""
    identity = demo_id(demo.name)
    if store.dataset(identity) is None:
        remove(workspace.dataset_dir(identity))
        files = UploadReport(demo.embeddings, demo.images, demo.labels)
        import_dataset(workspace, store, files, demo.title, dataset_id=identity, progress=share.importing)
    store.share(ShareRow(identity, "all", EVERYBODY, "view", now(), LOCAL.id))
    if store.run(identity) is None:
        remove(workspace.run_dir(identity))
        cluster_dataset(
            workspace, store, identity, ClusterConfig(), run_id=identity, progress=share.clustering
        )


if __name__ == "__main__":
    logs.set_up()
    logging.getLogger("hilander.services.demo").info("Demo data sets are there: %s", ", ".join(ensure_demo()))
