"""The running app as an operator meets it: its health, its figures, its end, and what a kill leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest

from hilander.cli import health as health_command
from hilander.cli.main import main
from hilander.cli.ops import Answers, serving
from hilander.config import ClusterConfig
from hilander.services import job_process, jobs
from hilander.services.store import DEMO_MADE, JobRow, Store, open_store
from hilander.services.workspace import Workspace, default_workspace
from suite.served import free_port
from tests.services.small_uploads import add_points
from tests.visitor import visit

LONG = ClusterConfig(knn="exact", coarser=False).to_dict()


@pytest.fixture
def workspace(database, tmp_path, monkeypatch) -> Workspace:
    """One without demo data sets, and no job process of this process's own."""
    monkeypatch.setenv("HILANDER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)
    open_store().set_fact(DEMO_MADE, "none")
    return default_workspace()


@pytest.fixture
def store(workspace) -> Store:
    return open_store(workspace)


@contextmanager
def app(log: Path) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """`hilander app` with a port for operators: its process, the app's port, the operators' address.

    `log` gets its stderr, where every line is JSON.
    """
    port, ops = free_port(), free_port()
    words = [sys.executable, "-m", "hilander", "app", "--port", str(port), "--ops-port", str(ops)]
    with log.open("w") as file:
        env = os.environ | {"HILANDER_LOG": "json"}
        process = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=file, text=True, start_new_session=True, env=env
        )
    try:
        until(lambda: "hilander is at" in log.read_text(), 60, log)
        yield process, port, f"http://127.0.0.1:{ops}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def until(test: Callable[[], object], seconds: float, about: object = "") -> None:
    end = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < end, about.read_text() if isinstance(about, Path) else about
        time.sleep(0.05)


def state(store: Store, job_id: str) -> str:
    job: JobRow | None = store.job(job_id)
    return "none" if job is None else job.state


def ask(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def queue(store: Store, dataset: str, run: str) -> str:
    return store.add_job("cluster", LONG, dataset_id=dataset, run_id=run)


def runs(workspace: Workspace) -> list[str]:
    return [path.name for path in workspace.runs_dir().iterdir()]


def test_sigterm_and_kill_interrupt_what_runs_and_lose_nothing(workspace, store, blobs, tmp_path):
    many = add_points(
        workspace, np.random.default_rng(0).normal(size=(100_000, 128)).astype(np.float32), "many"
    )
    few = add_points(workspace, blobs[0], "few")
    running, waiting = queue(store, many, "a"), queue(store, few, "b")
    with app(tmp_path / "first.log") as (process, port, ops):
        assert ask(f"{ops}/healthz")[0] == 200
        with visit(port):
            until(lambda: state(store, running) == "running", 60, tmp_path / "first.log")
        code, text = ask(f"{ops}/healthz")
        assert (code, json.loads(text)["checks"]["jobs"]["detail"]) == (200, "1 job process alive")
        figures = ask(f"{ops}/metrics")[1]
        assert 'hilander_jobs{state="running"} 1' in figures
        assert 'hilander_memory_bytes{process="app",name=""} ' in figures
        assert ask(f"{ops}/")[0] == 404
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(25) == 0
        assert time.monotonic() - began < 15
    assert (state(store, running), state(store, waiting)) == ("interrupted", "queued")
    assert (runs(workspace), store.hosts()) == ([], [])
    records = [json.loads(line) for line in (tmp_path / "first.log").read_text().splitlines()]
    assert {it.get("user") for it in records if it.get("job") == running} == {"local"}

    again = jobs.retry(running, workspace=workspace)
    with app(tmp_path / "second.log") as (process, port, ops):
        with visit(port):
            until(lambda: state(store, waiting) == "done", 60, tmp_path / "second.log")
            until(lambda: state(store, again) == "running", 60, tmp_path / "second.log")
        os.killpg(process.pid, signal.SIGKILL)  # the command and the server; the job process is on its own
        until(lambda: state(store, again) == "interrupted", 20)
        until(lambda: store.hosts() == [], 20)
    assert runs(workspace) == ["b"]


def test_the_health_command_ends_with_its_answer(workspace, store, capsys, monkeypatch):
    assert main(["health"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[:2] == ["database", "ok"]
    assert main(["health", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], set(found["checks"])) == (True, {"database", "workspace", "jobs"})
    monkeypatch.setattr(Store, "answers", lambda _self: 1 / 0)
    assert main(["health"]) == health_command.UNHEALTHY
    assert "database   NOT OK  ZeroDivisionError" in capsys.readouterr().out


def test_health_tells_of_a_database_that_is_away_without_its_password(workspace, monkeypatch, capsys):
    url = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/x"
    monkeypatch.setenv("HILANDER_DATABASE_URL", url)
    assert main(["health", "--json"]) == health_command.UNHEALTHY
    said = capsys.readouterr().out
    assert not json.loads(said)["checks"]["database"]["ok"]
    assert "hunter2" not in said


def test_an_app_that_does_not_answer_is_unhealthy(workspace, store):
    answers = Answers(workspace, f"http://127.0.0.1:{free_port()}/_stcore/health", os.getpid())
    with serving("127.0.0.1", 0, answers) as port:
        code, text = ask(f"http://127.0.0.1:{port}/healthz")
        assert (code, json.loads(text)["checks"]["app"]["ok"]) == (503, False)
        assert "Connection refused" in text


def test_an_error_of_ours_is_no_traceback_on_the_port(workspace, store, monkeypatch, caplog):
    monkeypatch.setattr("hilander.cli.ops.metrics", lambda *_given: 1 / 0)
    with serving("127.0.0.1", 0, Answers(workspace, "http://127.0.0.1:1/", os.getpid())) as port:
        code, text = ask(f"http://127.0.0.1:{port}/metrics")
    assert (code, "Traceback" in text) == (500, False)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # nothing is opened
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HILANDER_JOBS", "none", "HILANDER_JOBS must be a whole number of at least 1"),
        ("HILANDER_LOG", "xml", "HILANDER_LOG must be one of text, json; got 'xml'"),
    ],
)
def test_a_setting_that_is_none_is_told_before_the_app_starts(
    workspace, monkeypatch, capsys, name, value, said
):
    monkeypatch.setenv(name, value)
    assert main(["app", "--port", str(free_port())]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # nothing is opened
@pytest.mark.parametrize(
    ("words", "secrets", "said"),
    [
        ([], "[auth]\nclient_id = 'us'\n", "[auth] in secrets.toml: expected a random cookie_secret"),
        ([], "[auth\n", "Error parsing secrets file"),
        (["--host", "0.0.0.0"], "", "--host 0.0.0.0 lets other machines in, and nobody would be asked"),
    ],
)
def test_a_sign_in_that_cannot_work_is_one_line_before_anything_is_served(
    workspace, tmp_path, monkeypatch, capfd, words, secrets, said
):
    (tmp_path / "secrets.toml").write_text(secrets)
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(tmp_path / "secrets.toml"))
    assert main(["app", "--port", str(free_port()), *words]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"hilander: {said}")
