"""The mixed-depth cut at the left: what the cut is in words, its changes, undo and redo, and the saved recipes."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hilander.hierarchy.cuts import Cut, Step, changes_text
from hilander.services.access import Action, run
from hilander.ui import cut_steps, opened, recipe_dialogs
from hilander.ui.annotated import annotated
from hilander.ui.branch_tools import branch_tools
from hilander.ui.components import ChangeLine, change_list
from hilander.ui.components.change_list import Act
from hilander.ui.explored import Explored
from hilander.ui.visit import may
from hilander.ui.words import count

__all__ = ["branch_tools", "cut_bar"]

SHOWN = 30
HELP = (
    "A cut whose branches lie at levels of their own. Every image stays in exactly one cluster. The address of the "
    "page is a link to it."
)
HOW = "Open a cluster to cut its branch deeper or higher than the rest."


def cut_bar(now: Explored) -> None:
    if now.hierarchy.n_levels == 0:
        return
    with st.container(border=True, key="cut-bar"):
        with st.container(gap="xxsmall"):
            st.markdown("**Mixed cut**", help=HELP)
            st.caption(cut_steps.words(now, now.cut) if now.cut.changes else HOW)
        _steps(now)
        with st.container(gap="xxsmall"):
            _changes(now)
            _recipes(now)


def _steps(now: Explored) -> None:
    """Undo, redo and reset, where there is something to undo, redo or reset."""
    found = cut_steps.history(now)
    if found.undo is None and found.redo is None:
        return
    level = now.cut.level
    with st.container(horizontal=True, gap="small"):
        _step("Undo", found.undo, partial(cut_steps.undo, now), "Back to {}. Ctrl+Z", "Nothing to undo.")
        _step("Redo", found.redo, partial(cut_steps.redo, now), "On to {}. Ctrl+Shift+Z", "Nothing to redo.")
        plain = Cut(level) if now.cut.changes else None
        reset = partial(now.go_to_cut, Cut(level))
        _step("Reset", plain, reset, "Back to {} without changes.", "There are no changes.")


def _step(label: str, to: Cut | None, press: partial[None], can: str, cannot: str) -> None:
    st.button(
        label,
        key=f"cut-{label.lower()}",
        disabled=to is None,
        help=cannot if to is None else can.format(cut_steps.brief(to)),
        on_click=press,
    )


def _changes(now: Explored) -> None:
    """The changes, newest first; mounted without any too, for the keys."""
    steps = opened.applied(now.run_row.id, now.cut).steps if now.cut.changes else ()
    shown = list(enumerate(steps))[: -SHOWN - 1 : -1]
    left = len(steps) - len(shown)

    def acted(act: Act, place: int) -> None:
        if act == "undo":
            cut_steps.undo(now)
        elif act == "redo":
            cut_steps.redo(now)
        elif act == "remove":
            cut_steps.without(now, place)
        else:
            now.open_cluster(now.gallery.peak_of(now.cut.changes[place][0]))

    change_list(
        [_line(now, place, step) for place, step in shown],
        state=f"{now.run_row.id} {now.cut.level} {now.cut.min_link} {changes_text(now.cut.changes)}",
        more=f"The newest {SHOWN}; {count(left, 'earlier change')} not shown." if left else "",
        key="changes",
        acted=acted,
    )


def _line(now: Explored, place: int, step: Step) -> ChangeLine:
    name, images = now.id_of(step.image), count(step.images, "image")
    way = f"level {step.was} → {step.level}" if step.was != step.level else f"level {step.level} as before"
    kept = (
        ""
        if step.holds == step.images
        else f" Later changes moved {step.images - step.holds:,} of them again."
    )
    over = " · overruled" if not step.holds else ""
    return ChangeLine(
        place,
        now.dataset.thumbs.data_url(step.image),
        name,
        f"{way} · {images}{over}",
        f"Open the cluster of {name}. Its branch of {images} was cut at level {step.level}.{kept}",
        faint=not step.holds,
    )


def _recipes(now: Explored) -> None:
    saved = annotated(now.run_row.id).n_recipes
    with st.container(horizontal=True, gap="small"):
        tip = "Keep this cut by name, with the run."
        if may(Action.ANNOTATE, run(now.run_row.id)):
            st.button(
                "Save as recipe…", key="save-recipe", help=tip, on_click=recipe_dialogs.ask, args=("save",)
            )
        label = f"Recipes ({saved})" if saved else "Recipes"
        tip = "Saved cuts of this run: open, rename, delete, take away as a file, or add one from a file."
        st.button(label, key="open-recipes", help=tip, on_click=recipe_dialogs.ask, args=("list",))
    recipe_dialogs.show_asked(now)
