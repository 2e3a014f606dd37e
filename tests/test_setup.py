"""`make app` installs once: the Makefile and its scripts, run with a stand-in for Python that only takes notes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FAKE_PYTHON = """#!/bin/sh
case "$*" in
  "-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python
              printf '#!/bin/sh\\necho the app\\n' > .venv/bin/hilander; chmod +x .venv/bin/hilander ;;
  "-m pip"*)  echo "$*" >> installed; test ! -e offline ;;
  --version)  echo "Python 3.9.1" ;;
  *)          test ! -e old ;;
esac
"""


@pytest.fixture
def clone(tmp_path) -> Path:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    return tmp_path


def make(clone: Path, target: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    words = ["make", target, f"PYTHON={clone}/python"]
    return subprocess.run(words, cwd=clone, env=clean, capture_output=True, text=True, check=False)


def installed(clone: Path) -> int:
    return len((clone / "installed").read_text().splitlines())


def newer(path: Path) -> None:
    later = path.stat().st_mtime + 100
    os.utime(path, (later, later))


def test_the_second_make_app_installs_nothing(clone):
    assert make(clone, "app").stdout.endswith("the app\n")
    first = (clone / "installed").read_text().splitlines()
    assert "-r requirements.txt" in first[0]
    assert first[1].endswith("--no-deps -e .")
    assert make(clone, "app").stdout == "the app\n"
    assert installed(clone) == 2


def test_newer_requirements_are_installed(clone):
    make(clone, "app")
    newer(clone / "requirements.txt")
    make(clone, "app")
    assert installed(clone) == 4


def test_an_installation_that_broke_off_begins_again(clone):
    (clone / "offline").touch()
    assert make(clone, "app").returncode == 2
    (clone / "offline").unlink()
    assert make(clone, "app").stdout.endswith("the app\n")
    assert installed(clone) == 3


def test_an_older_python_is_told_and_nothing_is_made(clone):
    (clone / "old").touch()
    done = make(clone, "app")
    assert done.returncode == 2
    assert "needs Python 3.11 or later; found Python 3.9.1" in done.stderr
    assert not (clone / ".venv").exists()


def test_ci_runs_exactly_make_test():
    words = (ROOT / ".ci/run").read_text().splitlines()
    assert words[-1] == "exec make test"
    assert os.access(ROOT / ".ci/run", os.X_OK)
