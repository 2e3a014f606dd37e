"""The same instructions on every x86 processor with AVX2: newer ones would round otherwise, and train another network.

Libraries choose their kernels when they are loaded, so the choice has to stand in the environment before.
"""

from __future__ import annotations

import os
import sys

AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",  # numpy's and scipy's BLAS and LAPACK
    "ATEN_CPU_CAPABILITY": "avx2",  # torch's own kernels
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "HILANDER_LOOPS": "off",  # ours, which are compiled for all that the processor has
}


def begin_again_on_avx2() -> None:
    """Start this very program once more with that environment, unless it has it."""
    if all(os.environ.get(name) == value for name, value in AVX2.items()):
        return
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | AVX2)
