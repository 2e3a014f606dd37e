"""Two images side by side and the question whether they show the same: buttons, and a key for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from hilander.ui.components.parts import hand_over, source

_mount = st.components.v2.component(
    "hilander_question",
    html="""<div class="question" role="group" aria-label="Same or different?">
<div class="pair"><figure><img alt="" draggable="false"><figcaption></figcaption></figure>
<figure><img alt="" draggable="false"><figcaption></figcaption></figure></div>
<div class="answers">
<button type="button" data-answer="same">Same<kbd>S</kbd></button>
<button type="button" data-answer="different">Different<kbd>D</kbd></button>
<button type="button" data-answer="skip" class="quiet">Skip<kbd>Space</kbd></button>
<button type="button" data-answer="undo" class="quiet">Undo<kbd>U</kbd></button>
</div>
</div>
""",
    css=source("question.css"),
    js=source("question.js"),
)


@dataclass(frozen=True)
class Side:
    """One of the two images: its picture as a data URL, and its name."""

    image: str
    name: str


def question(left: Side, right: Side, *, place: int, key: str, answered: Callable[[str, int], None]) -> None:
    """Draw question number `place` (from 0); a press calls `answered` with its answer and that number.

    The answers are "same", "different", "skip" and "undo". The browser waits for the next question (another number)
    after a press, so that no press falls on a question that was not looked at.
    """

    def pressed(press: Mapping[str, Any]) -> None:
        answered(str(press["answer"]), int(press["place"]))

    data = {"sides": [asdict(left), asdict(right)], "place": place}
    _mount(key=key, data=data, on_chosen_change=hand_over(key, pressed))
