"""The map of a cut: its peaks or all images, coloured, one cluster bright where the link names one.

&points=images&colour=doubt&bright=17 (or branch=17.2)&lasso=MARK.OUTLINE
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st

from hilander.errors import InputError
from hilander.hierarchy.branch import branch_of
from hilander.services import image_map
from hilander.services.door import projections
from hilander.ui import url
from hilander.ui.annotated import excluded
from hilander.ui.components import MapPoints, Scale, palette, point_map
from hilander.ui.explored import Explored
from hilander.ui.image_dialog import image_dialog
from hilander.ui.laid_out import Colour, Laid, laid, paint, wait_or_draw
from hilander.ui.projection_panel import image_tip
from hilander.ui.selection_panel import selection_panel
from hilander.ui.switch import switch
from hilander.ui.visit import visit
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count, escaped
from hilander.views.map_colours import EXCLUDED, FADED
from hilander.views.plane import inside, polygon_of, polygon_text

HEIGHT = 560
POINTS = {"peaks": "Peaks", "images": "All images"}
COLOURS: dict[Colour, str] = {
    "cluster": "Cluster",
    "label": "Known label",
    "density": "Density",
    "doubt": "Doubt",
}
POINTS_HELP = "Peaks: one point a cluster. All images: laid out once a run; above 50,000 a random sample."
COLOUR_HELP = (
    "**Cluster**, **Known label**: whatever lies near has another colour, so a colour tells neighbours apart and names "
    "nothing; grey: no label. **Density**: mean closeness of an image's neighbours, -1 to 1. **Doubt**: 1 - linkage "
    "probability, 0 to 1, of the link that holds the image (of a peak on the map of peaks: the cluster's weakest)."
)


@dataclass(frozen=True)
class Asked:
    """What the link asks for. which : "peaks" or "images";  key : of the projection;  shows : names what is laid out;
    bright : int (n,) a group of each image, and the group that is bright, or None;  outline : uint16 (c, 2) or None"""

    which: str
    by: Colour
    key: str
    shows: str
    bright: tuple[np.ndarray, int] | None
    outline: np.ndarray | None


def map_view(now: Explored) -> None:
    which, by = _switches(now)
    n = now.gallery.n_clusters if which == "peaks" else image_map.shown(now.hierarchy.n)
    bright = _bright(now)
    if n == 1:
        st.info("Only one: there is nothing to lay out.", icon=":material/image:")
        return
    key, shows = _request(now, which)
    asked = Asked(which, by, key, shows, bright, _outline(shows))
    dataset_id = now.dataset.row.id
    wait_or_draw(dataset_id, key, n, HEIGHT, lambda it: _draw(now, it, asked))
    if projections.is_there(visit(), dataset_id, key):
        it, outline = laid(dataset_id, key), asked.outline
        chosen = None if outline is None else it.rows[inside(it.places, outline)]
        selection_panel(now, chosen, peaks=which == "peaks")
    image_dialog(now)


def _switches(now: Explored) -> tuple[str, Colour]:
    """Which points, and what their colours say; both stand in the link."""
    colours = {name: told for name, told in COLOURS.items() if _can_show(now, name)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = switch("points", POINTS, label="Points", key="map-points", labelled=True, hint=POINTS_HELP)
        by = switch("colour", colours, label="Colour", key="map-colour", labelled=True, hint=COLOUR_HELP)
    return which, by


def _can_show(now: Explored, colour: Colour) -> bool:
    if colour == "label":
        return now.dataset.labels is not None
    return colour == "cluster" or now.hierarchy.n_levels > 0


def _request(now: Explored, which: str) -> tuple[str, str]:
    """The projection's key, and what names its layout in the browser."""
    if which == "images":
        key = projections.request_all(visit(), now.run_row.id)
    else:
        key = projections.request(visit(), now.dataset.row.id, now.gallery.peaks, noun="peaks")
    return key, f"{which}-{key}"


def _bright(now: Explored) -> tuple[np.ndarray, int] | None:
    """The cluster or the branch that the link names, in a line with the way back to all colours."""
    row, branch = url.whole("bright", what="the row number of an image"), url.text("branch")
    if row is None and branch is None:
        return None
    if row is not None:
        gallery, at = now.gallery, ""
    else:
        row, level = branch_of(branch or "")
        now.hierarchy.resolve(level)
        gallery, at = now.gallery_at(level), f" at level {level}"
    if row >= now.hierarchy.n:
        raise InputError(f"The link names image {row}, but there are {now.hierarchy.n:,}. Choose a cluster.")
    peak = gallery.peak_of(row)
    size = int(gallery.sizes[gallery.place_of(peak)])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = f"Bright: cluster of {count(size, 'image')}{at}, peak {escaped(now.id_of(peak))}"
        st.markdown(said, width="content")
        if not at:
            st.button("Open it", key="open-bright", on_click=now.open_cluster, args=(peak,), type="tertiary")
        st.button("All colours", key="all-colours", on_click=_all_colours, type="tertiary")
    return gallery.place, int(gallery.place[peak])


def _all_colours() -> None:
    url.put(bright=None, branch=None)


def _mark(shows: str) -> str:
    return hashlib.blake2b(shows.encode(), digest_size=4).hexdigest()


def _outline(shows: str) -> np.ndarray | None:
    """The outline that the link carries, if it was drawn on this very map."""
    mark, _, text = (url.text("lasso") or "").partition(".")
    return polygon_of(text) if mark == _mark(shows) else None


def _draw(now: Explored, it: Laid, asked: Asked) -> None:
    rerun_if_asked()
    colour = paint(asked.key, now.dataset.row.id, now.run_row.id, now.cut, asked.by)
    is_ramp = asked.by in ("density", "doubt")
    flags = np.zeros(len(it.rows), np.uint8)
    if asked.bright is not None:
        flags[asked.bright[0][it.rows] != asked.bright[1]] = FADED
    flags[np.isin(it.rows, excluded(now.run_row.id))] |= EXCLUDED
    points = MapPoints(
        it.places,
        codes=colour.codes | flags,
        palette={"density": palette.BLUE, "doubt": palette.ORANGE}.get(asked.by, palette.HUES),
        framed=True,
        scale=Scale(COLOURS[asked.by], colour.low, colour.high) if is_ramp else None,
    )
    what = count(len(it.rows), "peak" if asked.which == "peaks" else "image")
    legend = f"{'UMAP' if it.method == 'umap' else 'PCA'} of {what}"
    point_map(
        points,
        key="map",
        shows=asked.shows,
        label=f"{legend}. Arrow keys move between points, Enter opens, s draws around points, b marks a box.",
        legend=legend,
        height=HEIGHT,
        tip=lambda i: _tip(now, int(it.rows[i])),
        chosen=lambda i: whole_page(lambda row: _open(now, row))(int(it.rows[i])),
        lassoed=lambda flat: whole_page(lambda _: _select(asked.shows, flat))(0),
        lasso=asked.outline,
    )
    if it.note:
        st.caption(it.note)


def _open(now: Explored, row: int) -> None:
    """Open the image's cluster; back on the map it is the bright one."""
    peak = now.gallery.peak_of(row)
    url.put(bright=peak, branch=None)
    now.open_cluster(peak)


def _select(shows: str, flat: list[int]) -> None:
    url.put(lasso=f"{_mark(shows)}.{polygon_text(flat)}")


def _tip(now: Explored, row: int) -> tuple[str, ...]:
    size = int(now.gallery.sizes[now.gallery.place[row]])
    return image_tip(now, row, f"cluster of {count(size, 'image')}")
