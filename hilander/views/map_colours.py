"""Colours of the points of a map that stay readable with thousands of groups: what lies near differs.

    places of the points, group of each  ->  one of a few hues for each group
    a figure of each point               ->  a step of a ramp

Plain numbers only: which hue is which colour is the page's business.
"""

from __future__ import annotations

import numpy as np

HUES, STEPS = 12, 24
UNKNOWN, FADED, EXCLUDED = 63, 64, 128  # a code is a hue or a step or UNKNOWN, plus flags
PER_CELL, PARTNERS, ROUNDS, SEED = 4, 32, 40, 0
_AROUND = ((0, 0), (1, 0), (0, 1), (1, 1), (1, -1))


def near_pairs(xy: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """int64 (p, 2): pairs of groups that have points close to each other, each pair once, smaller number first.

    Points are put into cells of about four; groups are near when they share a cell or have cells that touch.
    xy : (m, 2);  groups : int (m,), at least 0
    """
    m = len(xy)
    side = max(1, int(np.sqrt(m / PER_CELL)))
    cell = np.argsort(np.argsort(xy, axis=0, kind="stable"), axis=0, kind="stable") * side // m
    wide = int(groups.max()) + 1
    entries = np.unique((cell[:, 0] * (side + 2) + cell[:, 1] + 1) * wide + groups)
    cells, members = np.divmod(entries, wide)
    found = [_joined(cells, members, cells + dx * (side + 2) + dy) for dx, dy in _AROUND]
    pairs = np.sort(np.concatenate(found), axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    low, high = np.divmod(np.unique(pairs[:, 0] * wide + pairs[:, 1]), wide)
    return np.stack([low, high], axis=1)


def _joined(cells: np.ndarray, members: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Each entry with the entries of the cell that it wants, 32 of them at most. `cells` is ascending."""
    first = np.searchsorted(cells, wanted, side="left")
    count = np.minimum(np.searchsorted(cells, wanted, side="right") - first, PARTNERS)
    left = np.repeat(np.arange(len(cells)), count)
    within = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    return np.stack([members[left], members[np.repeat(first, count) + within]], axis=1)


def spread_hues(pairs: np.ndarray, wished: np.ndarray, hues: int = HUES) -> np.ndarray:
    """uint8 (g,): a hue for each group, the wished one unless something near has it.

    In rounds, half of those that clash take the hue that is rarest around them, until none does (or 40 rounds).
    pairs : (p, 2) of group numbers below g;  wished : int (g,), below `hues`
    """
    hue, groups = wished.astype(np.int64), len(wished)
    rng = np.random.default_rng(SEED)
    taste = rng.random((groups, hues)) / 2  # among equally rare hues, groups prefer different ones
    one, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    for _ in range(ROUNDS):
        around = np.bincount(one * hues + hue[other], minlength=groups * hues).reshape(groups, hues)
        clashes = around[np.arange(groups), hue] > 0
        if not clashes.any():
            break
        moving = np.flatnonzero(clashes & (rng.random(groups) < 0.5))
        hue[moving] = (around[moving] + taste[moving]).argmin(axis=1)
    return hue.astype(np.uint8)


def group_codes(xy: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """uint8 (m,): the hue of each point's group, UNKNOWN where the group is negative."""
    codes = np.full(len(groups), UNKNOWN, np.uint8)
    known = np.flatnonzero(groups >= 0)
    if len(known):
        names, member = np.unique(groups[known], return_inverse=True)
        # a multiplicative hash: groups that keep their name from one cut to the next mostly keep their hue
        wished = (names.astype(np.uint64) * np.uint64(2_654_435_761) >> np.uint64(8)) % np.uint64(HUES)
        codes[known] = spread_hues(near_pairs(xy[known], member), wished)[member]
    return codes


def ramp_codes(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Steps 0 to 23 of each figure between the 2nd and the 98th percentile, and those two; UNKNOWN where NaN.

    Returns (uint8 (m,), low, high); low and high are NaN where nothing is known.
    """
    codes = np.full(len(values), UNKNOWN, np.uint8)
    known = np.isfinite(values)
    if not known.any():
        return codes, float("nan"), float("nan")
    low, high = (float(v) for v in np.quantile(values[known], [0.02, 0.98]))
    unit = (values[known] - low) / (high - low) if high > low else np.full(int(known.sum()), 0.5)
    codes[known] = np.clip(unit * STEPS, 0, STEPS - 1).astype(np.uint8)
    return codes, low, high
