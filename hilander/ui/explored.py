"""What the explorer shows right now, read from the URL and checked.

?dataset=ID&run=ID&level=2&mixed=17.1_5.3&cluster=17&view=map&page=3      ->      Explored

`links=0.8` or `recipe=ID` may stand in place of `mixed`; a recipe is written out as the cut that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut, changes_of, changes_text
from hilander.hierarchy.forest import Hierarchy
from hilander.hierarchy.run import Run
from hilander.services import access
from hilander.services.access import Action
from hilander.services.datasets import Dataset
from hilander.services.door import datasets, recipes, runs
from hilander.services.store import DatasetRow, RunRow
from hilander.ui import opened, url
from hilander.ui.visit import visit
from hilander.views.gallery import Gallery
from hilander.views.levels import LevelRow

GALLERY = "gallery"


@dataclass(frozen=True)
class Explored:
    """One run of one data set, cut somewhere, and maybe one of the clusters there (the row of its peak).

    `view` is one of `main_views.VIEWS`; `note` tells what of the link could not be taken literally. It outlives the
    drawing of a page, in parts that are drawn again; so it holds nothing opened, and each look is asked for anew.
    """

    dataset_row: DatasetRow
    of_run: RunRow
    cut: Cut
    cluster: int | None = None
    view: str = GALLERY
    page: int = 1
    note: str = ""

    @property
    def dataset(self) -> Dataset:
        return opened.dataset(self.dataset_row.id)

    @property
    def run(self) -> Run:
        return opened.run(self.of_run.id)

    @property
    def run_row(self) -> RunRow:
        """Asked like all the rest whether it may be seen: what is kept of a run is found under its id."""
        visit().check(Action.VIEW, access.run(self.of_run.id))
        return self.of_run

    @property
    def rows(self) -> list[LevelRow]:
        return opened.level_rows(self.dataset_row.id, self.of_run.id)

    @property
    def hierarchy(self) -> Hierarchy:
        return self.run.hierarchy

    @property
    def level(self) -> int:
        """The level that the cut is at, or was last at."""
        return self.cut.level

    @property
    def gallery(self) -> Gallery:
        """The clusters looked at."""
        return opened.gallery(self.run_row.id, self.cut)

    @property
    def branches(self) -> int:
        """How many branches are cut at another level than the rest."""
        return opened.branches(self.run_row.id, self.cut)

    @property
    def key(self) -> str:
        """What tells this data set, run and cut from any other, for widget keys."""
        cut = self.cut
        links = "" if cut.min_link is None else f"-links{cut.min_link}"
        return f"{self.run_row.id}-{cut.level}{links}-{changes_text(cut.changes)}".removesuffix("-")

    def gallery_at(self, level: int) -> Gallery:
        return opened.gallery(self.run_row.id, Cut(level))

    def id_of(self, row: int) -> str:
        return str(self.dataset.ids[row])

    def level_of(self, peak: int) -> int | None:
        """The level at which a cluster of this cut lies; None where it is cut by links."""
        if self.cut.kind == "links":
            return None
        return int(opened.applied(self.run_row.id, self.cut).at[peak]) if self.cut.changes else self.level

    def go_to_level(self, level: int) -> None:
        """Another level, whatever the cut was; an open cluster is followed up or down."""
        level = min(max(0, level), self.hierarchy.n_levels)
        cluster = None if self.cluster is None else int(self.hierarchy.lineage(self.cluster)[level])
        url.put(level=level, links=None, mixed=None, cluster=cluster, page=None, sheet=None)

    def go_to_cut(self, cut: Cut) -> None:
        """Another cut; an open cluster is followed, the page begins anew."""
        cluster = None
        if self.cluster is not None:
            cluster = opened.gallery(self.run_row.id, cut).peak_of(self.cluster)
        url.put(**(_written(cut) | {"cluster": cluster, "page": None, "sheet": None}))

    def open_cluster(self, peak: int, level: int | None = None) -> None:
        """Open a cluster of this cut, or of a level."""
        if level is None:
            url.put(cluster=int(peak), sheet=None)
        else:
            url.put(cluster=int(peak), level=level, links=None, mixed=None, sheet=None)

    def opener(self, level: int) -> Callable[[int], None]:
        """Callback for a grid of clusters of that level."""
        return lambda peak: self.open_cluster(peak, level)


def chosen_rows() -> tuple[DatasetRow, RunRow] | None:
    """Data set and run that the URL names; what it leaves open is the newest. None: nothing is clustered."""
    dataset_id, run_id = url.text("dataset"), url.text("run")
    if dataset_id is None and run_id is None:
        return opened.first_choice(url.carried("dataset"))
    run = runs.run(visit(), run_id) if run_id else None
    dataset = datasets.dataset(visit(), dataset_id or (run.dataset_id if run else ""))
    if run is None:
        run = next(iter(runs.runs(visit(), dataset.id)), None)
    if run is not None and run.dataset_id != dataset.id:
        raise InputError(
            f"Run {run.id} belongs to another data set than {dataset.name!r}. Choose one of its runs."
        )
    return None if run is None else (dataset, run)


def explored(dataset: DatasetRow, run_row: RunRow, views: Collection[str] = (GALLERY,)) -> Explored:
    """Everything the page needs; InputError says what in the link makes no sense. Completes the URL."""
    run = opened.run(run_row.id)
    recipe = _recipe(run_row.id)
    level, level_note = _level(run.hierarchy) if recipe is None else (recipe.level, "")
    cut = (recipe or _cut(level)).checked(run.hierarchy)
    cluster, cluster_note = _cluster(run.hierarchy, run_row.id, cut)
    note = " ".join(filter(None, (level_note, cluster_note)))
    view = url.text("view") or GALLERY
    page = page_number()
    written = {"level": level} if recipe is None else _written(recipe)
    url.put(**(written | {"dataset": dataset.id, "run": run_row.id, "cluster": cluster}))
    url.carry("dataset", dataset.id)
    opened.dataset(dataset.id)  # what is damaged is told here
    return Explored(dataset, run_row, cut, cluster, view if view in views else GALLERY, page, note)


def page_number() -> int:
    """The page of the view that the URL names, 1 where it names none."""
    return url.whole("page", what="a page number") or 1


def _level(hierarchy: Hierarchy) -> tuple[int, str]:
    """The level that the link names, or the nearest there is and a word about that."""
    value, last = url.text("level"), hierarchy.n_levels
    if value in (None, "natural", "last"):
        return hierarchy.resolve("last" if value == "last" else "natural"), ""
    level = url.whole("level", what=f"a number from 0 to {last}") or 0
    told = f"The link's level is {level}, but this run ends at level {last}: this is level {last}."
    return (level, "") if level <= last else (last, told)


def _written(cut: Cut) -> dict[str, str | int | None]:
    """A cut as parameters of the URL."""
    links = None if cut.min_link is None else f"{cut.min_link:.9g}"  # as many digits as a float32 has
    return {"level": cut.level, "links": links, "mixed": changes_text(cut.changes) or None, "recipe": None}


def _recipe(run_id: str) -> Cut | None:
    """The saved cut that the link names; what else it says of a cut does not count then."""
    recipe_id = url.text("recipe")
    return None if recipe_id is None else recipes.one(visit(), run_id, recipe_id).cut


def _cut(level: int) -> Cut:
    links, mixed = url.text("links"), url.text("mixed")
    if links is not None and mixed is not None:
        raise InputError(
            "The link has links and mixed; a cut is by one of them. Take one out, or begin from a level."
        )
    if links is None:
        return Cut(level, changes=changes_of(mixed or ""))
    try:
        return Cut(level, min_link=float(links))
    except (ValueError, InputError) as error:
        raise InputError(
            f"The link's links should be a probability from 0 to 1; got {links[:40]!r}. Choose it on the page."
        ) from error


def _cluster(hierarchy: Hierarchy, run_id: str, cut: Cut) -> tuple[int | None, str]:
    row = url.whole("cluster", what="the row number of an image")
    if row is None:
        return None, ""
    if row >= hierarchy.n:
        return (
            None,
            f"The link's cluster is row {row}, but there are {hierarchy.n:,} images: here are all clusters.",
        )
    peak = opened.gallery(run_id, cut).peak_of(row)
    where = f"at level {cut.level}" if cut.kind == "level" else "here"
    told = "" if peak == row else f"Row {row} is no peak {where}; this is the cluster it belongs to."
    return peak, told
