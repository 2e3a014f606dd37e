"""The table of levels, each row a way to that level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from hilander.ui.components.parts import hand_over, source

NATURAL = "natural"
NATURAL_HELP = "Where the network stopped finding links worth making: a good level to begin with."
COARSER = "coarser"
COARSER_HELP = (
    "Made by joining the closest clusters, a third a level; the network itself would keep them apart."
)

_mount = st.components.v2.component(
    "hilander_level_list",
    html='<div class="scroll"><table><thead></thead><tbody></tbody></table></div>\n',
    css=source("levels.css"),
    js=source("levels.js"),
)


@dataclass(frozen=True)
class Column:
    """name, help : head and its explanation;  wide : shown where the panel is wide only;  bars : bars, not texts."""

    name: str
    help: str
    wide: bool = False
    bars: bool = False


@dataclass(frozen=True)
class LevelLine:
    """One level.

    cells : one a column, texts or the heights of bars in [0, 1];  hover : said of the row on hover;
    starred : the recommended one
    """

    level: int
    natural: bool
    cells: tuple[str | tuple[float, ...], ...]
    coarser: bool = False
    starred: bool = False
    hover: str = ""


def level_list(
    lines: Sequence[LevelLine],
    columns: Sequence[Column],
    *,
    level: int | None,
    key: str,
    chosen: Callable[[int], None],
    stopped: str = "",
    star: str = "",
) -> None:
    """Draw the table; a click calls `chosen` with the level.

    level : the one shown, None when what is shown is no level
    stopped : why there is no natural level when the network did not decide where it is. Levels past it stand apart
    star : why the starred level is recommended
    """
    help_ = f"{stopped[:1].upper()}{stopped[1:]}: the network may have gone on." if stopped else NATURAL_HELP
    data = {
        "rows": [asdict(it) for it in lines],
        "columns": [asdict(column) for column in columns],
        "chosen": level,
        "mark": "stopped" if stopped else NATURAL,
        "markHelp": help_,
        "coarser": COARSER,
        "coarserHelp": COARSER_HELP,
        "star": star,
    }
    _mount(key=key, data=data, on_chosen_change=hand_over(key, chosen))
