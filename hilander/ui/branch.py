"""The branch of the tree that is looked at, in the URL: ?branch=17.3, and from which of its parts on: &from=72."""

from __future__ import annotations

from hilander.errors import InputError
from hilander.hierarchy.branch import Branch, branch_of, branch_text
from hilander.ui import url
from hilander.ui.image_dialog import ask_for_image
from hilander.views.tree import Tree

ALL = "all"  # what stands for the whole where a text is needed
FROM = "~"  # between branch and first part
IMAGE = "image "


def branch_in(tree: Tree) -> tuple[Branch | None, str]:
    """The link's branch by its usual name (None: the whole), and a word where the link names none that is there."""
    text = url.text("branch")
    if text is None:
        return None, ""
    try:
        branch = tree.named(branch_of(text))
    except InputError as mistake:
        return None, f"The link's branch was left out: {mistake}"
    return (None if tree.bounds(branch) == (0, tree.n) else branch), ""


def first_part(parts: int) -> tuple[int, str]:
    """The first of a branch's parts to show, from 0 (past the end: the last), and a word where it cannot be read."""
    try:
        asked = url.whole("from", what="a number of a part, counted from 0") or 0
    except InputError as mistake:
        return 0, str(mistake)
    return max(0, min(asked, parts - 1)), ""


def text_of(branch: Branch | None, first: int = 0) -> str:
    """What `go` takes: "17.3", "17.3~72", "all"."""
    name = ALL if branch is None else branch_text(branch)
    return f"{name}{FROM}{first}" if first else name


def text_of_image(row: int) -> str:
    """What `go` takes for a single image, in which there is no branch to look into."""
    return f"{IMAGE}{row}"


def go(where: str) -> None:
    """Look at a branch; the rest of the page follows. Or at an image, in a dialog."""
    if where.startswith(IMAGE):
        ask_for_image(int(where.removeprefix(IMAGE)))
        return
    name, _, first = where.partition(FROM)
    url.put(branch=None if name == ALL else name, page=None, **{"from": first or None})
