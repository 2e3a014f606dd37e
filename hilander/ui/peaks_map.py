"""The map of a cut's peaks."""

from __future__ import annotations

from hilander.ui.explored import Explored
from hilander.ui.projection_panel import projection_panel


def peaks_map(now: Explored) -> None:
    projection_panel(
        now,
        now.gallery.peaks,
        shows=f"peaks-{now.key}",
        what=f"peaks of level {now.level}" if now.cut.kind == "level" else "peaks",
        height=620,
        chosen=now.open_cluster,
    )
