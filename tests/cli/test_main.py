"""Exit codes, help and what stands on stderr, whatever the command."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from hilander.cli import main as cli
from hilander.cli.main import COMMANDS, main
from hilander.errors import Cancelled, InputError


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(capsys, name):
    assert main([name, "--help"]) == 0
    assert f"usage: hilander {name}" in capsys.readouterr().out


def test_version_and_python_dash_m():
    done = subprocess.run(
        [sys.executable, "-m", "hilander", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"hilander {version('hilander')}\n"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (InputError("expected a,\n   got b.  Try c."), 2, "hilander: expected a, got b. Try c\n"),
        (PermissionError(13, "Permission denied", "x"), 2, "hilander: x: Permission denied. Check the path"),
        (OSError("odd"), 2, "hilander: odd\n"),
        (MemoryError(), 2, "hilander: not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried ..."), 2, "hilander: not enough memory"),
        (KeyboardInterrupt(), 130, "hilander: interrupted; nothing was written\n"),
        (Cancelled(), 130, "hilander: interrupted; nothing was written\n"),
    ],
)
def test_an_error_is_one_line_and_a_code(capsys, monkeypatch, error, code, told):
    def raising(_words: list[str]) -> None:
        raise error

    monkeypatch.setattr(cli, "build_parser", raising)
    assert main(["levels"]) == code
    err = capsys.readouterr().err
    assert err.startswith(told)
    assert err.count("\n") == 1


def test_memory_that_torch_cannot_have_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr(cli, "build_parser", lambda _words: torch.empty(1 << 60))
    assert main(["levels"]) == 2
    assert capsys.readouterr().err.startswith("hilander: not enough memory for this input")


def test_another_error_of_torch_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(cli, "build_parser", lambda _words: torch.ones(2) @ torch.ones(3))
    with pytest.raises(RuntimeError, match="size"):
        main(["levels"])


INTERRUPTED_IMPORT = """
import sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "hilander.cli.main":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Finder())
"""


def test_ctrl_c_while_the_command_loads_is_one_line():
    code = INTERRUPTED_IMPORT + "from hilander.__main__ import run; sys.exit(run())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "hilander: interrupted; nothing was written\n")


def test_the_installed_command_is_that_one():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"hilander": "hilander.__main__:run"}


def test_help_does_not_wait_for_torch():
    code = "import sys; from hilander.cli.main import main; main(['--help']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


def test_a_missing_file_is_refused_without_waiting_for_torch(tmp_path):
    words = ["cluster", str(tmp_path / "none.npy"), "--out", str(tmp_path / "run")]
    code = f"import sys; from hilander.cli.main import main; print(main({words!r}), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]
    assert "there is no such file" in done.stderr


def test_a_process_that_has_torch_ends_at_once_but_not_before_what_was_left_for_the_end(tmp_path):
    """Its code, its words and what `atexit` holds."""
    code = (
        "import atexit, sys, torch; from hilander import __main__ as it; import hilander.cli.main as m\n"
        f"atexit.register(lambda: open({str(tmp_path / 'done')!r}, 'w').close())\n"
        "m.main = lambda: print('said', end='') or 7\n"
        "sys.exit(it.run())"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "said", "")
    assert (tmp_path / "done").exists()
