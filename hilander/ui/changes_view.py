"""What this cut joined last, and what would be joined next: pairs of clusters, by how sure their link is."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from hilander.errors import InputError
from hilander.ui import kept, url
from hilander.ui.components import Figure, Pair, pair_list
from hilander.ui.explored import Explored
from hilander.ui.pairs import LEVEL_HELP, cluster_end, link_figures
from hilander.ui.sheets import sheet, sheet_steps
from hilander.ui.switch import switch
from hilander.ui.words import count, share
from hilander.views.changes import Joins, Step
from hilander.views.lineage import size_of

PER_SHEET = 12
DOUBT, SURE = ("doubt", "Least sure first"), ("sure", "Surest first")
PROB_HELP = "Shows only pairs whose link probability, 0 to 1, lies in this range."
NOTHING = {
    "last": "Nothing was joined to make this cut: every image is by itself. **What is next** shows what comes.",
    "next": "Nothing would be joined next: this is as coarse as the run goes.",
}


PAST = "This level is past the natural one: it joins the closest clusters, whatever the network thinks of their link."


class Side(NamedTuple):
    """What a pair shows on one side, and the cluster that a click opens.

    peak : of the cluster; with no size, an image in it;  level : to open it at; None: it is one of this cut
    """

    peak: int
    size: int | None
    level: int | None


def changes(now: Explored) -> None:
    """The view. Levels: between the level below and this one, or this one and the next."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        step: Step = (
            "next"
            if switch("changes", steps(now), label="Which", resets=("first", "prob")) == "next"
            else "last"
        )
        order = switch("first", dict([DOUBT, SURE] if step == "last" else [SURE, DOUBT]), label="Order")
        found = kept.changes(now, step)
        least, most = _range() if len(found) else (0.0, 1.0)
    if not len(found):
        st.info(NOTHING[step], icon=":material/merge:")
        return
    kept_in = found.between(least, most)
    st.markdown(told(now, step, found) + ("" if len(kept_in) == len(found) else f" {len(kept_in):,} shown."))
    if now.cut.kind == "level" and now.level + (step == "next") > now.hierarchy.natural_level:
        st.caption(PAST)
    first, last = sheet(len(kept_in), PER_SHEET)
    children = kept_in.page(first, last, surest_first=order == "sure").tolist()
    sides = [pair_of(now, child, step) for child in children]
    pair_list(
        [_pair(now, child, *both) for child, both in zip(children, sides, strict=True)],
        key="changes-pairs",
        label=f"Pairs {first + 1} to {last} of {len(kept_in):,}",
        chosen=lambda place, side: _open(now, sides[place][side]),
        empty="No pair has a link probability in this range. Widen it.",
    )
    sheet_steps(len(kept_in), PER_SHEET, key=f"changes-sheet-{now.key}-{step}")


def steps(now: Explored) -> dict[str, str]:
    """The two choices in the words of this kind of cut."""
    level = now.level
    if now.cut.kind == "links":
        return {"last": "What just holds", "next": "What is next"}
    if now.cut.kind == "mixed" or not 0 < level < now.hierarchy.n_levels:
        return {"last": "What was joined", "next": "What is next"}
    return {"last": f"Joined at level {level}", "next": f"Next, at level {level + 1}"}


def told(now: Explored, step: Step, found: Joins) -> str:
    """One sentence: how many, and how sure."""
    one = len(found) == 1
    pairs = (
        count(len(found), "link") if now.cut.kind == "links" and step == "last" else count(len(found), "pair")
    )
    does = {
        "last": "holds here" if one else "hold here",
        "next": "would be joined next" if now.cut.kind != "links" else "would hold with a lower threshold",
    }
    if now.cut.kind != "links":
        does["last"] = "was joined to make these clusters" if one else "were joined to make these clusters"
    sure = f"link probability {share(float(found.prob[0]))}"
    return f"**{pairs}** {does[step]}, {sure}" + ("." if one else f" to {share(float(found.prob[-1]))}.")


def pair_of(now: Explored, child: int, step: Step) -> tuple[Side, Side]:
    """The two clusters that an image's link joins, or joined."""
    h, into = now.hierarchy, int(now.hierarchy.parent[child])
    if step == "last" and now.cut.kind == "links":
        return Side(child, None, None), Side(into, None, None)
    if step == "last":
        level = int(h.merge_level[child]) - 1
        return (
            Side(child, size_of(h, child, level), level),
            Side(into, size_of(h, into, level), level),
        )
    return _here(now, child), _here(now, into)


def _open(now: Explored, side: Side) -> None:
    now.open_cluster(now.gallery.peak_of(side.peak) if side.level is None else side.peak, side.level)


def _here(now: Explored, image: int) -> Side:
    place = int(now.gallery.place[image])
    return Side(int(now.gallery.peaks[place]), int(now.gallery.sizes[place]), None)


def _pair(now: Explored, child: int, left: Side, right: Side) -> Pair:
    h, into = now.hierarchy, int(now.hierarchy.parent[child])
    head, cosine = link_figures(float(h.link_prob[child]), float(h.link_sim[child]))
    rest = [cosine]
    if now.cut.kind != "level":
        rest.append(Figure(f"level {h.merge_level[child]}", LEVEL_HELP))
    if into != right.peak:
        rest.append(
            Figure(f"by {now.id_of(into)}", "The linked image of the right cluster; its peak is shown")
        )
    ends = [cluster_end(now, it.peak, it.size, action="Open") for it in (left, right)]
    return Pair(ends[0], ends[1], head, float(h.link_prob[child]), tuple(rest))


def _range() -> tuple[float, float]:
    """The link probabilities asked for, from the URL, and the slider for them."""
    now = _range_in_link()

    def go(to: tuple[float, float]) -> None:
        url.put(prob=None if to == (0.0, 1.0) else f"{to[0]:g}-{to[1]:g}", sheet=None)

    st.slider(
        "Link probability",
        0.0,
        1.0,
        step=0.01,
        key="changes-prob",
        on_change=url.bind("changes-prob", now, go),
        help=PROB_HELP,
        width=240,
    )
    return now


def _range_in_link() -> tuple[float, float]:
    value = url.text("prob")
    if value is None:
        return 0.0, 1.0
    try:
        least, most = (float(part) for part in value.split("-"))
        if 0 <= least <= most <= 1:
            return least, most
    except ValueError:
        pass
    raise InputError(
        f"The link's prob should be two probabilities such as 0.2-0.6; got {value[:40]!r}. Set it on the page."
    )
