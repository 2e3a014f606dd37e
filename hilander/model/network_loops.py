"""What `steps` does with torch's operations, as compiled loops: arrays on the host, one pass each.

Knows nothing about networks' sizes or what their numbers mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hilander.graph.compiled import ONE, ZERO, compiled, fetch, sigmoid

AHEAD = 2  # nodes that are told of before their neighbours are read
LEAST = np.float32(-3e38)


@compiled("void(float32[:,::1], float32[::1], float32[:,::1], int64[:,::1], float32[:,:,::1])")
def pool(gate: Any, bias: Any, values: Any, neighbors: Any, seen: Any) -> None:
    """seen[i, 1] and seen[i, 2] are mean and largest over j in N(i) of sigmoid(gate_ij + bias) * values_j.

    gate (b * m, w), bias (w,), values (n, w), neighbors (b, m), seen (b, 3, w)
    """
    b, m = neighbors.shape
    width, share = values.shape[1], ONE / np.float32(neighbors.shape[1])
    for i in range(b):
        if i + AHEAD < b:
            for j in range(m):
                fetch(values, neighbors[i + AHEAD, j])
        mean, most = seen[i, 1], seen[i, 2]
        mean[:] = ZERO
        most[:] = LEAST
        for j in range(m):
            value, let = values[neighbors[i, j]], gate[i * m + j]
            for c in range(width):
                passed = value[c] * sigmoid(let[c] + bias[c])
                mean[c] += passed
                most[c] = max(most[c], passed)
        for c in range(width):
            mean[c] *= share


@compiled("void(float32[:,::1], float32[:,::1], float32[:,::1], int64[:,::1])")
def meet(codes: Any, source: Any, target: Any, neighbors: Any) -> None:
    """codes_ij = silu(codes_ij + source_j + target_i), in place; codes (b * m, w), target (b, w)."""
    b, m = neighbors.shape
    width = source.shape[1]
    for i in range(b):
        if i + AHEAD < b:
            for j in range(m):
                fetch(source, neighbors[i + AHEAD, j])
        own = target[i]
        for j in range(m):
            theirs, code = source[neighbors[i, j]], codes[i * m + j]
            for c in range(width):
                met = code[c] + theirs[c] + own[c]
                code[c] = met * sigmoid(met)


@compiled("void(float32[:,::1], float32[::1], float32[::1], float32, float32[::1])")
def judge(codes: Any, bias: Any, weight: Any, last: Any, out: Any) -> None:
    """out_e = silu(codes_e + bias) . weight + last; codes (e, w)."""
    e, width = codes.shape
    for one in range(e):
        code, total = codes[one], ZERO
        for c in range(width):
            value = code[c] + bias[c]
            total += value * sigmoid(value) * weight[c]
        out[one] = total + last
