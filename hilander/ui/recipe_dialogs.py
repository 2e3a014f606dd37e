"""Cuts saved by name: keep the present one, and a list of those there are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.recipe import LARGEST, LONGEST_NAME, Recipe
from hilander.services.access import Action, run
from hilander.services.door import recipes
from hilander.services.recipes import Saved
from hilander.ui import cut_steps, url
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded
from hilander.ui.visit import at_press, may, visit
from hilander.ui.words import escaped, when
from hilander.ui.writes import attempt, waiting
from hilander.views.gallery import n_pages, page_bounds

PER_PAGE = 6
_ASKED = "recipe-asked"  # (what is asked, id) of the one recipe whose row asks something
_SAVING, _LISTED = "recipe-saving", "recipe-list"  # where a conflict is told
_OPEN = (
    "recipe-dialog"  # the one that is open: what redraws the page, as a map that is ready, does not close it
)
_DONE = "recipe-done"  # set by a press after which the dialog closes


def ask(which: str) -> None:
    """Callback: open "save" or "list" when the page is drawn next."""
    url.hold()
    st.session_state[_OPEN] = which


def show_asked(now: Explored) -> None:
    """The dialog that was asked for, until it is closed."""
    which = st.session_state.get(_OPEN)
    if which is not None:
        {"save": save_dialog, "list": recipes_dialog}[which](now)


def _may_write(now: Explored) -> bool:
    return may(Action.ANNOTATE, run(now.run_row.id))


def _dismissed() -> None:
    url.hold()
    st.session_state.pop(_OPEN, None)


def _close_when_done() -> None:
    if st.session_state.pop(_DONE, False):
        st.session_state.pop(_OPEN, None)
        url.again()


@st.dialog("Save as recipe", on_dismiss=_dismissed)
def save_dialog(now: Explored) -> None:
    with guarded():
        waiting(now, _SAVING)
        st.caption(escaped(cut_steps.words(now, now.cut)))
        with st.form("recipe-save", border=False):
            name = st.text_input("Name", max_chars=LONGEST_NAME, key="recipe-name")
            pressed = st.form_submit_button("Save", type="primary", key="recipe-save-pressed")
        if pressed:
            _keep(now, name)
        _close_when_done()


def _keep(now: Explored, name: str) -> None:
    same = _named(now, name.strip())
    if same is not None:
        told = f"This run has a recipe {same.name!r} already. Choose another name, or replace that one."
        _offer_replace(told, partial(_replaced, now, same))
        return
    recipes.save(visit(), now.run_row.id, name, now.cut)
    st.session_state[_DONE] = True


def _named(now: Explored, name: str) -> Saved | None:
    """The run's recipe of that name."""
    found = (one for one in recipes.saved(visit(), now.run_row.id) if one.name == name)
    return next(found, None)


def _replaced(now: Explored, same: Saved) -> None:
    if _replace(now, same, now.cut, _SAVING):
        st.session_state[_DONE] = True


def _replace(now: Explored, same: Saved, cut: Cut, place: str) -> bool:
    """Callback: put a cut in the place of a recipe that was looked at."""
    run_id = now.run_row.id

    def write(seen: int) -> None:
        recipes.save(visit(), run_id, same.name, cut, replace=replace(same, version=seen))

    return attempt(write, same.version, place=place)


def _offer_replace(told: str, replace: partial[None] | None) -> None:
    st.warning(escaped(told))
    if replace is not None:
        st.button("Replace it", key="recipe-replace", on_click=replace)


@st.dialog("Recipes of this run", width="medium", on_dismiss=_dismissed)
def recipes_dialog(now: Explored) -> None:
    with guarded():
        waiting(now, _LISTED)
        found = recipes.saved(visit(), now.run_row.id)
        if not found:
            way = " Save one by name, or add one from a file." if _may_write(now) else ""
            st.info(f"No cut of this run is saved yet.{way}")
        _list(now, found)
        if _may_write(now):
            _add(now)
        _close_when_done()


def _list(now: Explored, found: list[Saved]) -> None:
    total = n_pages(len(found), PER_PAGE)
    first, last = page_bounds(len(found), st.session_state.get("recipes-page", 1), PER_PAGE)
    for one in found[first:last]:
        with st.container(border=True, key=f"recipe-{one.id}"):
            _row(now, one)
    if total > 1:
        st.pagination(total, key="recipes-page", max_visible_pages=5, width=360)


def _row(now: Explored, one: Saved) -> None:
    asked, of = st.session_state.get(_ASKED, ("", ""))
    if of == one.id and asked == "delete":
        _ask_delete(now, one)
    elif of == one.id and asked == "rename":
        _ask_name(now, one)
    else:
        _entry(now, one)


def _entry(now: Explored, one: Saved) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap="xxsmall"):
            link = f"?dataset={now.dataset.row.id}&run={now.run_row.id}&recipe={one.id}"
            st.markdown(f"**[{escaped(one.name)}]({link})**", help="A link to this cut, for others.")
            shown = " · shown now" if one.cut == now.cut else ""
            st.caption(f"{cut_steps.brief(one.cut)} · saved {when(one.moment)}{shown}")
        st.button(
            "Open", key=f"open-{one.id}", disabled=one.cut == now.cut, on_click=partial(_open, now, one)
        )
        st.download_button(
            "",
            at_press(partial(_file, now, one)),
            file_name=f"{_stem(one.name)}.json",
            mime="application/json",
            key=f"take-{one.id}",
            icon=":material/download:",
            type="tertiary",
            help="Download as JSON, for `hilander cut RUN --recipe FILE.json`, or to add it again",
            on_click="ignore",
        )
        for act, icon in (("rename", "edit"), ("delete", "delete")) if _may_write(now) else ():
            st.button(
                "",
                key=f"{act}-{one.id}",
                icon=f":material/{icon}:",
                type="tertiary",
                help=act.capitalize(),
                on_click=partial(st.session_state.__setitem__, _ASKED, (act, one.id)),
            )


def _open(now: Explored, one: Saved) -> None:
    now.go_to_cut(one.cut.checked(now.hierarchy))
    st.session_state[_DONE] = True


def _file(now: Explored, one: Saved) -> bytes:
    return Recipe.of(now.hierarchy, one.cut, name=one.name, run=now.run_row.id).to_bytes()


def _stem(name: str) -> str:
    """A recipe's name as a file name that every system takes."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name) or "recipe"


def _ask_delete(now: Explored, one: Saved) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"Delete **{escaped(one.name)}**? It can be put back from History.")
        st.button("Keep it", key=f"keep-{one.id}", on_click=_asked_enough)
        st.button("Delete", key=f"delete-sure-{one.id}", type="primary", on_click=partial(_delete, now, one))


def _delete(now: Explored, one: Saved) -> None:
    run_id = now.run_row.id
    attempt(
        lambda seen: recipes.delete(visit(), run_id, replace(one, version=seen)),
        one.version,
        place=_LISTED,
    )
    _asked_enough()


def _ask_name(now: Explored, one: Saved) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Name", one.name, max_chars=LONGEST_NAME, key=f"name-{one.id}")
        st.button("Rename", key=f"rename-sure-{one.id}", type="primary", on_click=partial(_rename, now, one))
        st.button("Leave it", key=f"leave-{one.id}", on_click=_asked_enough)


def _rename(now: Explored, one: Saved) -> None:
    run_id = now.run_row.id
    name = str(st.session_state[f"name-{one.id}"])

    def write(seen: int) -> None:
        recipes.rename(visit(), run_id, replace(one, version=seen), name)

    if attempt(write, one.version, place=_LISTED):
        _asked_enough()


def _asked_enough() -> None:
    st.session_state.pop(_ASKED, None)


def _add(now: Explored) -> None:
    """A recipe of this very run from a file."""
    turn = st.session_state.setdefault("recipe-turn", 0)
    file = st.file_uploader(
        "Add a recipe from a file",
        "json",
        key=f"recipe-file-{turn}",
        max_upload_size=max(1, LARGEST // 2**20),
    )
    if file is None:
        return
    try:
        recipe = Recipe.from_bytes(file.getvalue(), file.name)
        cut = recipe.cut_of(now.hierarchy)
    except InputError as mistake:
        st.warning(escaped(str(mistake)), icon=":material/error:")
        return
    same = _named(now, recipe.name)
    if same is not None:
        told = f"This run has a recipe {recipe.name!r} already, "
        told += "the same cut." if same.cut == cut else "another cut. Rename that one first, or replace it."
        _offer_replace(told, None if same.cut == cut else partial(_added, now, same, cut))
        return
    recipes.save(visit(), now.run_row.id, recipe.name, cut)
    _taken(recipe.name)
    st.rerun(scope="fragment")


def _added(now: Explored, same: Saved, cut: Cut) -> None:
    if _replace(now, same, cut, _LISTED):
        _taken(same.name)


def _taken(name: str) -> None:
    st.session_state["recipe-turn"] += 1
    st.toast(f"Added the recipe {escaped(name)}.")
