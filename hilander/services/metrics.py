"""Figures for an operator, in Prometheus' text format: jobs, memory, disk, and whether the database answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hilander.services import health, job_list
from hilander.services.store import ENDED, Store, open_store
from hilander.services.workspace import Workspace

TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("queued", "running", *sorted(ENDED))


@dataclass
class _Metric:
    """One name; each sample is (suffix of the name, labels, value)."""

    name: str
    kind: str
    help: str
    samples: list[tuple[str, Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float, suffix: str = "", **labels: str) -> None:
        self.samples.append((suffix, labels, value))

    def lines(self) -> Iterable[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for suffix, labels, value in self.samples:
            inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"{self.name}{suffix}{f'{{{inside}}}' if inside else ''} {value:.15g}"


def metrics(workspace: Workspace, app_memory: int | None = None) -> str:
    """All figures. Where the database does not answer, those that need it are left out and that is told.

    app_memory : bytes of the server's process, if it is known
    """
    found = {check.name: check for check in health.checks(workspace)}
    up = _Metric("hilander_up", "gauge", "1 where all that work needs is there, by check.")
    for check in found.values():
        up.add(float(check.ok), check=check.name)
    made = [up]
    if workspace.root.is_dir():
        made.append(_disk(workspace))
    if "jobs" in found:
        store = open_store(workspace)
        made += [_jobs(store), _seconds(store), _memory(store, app_memory)]
    return "\n".join(line for metric in made for line in metric.lines()) + "\n"


def _disk(workspace: Workspace) -> _Metric:
    usage = shutil.disk_usage(workspace.root)
    metric = _Metric("hilander_workspace_disk_bytes", "gauge", "The file system that the workspace is on.")
    for state, value in (("total", usage.total), ("used", usage.used), ("free", usage.free)):
        metric.add(value, state=state)
    return metric


def _jobs(store: Store) -> _Metric:
    counts = store.count_jobs()
    metric = _Metric(
        "hilander_jobs", "gauge", "Jobs that are listed, by state; queued is the queue's length."
    )
    for state in STATES:
        metric.add(counts.get(state, 0), state=state)
    return metric


def _seconds(store: Store) -> _Metric:
    metric = _Metric(
        "hilander_job_seconds", "summary", "Jobs that ended since the store is there, and their time."
    )
    for total in store.totals():
        metric.add(total.count, "_count", kind=total.kind, state=total.state)
        metric.add(total.seconds, "_sum", kind=total.kind, state=total.state)
    return metric


def _memory(store: Store, app_memory: int | None) -> _Metric:
    metric = _Metric("hilander_memory_bytes", "gauge", "Resident memory of hilander's processes.")
    if app_memory is not None:
        metric.add(app_memory, process="app", name="")
    for host in job_list.living_hosts(store):
        metric.add(host.memory, process="jobs", name=host.name)
        for name, value in host.workers.items():
            metric.add(value, process="worker", name=name)
    return metric


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
