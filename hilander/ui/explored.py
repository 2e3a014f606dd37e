"""What the explorer shows right now, read from the URL and checked.

?dataset=ID&run=ID&level=2&cluster=17&view=map&page=3      ->      Explored
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hilander.errors import InputError
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.run import Run
from hilander.services.datasets import Dataset
from hilander.services.store import DatasetRow, RunRow
from hilander.ui import opened, url
from hilander.views.gallery import LevelGallery
from hilander.views.levels import LevelRow

GALLERY, MAP = "gallery", "map"


@dataclass(frozen=True)
class Explored:
    """One run of one data set at one level, and maybe one of its clusters (the row of its peak).

    `note` tells what of the link could not be taken literally.
    """

    dataset: Dataset
    run_row: RunRow
    run: Run
    rows: list[LevelRow]
    level: int
    cluster: int | None = None
    view: str = GALLERY
    page: int = 1
    note: str = ""

    @property
    def hierarchy(self) -> Hierarchy:
        return self.run.hierarchy

    @property
    def gallery(self) -> LevelGallery:
        return opened.gallery(self.run_row.id, self.level)

    @property
    def key(self) -> str:
        """What tells this data set, run and level from any other, for widget keys."""
        return f"{self.run_row.id}-{self.level}"

    def gallery_at(self, level: int) -> LevelGallery:
        return opened.gallery(self.run_row.id, level)

    def id_of(self, row: int) -> str:
        return str(self.dataset.ids[row])

    def go_to_level(self, level: int) -> None:
        """Another level; an open cluster is followed up or down."""
        level = min(max(0, level), self.hierarchy.n_levels)
        cluster = None if self.cluster is None else int(self.hierarchy.lineage(self.cluster)[level])
        url.put(level=level, cluster=cluster, page=None)

    def open_cluster(self, peak: int, level: int | None = None) -> None:
        url.put(cluster=int(peak), level=self.level if level is None else level)

    def opener(self, level: int) -> Callable[[int], None]:
        """Callback for a grid of clusters of that level."""
        return lambda peak: self.open_cluster(peak, level)


def chosen_rows() -> tuple[DatasetRow, RunRow] | None:
    """Data set and run that the URL names; what it leaves open is the newest. None: nothing is clustered."""
    dataset_id, run_id = url.text("dataset"), url.text("run")
    if dataset_id is None and run_id is None:
        return opened.first_choice(url.carried("dataset"))
    run = opened.store().run(run_id) if run_id else None
    if run_id and run is None:
        raise InputError(f"There is no run {run_id[:40]!r} (deleted?). Choose another one.")
    dataset = opened.store().dataset(dataset_id or (run.dataset_id if run else ""))
    if dataset is None:
        raise InputError(f"There is no data set {(dataset_id or '')[:40]!r} (deleted?). Choose another one.")
    if run is None:
        run = next(iter(opened.store().runs(dataset.id)), None)
    if run is not None and run.dataset_id != dataset.id:
        raise InputError(
            f"Run {run.id} belongs to another data set than {dataset.name!r}. Choose one of its runs."
        )
    return None if run is None else (dataset, run)


def explored(dataset: DatasetRow, run_row: RunRow) -> Explored:
    """Everything the page needs; InputError says what in the link makes no sense. Completes the URL."""
    run = opened.run(run_row.id)
    level, level_note = _level(run.hierarchy)
    cluster, cluster_note = _cluster(run.hierarchy, level)
    note = " ".join(filter(None, (level_note, cluster_note)))
    view = MAP if url.text("view") == MAP else GALLERY
    page = url.whole("page", what="a page number") or 1
    url.put(dataset=dataset.id, run=run_row.id, level=level, cluster=cluster)
    url.carry("dataset", dataset.id)
    rows = opened.level_rows(dataset.id, run_row.id)
    return Explored(opened.dataset(dataset.id), run_row, run, rows, level, cluster, view, page, note)


def _level(hierarchy: Hierarchy) -> tuple[int, str]:
    """The level that the link names, or the nearest there is and a word about that."""
    value, last = url.text("level"), hierarchy.n_levels
    if value in (None, "natural", "last"):
        return hierarchy.resolve("last" if value == "last" else "natural"), ""
    level = url.whole("level", what=f"a number from 0 to {last}") or 0
    told = f"The link's level is {level}, but this run ends at level {last}: this is level {last}."
    return (level, "") if level <= last else (last, told)


def _cluster(hierarchy: Hierarchy, level: int) -> tuple[int | None, str]:
    row = url.whole("cluster", what="the row number of an image")
    if row is None:
        return None, ""
    if row >= hierarchy.n:
        return (
            None,
            f"The link's cluster is row {row}, but there are {hierarchy.n:,} images: here are all clusters.",
        )
    peak = int(hierarchy.lineage(row)[level])
    told = "" if peak == row else f"Row {row} is no peak at level {level}; this is the cluster it belongs to."
    return peak, told
