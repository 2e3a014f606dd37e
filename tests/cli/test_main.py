"""Exit codes, help and what stands on stderr, whatever the command."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

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


def test_help_does_not_wait_for_torch():
    code = "import sys; from hilander.cli.main import main; main(['--help']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")
