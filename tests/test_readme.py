"""The README says what is there: its tree, its files, its commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tree_is_that_of_the_files():
    tree = subprocess.run(
        [sys.executable, ROOT / "tools/tree.py"], capture_output=True, text=True, check=True
    ).stdout
    assert tree.strip() in README, "run: python tools/tree.py --write"
    assert all(len(line.split(maxsplit=1)) == 2 for line in tree.splitlines()), "a file has no docstring"


def test_linked_files_exist():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_python_example_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    monkeypatch.chdir(tmp_path)
    code = code.replace('"assets/', f'"{ROOT}/assets/')
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


@pytest.mark.parametrize("line", re.findall(r"^hilander (.+)$", README, re.M))
def test_the_commands_of_the_example_run(line, readme_folder):
    command = [sys.executable, "-m", "hilander", *line.split("#")[0].split()]
    if command[3] == "app":
        command.append("--help")
    done = subprocess.run(command, cwd=readme_folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def readme_folder(tmp_path_factory):
    """A folder that sees the assets, for commands that follow one another."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "assets").symlink_to(ROOT / "assets")
    return folder
