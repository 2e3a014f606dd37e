"""The clusters of this cut nearest to the open one, each beside it: should these be one?"""

from __future__ import annotations

import streamlit as st

from hilander.ui import kept
from hilander.ui.components import Figure, Pair, pair_list
from hilander.ui.explored import Explored
from hilander.ui.pairs import STRIP, cluster_end
from hilander.ui.words import signed
from hilander.views.nearest import NearCluster

NEAREST = 8
MEANS_HELP = (
    "Cosine similarity of the two clusters' mean embeddings, -1 to 1 (over at most 200 images of each)"
)
PEAKS_HELP = "Cosine similarity of the two peaks' embeddings, -1 to 1"
JOINED_HELP = "The first level at which these two are one cluster"
NEVER_HELP = "No level of this run has these two in one cluster"


def nearest(now: Explored, peak: int) -> None:
    found = kept.nearest(now, peak, NEAREST)
    if not found:
        st.info("This is the only cluster: there is none to compare it with.", icon=":material/hub:")
        return
    st.markdown("**Should these be one?** The nearest clusters, each beside this one, most alike first.")
    pair_list(
        [_pair(now, peak, it) for it in found],
        key="nearest",
        label="Nearest clusters",
        chosen=lambda place, side: now.open_cluster(found[place].peak),
    )


def _pair(now: Explored, peak: int, other: NearCluster) -> Pair:
    size = len(now.gallery.rows(now.gallery.place_of(peak)))
    joined = (
        Figure("never joined", NEVER_HELP)
        if other.joined is None
        else Figure(f"joined at level {other.joined}", JOINED_HELP)
    )
    return Pair(
        cluster_end(now, peak, size, strip=_strip(now, peak), clickable=False),
        cluster_end(now, other.peak, other.size, strip=_strip(now, other.peak), action="Open"),
        Figure(f"alike {signed(other.means)}", MEANS_HELP),
        max(0.0, other.means),
        (Figure(f"peaks {signed(other.peaks)}", PEAKS_HELP), joined),
    )


def _strip(now: Explored, peak: int) -> tuple[int, ...]:
    return now.gallery.card(now.gallery.place_of(peak), strip=STRIP).strip
