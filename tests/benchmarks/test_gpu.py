"""The GPU benchmark's dry run: the same code on a CPU, without optional packages, and a GPU's result is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import gpu
import pytest
import torch

from suite import on_gpu

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
ABSENT = (
    "faiss",
    "dgl",
    "streamlit",
    "sklearn",
    "pandas",
    "pyarrow",
    "dask",
    "sqlalchemy",
    "umap",
    "safetensors",
)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU: it would be no dry run")
def test_the_dry_run_needs_no_optional_package_and_says_that_nothing_was_measured():
    code = f"""
import runpy, sys
sys.modules.update(dict.fromkeys({ABSENT}))
sys.path.insert(0, {str(BENCHMARKS)!r})
sys.argv = ["gpu.py", "--rows", "300x8", "--runs", "1"]
runpy.run_path({str(BENCHMARKS / "gpu.py")!r}, run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Unmeasured: no GPU was at hand." in done.stdout
    assert "| 300 | 8 |" in done.stdout


@pytest.mark.parametrize(("before", "written"), [(None, 2), (False, 2), (True, 0)])
def test_a_dry_run_never_replaces_what_a_gpu_measured(before, written, monkeypatch, tmp_path):
    names = []
    monkeypatch.setattr(gpu, "RESULTS", tmp_path)
    monkeypatch.setattr(gpu, "write_result", lambda name, _text: names.append(name))
    if before is not None:
        (tmp_path / "gpu.json").write_text(json.dumps({"measured": before}))
    row = on_gpu.Row(100, 8, None, seconds=1.0)
    assert gpu.report([row], gpu.Machine("cpu", 1.0, 1), whole=True) == 0
    assert len(names) == written


def test_a_figure_that_is_short_or_missing_is_told():
    assert on_gpu.Row(100, 8, 1.0, seconds=0.9).verdict().ok
    assert not on_gpu.Row(100, 8, 1.0, seconds=1.1).verdict().ok
    assert on_gpu.Row(100, 8, None, seconds=99.0).verdict().ok
    failed = on_gpu.Row(100, 8, None, failed="out of memory")
    assert not failed.verdict().ok
    assert len(failed.cells()) == len(on_gpu.HEAD)
