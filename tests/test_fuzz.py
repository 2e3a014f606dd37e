"""Whatever a file holds, a reader gives an answer or InputError, in little memory: benchmarks/fuzz.py, shorter."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings

from hilander.errors import InputError
from suite.fuzz.attack import Tally, measured, once
from suite.fuzz.readers import READERS, Reader

CASES = {"checkpoint": 25, "state dict": 25, "embedding": 4}  # of the last, a process each
USUAL = 80
MOST_MORE = 512 << 20  # bytes, on top of what the process has: other tests ran in it before


@pytest.mark.parametrize("reader", READERS, ids=lambda it: it.name)
def test_only_input_errors_come_out(reader):
    @settings(
        max_examples=CASES.get(reader.name, USUAL),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=reader.cases())
    def any_case(case):
        with suppress(InputError):
            once(reader, case)

    before, during = Tally("before"), Tally("during")
    with measured(before):
        pass
    with measured(during):
        any_case()
    assert during.peak - before.peak < MOST_MORE


def test_the_valid_files_are_read(tmp_path):
    """Else the cases would be refused for the wrong reason."""
    for i, reader in enumerate(READERS):
        for j, files in enumerate(reader.seeds()):
            folder = tmp_path / f"{i}-{j}"
            folder.mkdir()
            if reader.name != "embeddings and images":  # not all of them have images
                reader.try_case(files, folder)


def test_another_error_is_seen(tmp_path):
    def careless(path):
        raise KeyError(path.read_bytes())

    with pytest.raises(KeyError):
        once(Reader("careless", careless, list), {"x": b"1"})
