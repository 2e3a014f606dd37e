"""The curves of a training: losses, and scores of the identities held out. Colours are the theme's, light or dark."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from hilander.views.learning import Curve, Learning

HEIGHT = 250  # px
FEW = 30  # epochs; more are drawn without markers
MARK = "#808a87"  # seen on light and on dark
LOG_TICKS = [step * 10.0**power for power in range(-6, 4) for step in (1, 2, 5)]
DASHES = ("solid", "dash", "dot")  # told apart without colours too


def curves(learned: Learning, *, key: str, validated: bool) -> None:
    """Both charts side by side; one where there is no validation. Nothing before there are lines to draw."""
    if not learned.losses or len(learned.losses[0].x) < 2:
        return
    panels: list[tuple[str, list[Curve], int | None]] = [("Loss", learned.losses, None)]
    if validated:
        panels.append(("Score on identities held out", learned.scores, learned.best_epoch))
    for column, (title, lines, best) in zip(st.columns(len(panels), gap="small"), panels, strict=True):
        with column:
            said = f" · best after epoch {best:,}" if best else ""
            st.markdown(f"**{title}**{said}")
            if not lines:
                st.caption("The first score comes soon.")
                continue
            st.plotly_chart(
                _figure(lines, best, is_loss=lines is learned.losses),
                key=f"{key}-{title}",
                config={"displayModeBar": False},
                alt=f"{title} after each epoch: {', '.join(line.name for line in lines)}.",
            )


def _figure(lines: Sequence[Curve], best: int | None, *, is_loss: bool) -> go.Figure:
    figure = go.Figure()
    for line, dash in zip(lines, DASHES, strict=False):
        figure.add_scatter(
            x=line.x,
            y=line.y,
            name=line.name,
            mode="lines+markers" if len(line.x) <= FEW else "lines",
            line={"dash": dash, "width": 2},
            hovertemplate="%{y:.4f}" if is_loss else "%{y:.3f}",
        )
    if best is not None:
        figure.add_vline(x=best, line={"dash": "dot", "width": 1, "color": MARK})
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
        uirevision="same",  # what somebody zoomed to stays while epochs come in
        showlegend=True,
    )
    last = max((line.x[-1] for line in lines), default=1)
    figure.update_xaxes(
        title_text="epoch", rangemode="tozero", tickformat=",d", dtick=1 if last <= 10 else None
    )
    if is_loss:
        figure.update_yaxes(type="log", tickvals=LOG_TICKS, ticktext=[f"{tick:g}" for tick in LOG_TICKS])
    return figure
