"""`hilander app`: prints an address that answers, and stops when told to."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from hilander.cli.app import prepare_demo
from hilander.cli.main import main
from hilander.services.store import DEMO_MADE, open_store
from hilander.services.workspace import default_workspace


@pytest.fixture
def no_demo(tmp_path, monkeypatch) -> None:
    """A workspace in which nothing is made before the app starts."""
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path))
    open_store().set_fact(DEMO_MADE, "none")


@pytest.mark.usefixtures("no_demo")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_app_answers_at_the_address_it_prints_and_stops(how):
    with subprocess.Popen(
        [sys.executable, "-m", "hilander", "app"], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            line = next(line for line in process.stdout if "hilander is at" in line)
            address = re.search(r"http://\S+", line)[0]
            with urlopen(address, timeout=10) as answer:
                assert answer.status == 200
            process.send_signal(how)
            assert process.wait(20) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    with pytest.raises(OSError, match="refused"):
        urlopen(address, timeout=5)


@pytest.mark.usefixtures("no_demo")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_the_server_does_not_outlive_a_killed_command():
    with subprocess.Popen(
        [sys.executable, "-m", "hilander", "app"], stdout=subprocess.PIPE, text=True
    ) as process:
        address = re.search(r"http://\S+", next(line for line in process.stdout if "hilander is at" in line))[
            0
        ]
        process.kill()
    end = time.monotonic() + 20
    while answers(address):
        assert time.monotonic() < end
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        urlopen(address, timeout=5).close()
    except OSError:
        return False
    return True


def test_the_first_start_makes_the_demo_sets_and_later_ones_do_not(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path))
    prepare_demo()
    assert "Making the demo data sets" in capfd.readouterr().out
    store = open_store(default_workspace())
    assert {run.dataset_id for run in store.runs()} == {"demo-shapes", "demo-digits"}
    prepare_demo()
    assert capfd.readouterr().out == ""


def test_a_port_in_use_is_told(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["app", "--host", "127.0.0.1", "--port", port]) == 2
    assert f"--port {port}: expected a free port on 127.0.0.1" in capsys.readouterr().err


def test_a_host_of_no_machine_is_told(capsys):
    assert main(["app", "--host", "not a host"]) == 2
    assert "--host not a host: expected an address" in capsys.readouterr().err
