"""Told quietly: the data of a run are unlike what its checkpoint was trained on. Words and one small plot.

Put away for this visit when dismissed. Colours are the theme's, light or dark.
"""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from hilander.hierarchy.run import Run
from hilander.model.shift import Shift
from hilander.ui import url
from hilander.ui.explored import Explored
from hilander.ui.words import escaped
from hilander.views.shift import UNTOLD, Beside, Told, beside, told

HEIGHT = 136  # px
ADVICE = (
    "Compare the levels by eye or answer 20 questions before you trust one, or train on labels of your own."
)


def over_explorer(now: Explored) -> None:
    """A box with the plot where the data are far, one line where they are somewhat unlike; else nothing."""
    shift = _shift_of(now.run)
    words = shift and told(shift)
    key = f"shift-dismissed-{now.run_row.id}"
    if not shift or not words or shift.verdict == "home" or st.session_state.get(key):
        return
    with st.container(border=shift.verdict == "far", key="shift"):
        if shift.verdict == "far":
            said, drawn, close = st.columns([5, 4, 1], gap="medium", vertical_alignment="center")
            with said:
                _said(words)
            with drawn:
                _plot(shift)
            with close:
                _dismiss(key)
        else:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.caption(f":material/compare_arrows: {_headline(words)}", width="content")
                with st.popover("How they differ"):
                    _said(words, headline=False)
                    _plot(shift)
                _dismiss(key)


def of_finished(run: Run) -> None:
    """Below a clustering that just ended: the same words, and the plot where the data are far."""
    shift = _shift_of(run)
    words = shift and told(shift)
    if shift and shift.verdict == "untold":
        st.caption(f"{UNTOLD.capitalize()}.")
    elif shift and words and shift.verdict == "far":
        with st.container(key="shift"):
            _said(words)
            _plot(shift)
    elif words:
        st.caption(_headline(words) + (f" {_how(words)}" if words.how else ""))


def _shift_of(run: Run) -> Shift | None:
    """What the run says of it; None for runs made before this was asked, or something else in its place."""
    try:
        return Shift.from_dict(run.meta["shift"])
    except (KeyError, ValueError):
        return None


def _said(words: Told, *, headline: bool = True) -> None:
    with st.container(gap="xxsmall"):
        if headline:
            st.markdown(f":orange[:material/compare_arrows:] **{_headline(words)}**")
        st.markdown(_how(words))
        st.caption(ADVICE)


def _headline(words: Told) -> str:
    return f"These embeddings are {words.headline}."


def _how(words: Told) -> str:
    return escaped(words.how[:1].upper() + words.how[1:]) + "." if words.how else ""


def _dismiss(key: str) -> None:
    st.button(
        "Dismiss",
        icon=":material/close:",
        key="dismiss-shift",
        type="tertiary",
        help="Put this away until the page is opened anew.",
        on_click=url.held(st.session_state.__setitem__, key, True),
    )


def _plot(shift: Shift) -> None:
    curves = beside(shift)
    if curves is None:
        return
    training = f"training (nearest of {shift.sets} sets)" if shift.sets > 1 else "training"
    st.plotly_chart(
        _figure(curves, training),
        key="shift-plot",
        config={"displayModeBar": False, "staticPlot": True},
        alt=f"Distribution of the {curves.name}: this data against {training}.",
    )


def _figure(curves: Beside, training: str) -> go.Figure:
    figure = go.Figure()
    for name, y, dash in ((training, curves.training, "dot"), ("this data", curves.data, "solid")):
        line = {"dash": dash, "width": 2, "shape": "spline", "smoothing": 0.6}
        figure.add_scatter(x=curves.x, y=y, name=name, mode="lines", line=line, fill="tozeroy")
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 20, "b": 40},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    figure.update_xaxes(title_text=curves.axis, title_standoff=2, nticks=6, showgrid=False, automargin=False)
    figure.update_yaxes(visible=False, rangemode="tozero")
    return figure
