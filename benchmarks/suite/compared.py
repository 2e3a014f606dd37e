"""Other methods on a data set, each at its best setting or layer by the labels.

    data set  ->  one row a method

Their choice peeks at the labels, which a user does not have; hilander's natural level does not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from suite.peers import PEERS, Peer, quiet
from suite.scoring import Row, best, measure

if TYPE_CHECKING:
    from suite.datasets import Dataset


def peer_rows(data: Dataset) -> Iterator[Row]:
    """The best row of every method, in the order of `PEERS`; each is run when asked for."""
    quiet()
    for method, peer in PEERS.items():
        yield best_of(data, method, peer)


def best_of(data: Dataset, method: str, peer: Peer) -> Row:
    """Run a method over its whole grid; its seconds leave out the scoring."""
    rows, seconds, began = [], 0.0, time.perf_counter()
    for setting, labels in peer(data.x):
        seconds += time.perf_counter() - began
        rows.append(measure(data.name, method, setting, data.labels, labels))
        began = time.perf_counter()
    return best(rows, seconds)
