"""From links and clusters to the pairs that the list of pairs draws, every figure with its explanation."""

from __future__ import annotations

from collections.abc import Sequence

from hilander.ui.cards import label_of
from hilander.ui.components import End, Figure, Pair
from hilander.ui.explored import Explored
from hilander.ui.words import count, signed
from hilander.views.why import Links, densities

STRIP = 4
LINK_HELP = "Link probability, 0 to 1: how sure the network is that the two images belong together"
COSINE_HELP = "Cosine similarity of the two images' embeddings, -1 to 1; 1 is the same direction"
DENSITY_HELP = (
    "Densities (-1 to 1, no unit) of the two images when the link was chosen: high where neighbours are alike and "
    "surely belong together"
)
LARGER_HELP = (
    "The level that made this link. It leads to the larger of two close clusters, not to the denser image: so it "
    "is past the natural level, and with some networks from level 2 on"
)
HANG_HELP = "Cut this link, and of the cluster's {:,} images so many split off, with the left one"
LEVEL_HELP = "The level that made this link"


def link_figures(prob: float, cosine: float) -> tuple[Figure, Figure]:
    """How sure, and how alike."""
    return Figure(f"link {prob:.2f}", LINK_HELP), Figure(f"cosine {signed(cosine)}", COSINE_HELP)


def link_pairs(now: Explored, links: Links, size: int) -> list[Pair]:
    """A page of a cluster's links, for a cluster of `size` images."""
    dense, natural = densities(now.hierarchy, links), now.hierarchy.natural_level
    found = []
    for i, (child, into) in enumerate(zip(links.child.tolist(), links.into.tolist(), strict=True)):
        behind, larger = int(links.behind[i]), links.level[i] > natural or dense[i, 1] < dense[i, 0]
        head, cosine = link_figures(links.prob[i], links.sim[i])
        density = f"density {signed(dense[i, 0])} → {signed(dense[i, 1])}"
        level = f"level {links.level[i]}" + (", to the larger" if larger else "")
        hang = f"{count(behind, 'image')} {'hangs' if behind == 1 else 'hang'} on it"
        rest = (
            cosine,
            Figure(density, DENSITY_HELP),
            Figure(level, LARGER_HELP if larger else LEVEL_HELP),
            Figure(hang, HANG_HELP.format(size)),
        )
        found.append(Pair(image_end(now, child), image_end(now, into), head, float(links.prob[i]), rest))
    return found


def image_end(now: Explored, row: int) -> End:
    """One image, which a click opens."""
    name, label = now.id_of(row), label_of(now.dataset, row)
    return End(
        image=now.dataset.thumbs.data_url(row, "large"),
        title=label or name,
        hover=f"Open this image: {name}" + (f" · {label}" if label else ""),
    )


def cluster_end(
    now: Explored,
    peak: int,
    size: int | None,
    *,
    action: str = "",
    strip: Sequence[int] = (),
    clickable: bool = True,
) -> End:
    """A cluster, by its peak; no size where none is known."""
    name, label = now.id_of(peak), label_of(now.dataset, peak)
    thumbs = now.dataset.thumbs
    return End(
        image=thumbs.data_url(peak, "large"),
        title=label or name if size is None else count(size, "image"),
        note="" if size is None else label or name,
        hover=f"Peak: {name}" + (f" · {label}" if label else ""),
        strip=tuple(thumbs.data_url(row) for row in strip),
        action=action,
        clickable=clickable,
    )
