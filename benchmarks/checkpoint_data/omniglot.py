"""Omniglot, by what each of its identities may be used for. Split `dev` is never given, nor are the held-out ones.

    embed  one half teaches the small networks; the other is unseen by them and gives images
    train  68 identities are held out, for choosing; the rest give images and their shipped embeddings
    dev    only reported on, elsewhere

(The shipped embeddings come from a network that was taught all of `embed`: they are given for `train` alone.)
Source: ../shared/data/omniglot.npz; B. M. Lake, R. Salakhutdinov, J. B. Tenenbaum, Human-level concept learning
through probabilistic program induction, Science 2015. Licence: MIT.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from checkpoint_data.labelled import Labelled
from suite.datasets import shared_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

HELD_OUT = 68  # of the 368 identities of `train`
TAUGHT = 298  # of the 596 identities of `embed`


@cache
def images() -> Labelled:
    """Images of the identities that neither the small networks nor the choosing may know: x (n, 28, 28)."""
    file = _file()
    usable = np.concatenate([_rest_of_train(file), np.setdiff1d(_names(file, "embed"), taught_identities())])
    return _part(file, "images", usable)


@cache
def embeddings() -> Labelled:
    """The shipped embeddings of `train` but for the held-out identities: x (n, 128)."""
    file = _file()
    return _part(file, "embeddings", _rest_of_train(file))


def held_out() -> Labelled:
    """The shipped embeddings of the identities kept for choosing: never part of the training data."""
    return _part(_file(), "embeddings", held_identities())


def taught() -> Labelled:
    """The images that teach the small networks, half of the identities of `embed`: x (n, 28, 28)."""
    return _part(_file(), "images", taught_identities())


def held_identities() -> NDArray[np.int64]:
    """The same 68 for every seed."""
    names = _names(_file(), "train")
    return np.random.default_rng(1).choice(names, HELD_OUT, replace=False)


def taught_identities() -> NDArray[np.int64]:
    """The same 298 for every seed."""
    return np.random.default_rng(5).permutation(_names(_file(), "embed"))[:TAUGHT]


def _rest_of_train(file: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    return np.setdiff1d(_names(file, "train"), held_identities())


def _names(file: dict[str, NDArray[Any]], split: str) -> NDArray[np.int64]:
    return np.unique(file["labels"][file["split"] == split])


def _part(file: dict[str, NDArray[Any]], what: str, identities: NDArray[np.int64]) -> Labelled:
    rows = np.isin(file["labels"], identities)
    x = file[what][rows].astype(np.float32)
    return Labelled(x / np.float32(255) if what == "images" else x, file["labels"][rows].astype(np.int64))


@cache
def _file() -> dict[str, NDArray[Any]]:
    with np.load(shared_file("omniglot.npz"), allow_pickle=False) as stored:
        return {name: stored[name] for name in ("images", "embeddings", "labels", "split")}
