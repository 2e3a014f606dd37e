"""The table of levels, each row a way to that level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from hilander.ui.components.parts import hand_over, source

NATURAL = "natural"
NATURAL_HELP = "Where the network stopped finding links worth making: a good level to begin with."

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

    `stopped` says why the last level is the last when the network did not decide that it is.
    """
    help_ = (
        f"{stopped[:1].upper()}{stopped[1:]}: more levels may have been found." if stopped else NATURAL_HELP
    )
    data = {
        "rows": [{"level": it.level, "natural": it.natural, "cells": list(it.cells)} for it in lines],
        "columns": [list(column) for column in columns],
        "chosen": level,
        "mark": "stopped" if stopped else NATURAL,
        "markHelp": help_,
    }
    _mount(key=key, data=data, on_chosen_change=hand_over(key, chosen))
