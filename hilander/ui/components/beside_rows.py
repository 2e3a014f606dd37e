"""Two cuts side by side: on each row a cluster of the coarser one, and left of it those that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import streamlit as st

from hilander.ui.components.image_grid import Card
from hilander.ui.components.parts import hand_over, script, source

Side = Literal["finer", "coarser"]
_mount = st.components.v2.component(
    "hilander_beside_rows",
    html='<div class="beside"></div>\n',
    css=source("beside.css"),
    js=script("make.js", "beside.js"),
)


@dataclass(frozen=True)
class BesideRow:
    """whole : the coarser cluster;  pieces : those of the finer cut, largest first;  more : pieces not shown."""

    whole: Card
    pieces: tuple[Card, ...]
    more: int


def beside_rows(
    rows: Sequence[BesideRow],
    heads: tuple[str, str],
    *,
    key: str,
    label: str,
    chosen: Callable[[Side, int], None],
) -> None:
    """Draw the rows under two heads, finer and coarser; a click calls `chosen` with the side and the card's id."""

    def heard(choice: Mapping[str, Any]) -> None:
        chosen("finer" if choice["side"] == "finer" else "coarser", int(choice["id"]))

    data = {"rows": [asdict(row) for row in rows], "heads": list(heads), "label": label}
    _mount(key=key, data=data, on_chosen_change=hand_over(key, heard))
