"""A cut as a report for people without access: one HTML file with its images inside.

    write_report(file, dataset, run_name=..., hierarchy=..., rows=..., cut=..., gallery=..., audit=...)

At most `CLUSTERS` clusters are shown, the largest first; a sentence tells of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import numpy as np

from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.forest import Hierarchy
from hilander.services.datasets import Dataset
from hilander.services.said import Annotations, Said
from hilander.views import report_page as page
from hilander.views.audit import Audit
from hilander.views.cut import short_words
from hilander.views.gallery import Gallery
from hilander.views.levels import LevelRow
from hilander.views.report import ReportCluster, Rest, report_clusters

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLUSTERS, STRIP, FEW_LEVELS = 2_000, 6, 8
COLUMNS = [
    ("Level", "0 is every image by itself; each level joins clusters of the one before"),
    ("Clusters", "Clusters at this level"),
    ("Single images", "Clusters of one image"),
    ("Largest", "Images in the largest cluster"),
    ("Median", "Images in the middle cluster, by size"),
    ("Weakest link", "Least link probability among the links that this level made, 0 to 1"),
]
SCORES = [
    ("Fp", "Pairwise F against the known labels, 0 to 1"),
    ("Fb", "BCubed F against the known labels, 0 to 1"),
    ("NMI", "Normalised mutual information with the known labels, 0 to 1"),
]


def write_report(
    file: IO[bytes],
    dataset: Dataset,
    *,
    run_name: str,
    hierarchy: Hierarchy,
    rows: Sequence[LevelRow],
    cut: Cut,
    gallery: Gallery,
    audit: Audit | None = None,
    excluded: NDArray[np.int64] | None = None,
    stopped: bool = False,
    said: Annotations | None = None,
) -> None:
    """Write the page, UTF-8, piece by piece.

    `stopped`: the run ended where it was asked to, not by itself. `said`: what people say of the run's clusters.
    """
    out = np.empty(0, np.int64) if excluded is None else excluded
    shown, rest = report_clusters(hierarchy, gallery, audit, excluded=out, at_most=CLUSTERS, strip=STRIP)
    clusters, images = len(shown) + rest.clusters, hierarchy.n - len(out)
    file.write(page.begin(f"{dataset.row.name}: {clusters:,} clusters").encode())
    told = short_words(cut, cut.applied(hierarchy).branches if cut.changes else 0)
    file.write(_head(dataset, run_name, told, len(out)).encode())
    file.write(_figures(clusters, images, shown, audit).encode())
    file.write(_levels(rows, cut, stopped).encode())
    told_of = {one.number: said.of_place(gallery, one.number) for one in shown} if said else {}
    for piece in _clusters(dataset, shown, rest, told_of):
        file.write(piece.encode())
    file.write(page.end().encode())


def left_out_words(excluded: int) -> str:
    """A sentence about excluded images, of which there is at least one."""
    return f"{excluded:,} excluded image{' is' if excluded == 1 else 's are'} left out."


def _head(dataset: Dataset, run_name: str, told: str, excluded: int) -> str:
    made = datetime.now(UTC).strftime("%d %b %Y, %H:%M UTC")
    left = f" {left_out_words(excluded)}" if excluded else ""
    return (
        f"<h1>{page.shown(dataset.row.name)}</h1>\n<p class=muted>{told} of the run "
        f"{page.shown(run_name)}, {dataset.n:,} images. Made with hilander, {made}.{left}</p>\n"
        "<p class=muted>A cluster's <b>peak</b> is its most typical image: it stands for all of them.</p>\n"
    )


def _figures(clusters: int, images: int, shown: Sequence[ReportCluster], audit: Audit | None) -> str:
    found = [
        ("Images", f"{images:,}", "Images in the clusters"),
        ("Clusters", f"{clusters:,}", "Clusters of this cut"),
        ("Largest", f"{shown[0].size if shown else 0:,} images", "Images in the largest cluster"),
    ]
    if audit is not None:
        figures = (audit.scores.Fp, audit.scores.Fb, audit.scores.NMI)
        found += [(name, f"{it:.2f}", told) for (name, told), it in zip(SCORES, figures, strict=True)]
        found.append(
            ("Split identities", f"{audit.identities.n_broken:,}", "Identities in more than one cluster")
        )
        found.append(("Mixed clusters", f"{audit.clusters.n_broken:,}", "Clusters of more than one identity"))
    return page.figures(found)


def _levels(rows: Sequence[LevelRow], cut: Cut, stopped: bool) -> str:
    labelled = rows[0].scores is not None
    mark = "stopped" if stopped else "natural"
    lines = (
        (_cells(row), mark if row.natural else "", cut.kind == "level" and row.level == cut.level)
        for row in rows
    )
    caption = (
        "The run was stopped at the marked level, as asked."
        if stopped
        else "The natural level is where the network stopped finding links worth making."
    )
    table = page.table([*COLUMNS, *SCORES] if labelled else COLUMNS, lines, caption)
    summary = f"Levels: {len(rows):,}, from {rows[0].clusters:,} to {rows[-1].clusters:,} clusters"
    return page.folding(summary, table, is_open=len(rows) <= FEW_LEVELS)


def _cells(row: LevelRow) -> list[str]:
    counts = [f"{it:,}" for it in (row.level, row.clusters, row.singletons, row.largest)]
    weakest = "–" if row.weakest_link is None else f"{row.weakest_link:.2f}"
    scores = [] if row.scores is None else [row.scores.Fp, row.scores.Fb, row.scores.NMI]
    return [*counts, f"{row.median_size:,.1f}".removesuffix(".0"), weakest, *(f"{it:.2f}" for it in scores)]


def _clusters(
    dataset: Dataset, shown: Sequence[ReportCluster], rest: Rest, said: Mapping[int, Said | None]
) -> Iterator[str]:
    yield "<h2>Clusters, largest first</h2>\n"
    if rest.clusters:
        yield (
            f"<p class=muted>The {len(shown):,} largest are shown. The other {rest.clusters:,} hold {rest.images:,} "
            f"images, {rest.singles:,} of them single images; the table of the cut (CSV) has them all.</p>\n"
        )
    yield page.filter_bar(len(shown))
    yield '<div class="cards">\n'
    for cluster in shown:
        yield _card(dataset, cluster, said.get(cluster.number))
    yield "</div>\n"


def _card(dataset: Dataset, cluster: ReportCluster, said: Said | None) -> str:
    peak, thumbs = str(dataset.ids[cluster.peak]), dataset.thumbs
    lines, find = [page.shown(peak)], peak
    if cluster.identity is not None and dataset.labels is not None:
        label = str(dataset.labels.class_names[cluster.identity])
        lines.append(f"{page.shown(label)} · purity {cluster.purity:.2f}")
        find = f"{peak}\n{label}"
    if cluster.weakest is not None:
        lines.append(f"weakest link {cluster.weakest:.2f}")
    title = f"#{cluster.number} · {cluster.size:,} image{'' if cluster.size == 1 else 's'}"
    if said is not None:
        title, find = f"{said.name} · {title}" if said.name else title, f"{find}\n{said.name}"
        lines += [page.shown(text) for text in (said.mark, said.note) if text]
    pictures = dataset.names is not None
    return page.card(
        title=title,
        lines=lines,
        find=find,
        size=cluster.size,
        peak=thumbs.data_url(cluster.peak, "large") if pictures else "",
        peak_name=peak,
        strip=[thumbs.data_url(row) for row in cluster.strip] if pictures else [],
        more=cluster.more if pictures else 0,
    )
