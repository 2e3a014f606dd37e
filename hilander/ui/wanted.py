"""Order and filters of the gallery in the URL.

?sort=least-sure&size=2-50&sure=0.2-0.8&only=changed_mixed&text=cat&label=cat&branch=17.3   <->   Order, Wanted

A parameter that cannot be read counts as absent, and is said to be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hilander.errors import InputError
from hilander.hierarchy.branch import branch_of, branch_text
from hilander.hierarchy.forest import Hierarchy
from hilander.ui import url
from hilander.views.arrange import ONLY, ORDERS, Order, Wanted

PARAMETERS = ("size", "sure", "only", "text", "label", "branch")
MOST_TEXT = 200
_SIZE = re.compile(r"(\d{0,9})-(\d{0,9})")
_SURE = re.compile(r"([01](?:\.\d{0,6})?)-([01](?:\.\d{0,6})?)")


@dataclass(frozen=True)
class Asked:
    """What the link asks of the gallery; `wrong` tells of parameters that could not be read."""

    order: Order
    wanted: Wanted
    wrong: tuple[str, ...] = ()


def asked(hierarchy: Hierarchy) -> Asked:
    wanted, wrong = Wanted(), []
    for name, (read, looks) in _READERS.items():
        value = url.text(name)
        found = None if value is None else read(value, hierarchy)
        if found is not None:
            wanted = replace(wanted, **found)
        elif value is not None:
            wrong.append(f"The link's {name} should look like {looks}; got {value[:40]!r}: it is left out.")
    sort = url.text("sort") or ORDERS[0]
    if sort not in ORDERS:
        wrong.append(f"The link's sort should be one of {', '.join(ORDERS)}; got {sort[:40]!r}.")
    order: Order = next((it for it in ORDERS if it == sort), ORDERS[0])
    return Asked(order, wanted, tuple(wrong))


def want(wanted: Wanted) -> None:
    """Write the filters; the pages begin anew."""
    size = f"{wanted.least if wanted.least > 1 else ''}-{wanted.most or ''}"
    sure = f"{wanted.sure_from:g}-{wanted.sure_to:g}"
    url.put(
        page=None,
        size=None if size == "-" else size,
        sure=None if sure == "0-1" else sure,
        only="_".join(it for it in ONLY if it in wanted.only) or None,
        text=wanted.text[:MOST_TEXT] or None,
        label=wanted.label or None,
        branch=None if wanted.branch is None else branch_text(wanted.branch),
    )


def sort_by(order: Order) -> None:
    url.put(page=None, sort=None if order == ORDERS[0] else order)


def clear() -> None:
    """Every filter goes, the order stays."""
    want(Wanted())


def without(wanted: Wanted, name: str) -> Wanted:
    """Less one filter, by the name that `views.arrange` has for it."""
    if name in ONLY:
        return replace(wanted, only=wanted.only - {name})
    usual = Wanted()
    fields = {"size": ("least", "most"), "sure": ("sure_from", "sure_to")}.get(name, (name,))
    return replace(wanted, **{field: getattr(usual, field) for field in fields})


Found = dict[str, Any] | None


def _size(value: str, _: Hierarchy) -> Found:
    match = _SIZE.fullmatch(value)
    if not match or not value.isascii():
        return None
    least, most = max(1, int(match[1] or 1)), int(match[2]) if match[2] else None
    return None if most is not None and most < least else {"least": least, "most": most}


def _sure(value: str, _: Hierarchy) -> Found:
    match = _SURE.fullmatch(value)
    if not match or not value.isascii():
        return None
    low, high = float(match[1]), float(match[2])
    return {"sure_from": low, "sure_to": high} if low <= high <= 1 else None


def _only(value: str, _: Hierarchy) -> Found:
    names = value.split("_")
    return {"only": frozenset(names)} if all(name in ONLY for name in names) else None


def _text(value: str, _: Hierarchy) -> Found:
    return {"text": value[:MOST_TEXT]}


def _label(value: str, _: Hierarchy) -> Found:
    return {"label": value}


def _branch(value: str, hierarchy: Hierarchy) -> Found:
    try:
        found = branch_of(value)
    except InputError:
        return None
    return {"branch": found} if found.peak < hierarchy.n and found.level <= hierarchy.n_levels else None


_READERS: dict[str, tuple[Callable[[str, Hierarchy], Found], str]] = {
    "size": (_size, "2-50, 2- or -50"),
    "sure": (_sure, "0.2-0.8"),
    "only": (_only, "changed_mixed_many"),
    "text": (_text, "text"),
    "label": (_label, "a label"),
    "branch": (_branch, "17.3, an image and a level of this run"),
}
