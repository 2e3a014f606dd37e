"""Freed memory stays with a process that learns."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

ROUNDS, BLOCKS, BYTES, PAGE = 5, 48, 2 << 20, 4096  # numpy asks for huge pages from 4 MB on
FAULTS = f"""
import resource, sys
import numpy as np
from hilander.train.memory import keep_freed
if sys.argv[1] == "keep":
    assert keep_freed()
def work():
    held = [np.empty({BYTES}, np.uint8) for _ in range({BLOCKS})]
    for one in held:
        one[::{PAGE}] = 1
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({ROUNDS}):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_what_was_freed_is_not_fetched_from_the_kernel_again() -> None:
    every_time = ROUNDS * BLOCKS * BYTES // PAGE
    assert faults("as ever") > every_time / 2
    assert faults("keep") < every_time / 10


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True)
    return int(done.stdout)
