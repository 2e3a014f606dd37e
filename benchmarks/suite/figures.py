"""Figures as SVG, the same file for the same figures: curves in panels, and groups of bars. Knows matplotlib, alone.

Colours are told apart by colour-blind readers too (Okabe and Ito); curves differ by marker as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^vP"
MARKS: tuple[dict[str, Any], ...] = (  # two at one place are both seen
    {"color": "#333333", "linestyle": "--", "linewidth": 1},
    {"color": "#E69F00", "linestyle": "-", "linewidth": 6, "alpha": 0.4},
)
STYLE: dict[str, Any] = {
    "svg.hashsalt": "hilander",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Panel:
    """One pair of axes: curves by name, each (x, y); marks are named places on the x axis."""

    title: str
    across: str
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    marks: Mapping[str, float] = field(default_factory=dict)
    whole: bool = False  # only whole numbers on the x axis
    log: bool = False  # both axes logarithmic; else values are shares of 1


@dataclass(frozen=True)
class Bars:
    """Groups of bars: group -> name -> value; every group has the same names."""

    title: str
    groups: Mapping[str, Mapping[str, float]]


def draw(parts: Sequence[Panel | Bars], up: str, path: Path) -> None:
    """Draw the parts side by side on one scale and write them as SVG."""
    with mpl.rc_context(STYLE):
        width = max(6.4, sum(max(3.6, 1.7 * groups_of(part)) for part in parts))
        figure = Figure(figsize=(width, 3.6), layout="constrained")
        every = figure.subplots(1, len(parts), sharey=True, squeeze=False)[0]
        for axes, part in zip(every, parts, strict=True):
            (_draw_curves if isinstance(part, Panel) else _draw_bars)(axes, part)
            axes.set_title(part.title, fontsize=10)
            if isinstance(part, Panel) and part.log:
                axes.loglog()
            else:
                axes.set_ylim(0, 1)
        every[0].set_ylabel(up)
        handles, names = every[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=min(len(names), int(width / 2.6)))
        figure.savefig(path, format="svg", metadata={"Date": None})


def groups_of(part: Panel | Bars) -> int:
    """How many names stand side by side under the axes."""
    return len(part.groups) if isinstance(part, Bars) else 0


def _draw_curves(axes: Axes, panel: Panel) -> None:
    looks = zip(COLOURS, MARKERS, strict=True)
    for (name, (x, y)), (colour, marker) in zip(panel.curves.items(), looks, strict=False):
        axes.plot(x, y, color=colour, marker=marker, markersize=4, label=name)
    for (name, place), look in zip(panel.marks.items(), MARKS, strict=False):
        axes.axvline(place, label=name, **look)
    axes.set_xlabel(panel.across)
    if panel.whole:
        axes.xaxis.get_major_locator().set_params(integer=True)


def _draw_bars(axes: Axes, bars: Bars) -> None:
    names = list(next(iter(bars.groups.values())))
    width = 0.8 / len(names)
    for i, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        places = [group + (i - (len(names) - 1) / 2) * width for group in range(len(bars.groups))]
        drawn = axes.bar(
            places, [values[name] for values in bars.groups.values()], width * 0.92, color=colour, label=name
        )
        axes.bar_label(drawn, fmt="%.2f", fontsize=7, padding=1)
    axes.set_xticks(range(len(bars.groups)), list(bars.groups))
    axes.grid(visible=False, axis="x")
