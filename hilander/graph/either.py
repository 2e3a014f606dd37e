"""What the level loop asks of arrays, whichever library holds them: numpy's on the host, torch's on a card.

One algorithm serves both: indexing, comparing and adding are written alike in the two, the rest is here. Nothing here
waits for a card, but for `on_host`, `fetched`, `numbers` and `flat_places`. Knows nothing about graphs or levels.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = (
    Any  # a numpy array, or a tensor of the same dtype and shape: what a docstring says of it holds for both
)


def on_card(array: Array) -> bool:
    """Whether it is a tensor: what the host reads is a numpy array, or gives one when it is cut."""
    torch = sys.modules.get("torch")  # not imported: who has no tensor may not have torch either
    return torch is not None and isinstance(array, torch.Tensor)


def library(array: Array) -> ModuleType:
    """Numpy or torch, for what is called alike in both: `where`, `minimum`, `sqrt`, `stack`, `isfinite`."""
    if not on_card(array):
        return np
    import torch  # not above: what reads hierarchies does without it

    return torch


def numbered(like: Array) -> Array:
    """0, 1, 2, ..., int64, one for each row of another array, where that is."""
    n = len(like)
    return library(like).arange(n, device=like.device)


def as_float(array: Array, bits: int = 32) -> Array:
    """The same values as float32 or float64."""
    kind = getattr(library(array), f"float{bits}")
    return array.to(kind) if on_card(array) else array.astype(kind)


def stable_order(values: Array) -> Array:
    """int64 (n,): the places of values in ascending order, equal ones as they stand."""
    if on_card(values):
        return values.sort(stable=True).indices
    return np.argsort(values, kind="stable")


def flat_places(wanted: Array) -> Array:
    """int64: where a flat bool array is true; a card is waited for, since their number makes a shape."""
    return wanted.nonzero().squeeze(1) if on_card(wanted) else np.flatnonzero(wanted)


def same(one: Array, other: Array) -> bool | None:
    """Whether two arrays are equal; None, not known, on a card, which would have to be waited for."""
    return None if on_card(one) else np.array_equal(one, other)


def on_host(array: Array) -> Array:
    """As a numpy array; of a tensor on a card a copy."""
    return fetched(array)[0] if on_card(array) else array


def rows_on_host(array: Array, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Some rows of an array as numpy's: from a card only they come."""
    if not on_card(array):
        found: NDArray[Any] = array[rows]
        return found
    return fetched(array[library(array).from_numpy(rows).to(array.device)])[0]


def fetched(*tensors: Any) -> list[NDArray[Any]]:
    """Numpy arrays of the same dtypes and shapes, all in one copy from the card."""
    import torch

    ordered = sorted(range(len(tensors)), key=lambda one: -tensors[one].element_size())  # so all are aligned
    flat = [tensors[one].contiguous().view(-1).view(torch.uint8) for one in ordered]
    found: list[NDArray[Any]] = []
    together, start = torch.cat(flat).cpu().numpy(), 0
    for one, part in zip(ordered, flat, strict=True):
        kind = str(tensors[one].dtype).removeprefix("torch.")
        found.append(together[start : start + len(part)].view(kind).reshape(tensors[one].shape))
        start += len(part)
    return [found[ordered.index(one)] for one in range(len(tensors))]


def numbers(*values: Any) -> list[float]:
    """Single numbers of either library as Python's, those on a card in one copy."""
    if on_card(values[0]):
        import torch

        return [float(one) for one in fetched(torch.stack([one.double() for one in values]))[0]]
    return [float(one) for one in values]


def copied(array: Array) -> Array:
    """Another array of the same values, in the same place."""
    return array.clone() if on_card(array) else array.copy()
