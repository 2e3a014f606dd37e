"""How to cut: by level or by links, and the cut that makes about so many clusters."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.hierarchy.cuts import Cut
from hilander.ui import opened, url
from hilander.ui.components import link_slider
from hilander.ui.components.link_slider import STEPS
from hilander.ui.explored import Explored
from hilander.ui.words import count
from hilander.views.recommend import nearest_level

WAYS = {"level": "Level", "links": "Link confidence"}
VERSUS_TAU = (
    "It only drops links already made; tau changes which links the network makes, and so later levels: "
    "that is a new run."
)
NOT_SHOWN = "No row of the table below is what is shown."
HELP = f"Cut at a level, or keep only the links that the network is sure enough of, whatever their level. {VERSUS_TAU}"


def cut_choice(now: Explored) -> None:
    """The two ways to cut, and the field for the number of clusters that one expects."""
    if now.hierarchy.n_levels == 0:
        return
    way, about = st.columns([1.6, 1], vertical_alignment="bottom", gap="small")
    changed = url.bind("cut-by", now.cut.kind if now.cut.kind in WAYS else None, partial(_go, now))
    way.segmented_control(
        "Cut by", list(WAYS), format_func=WAYS.__getitem__, key="cut-by", on_change=changed, help=HELP
    )
    key = f"about-{now.run_row.id}"
    with about.container(key="about-clusters"):
        st.number_input(
            "Clusters, about",
            min_value=1,
            value=None,
            step=1,
            key=key,
            placeholder="e.g. 300",
            help="How many clusters (identities) you expect: Enter goes to the level nearest to it, or, where the cut "
            "is by link confidence, to the nearest such cut.",
            on_change=lambda: _go_to_about(now, st.session_state[key]),
        )
    with st.container(gap=None):  # there even when empty, so that what follows keeps its place
        _other_way(now, st.session_state.get(key))


def recut(now: Explored) -> None:
    """The slider of link probability, in place of the level stepper."""
    counts, min_link = opened.link_counts(now.run_row.id), now.cut.min_link or 0.0
    with st.container(gap="xxsmall"):
        _title(now, "By links, not a level")
        link_slider(
            min_link,
            counts.clusters(min_link),
            counts.curve(STEPS),
            key="link-slider",
            chosen=lambda least: now.go_to_cut(Cut(now.level, min_link=least)),
        )
    st.caption(f"{VERSUS_TAU} {NOT_SHOWN}")


def mixed(now: Explored) -> None:
    """That branches are cut otherwise than at the level, and the way back."""
    branches = count(now.branches, "branch", "branches")
    with st.container(gap="xxsmall"):
        _title(now, f"Level {now.level}, {branches} cut otherwise")
        st.caption(f"{count(now.gallery.n_clusters, 'cluster')}. {NOT_SHOWN}")


def _title(now: Explored, title: str) -> None:
    words, back = st.columns([1.75, 1], vertical_alignment="center", gap="xsmall")
    words.subheader(title, anchor=False)
    back.button(
        f":primary[**Back to level {now.level}**]",
        key="back-to-level",
        type="tertiary",
        help="Show that level as it is, and step through levels again",
        on_click=partial(now.go_to_level, now.level),
    )


def _go(now: Explored, way: str | None) -> None:
    """To the other way of cutting: by links, with about as many clusters as there are now."""
    if way == "level":
        now.go_to_level(now.level)
    elif way == "links" and now.cut.kind != "links":
        now.go_to_cut(_by_links(now, now.gallery.n_clusters, now.level))


def _go_to_about(now: Explored, clusters: int | None) -> None:
    if clusters is None:
        return
    level = nearest_level(now.rows, clusters)
    if now.cut.kind == "links":
        now.go_to_cut(_by_links(now, clusters, level))
    else:
        now.go_to_level(level)


def _other_way(now: Explored, clusters: int | None) -> None:
    """At the level nearest to the number asked for: how near it is, and the cut by links that is nearer."""
    if clusters is None or now.cut.kind != "level" or now.level != nearest_level(now.rows, clusters):
        return
    cut = _by_links(now, clusters, now.level)
    links, here = opened.link_counts(now.run_row.id).clusters(cut.min_link or 0.0), now.gallery.n_clusters
    st.caption(f"Nearest level to {count(clusters, 'cluster')}: level {now.level}, with {here:,}.")
    if abs(links - clusters) < abs(here - clusters):
        st.button(
            f":primary[**Links of {cut.min_link:.9g} or more make {links:,}**]",
            key="take-links",
            type="tertiary",
            help="Cut by link confidence instead: nearer to the number that you gave",
            on_click=partial(now.go_to_cut, cut),
        )


def _by_links(now: Explored, clusters: int, level: int) -> Cut:
    return Cut(level, min_link=opened.link_counts(now.run_row.id).nearest(clusters))
