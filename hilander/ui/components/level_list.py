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
class LevelLine:
    level: int
    natural: bool
    cells: tuple[str, ...]
    coarser: bool = False


def level_list(
    lines: Sequence[LevelLine],
    columns: Sequence[tuple[str, str]],
    *,
    level: int,
    key: str,
    chosen: Callable[[int], None],
    stopped: str = "",
) -> None:
    """Draw the table (columns: name and its explanation); a click calls `chosen` with the level.

    `stopped` says why there is no natural level when the network did not decide where it is. Levels past it stand
    apart.
    """
    help_ = f"{stopped[:1].upper()}{stopped[1:]}: the network may have gone on." if stopped else NATURAL_HELP
    data = {
        "rows": [asdict(it) for it in lines],
        "columns": [list(column) for column in columns],
        "chosen": level,
        "mark": "stopped" if stopped else NATURAL,
        "markHelp": help_,
        "coarser": COARSER,
        "coarserHelp": COARSER_HELP,
    }
    _mount(key=key, data=data, on_chosen_change=hand_over(key, chosen))
