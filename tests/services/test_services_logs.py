"""Log records: readable or JSON, with the job they are about, and never with a secret."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading

import pytest

from hilander.services import logs

ours = logging.getLogger("hilander.services.test")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("postgresql://me:hunter2@db/x", "postgresql://me:***@db/x"),
        ("postgresql://me:p@ss/w:rd@db/x?sslmode=on", "postgresql://me:***@db/x?sslmode=on"),
        ("redis://:hunter2@db", "redis://:***@db"),
        ("host=db password=hunter2 user=me", "host=db password=*** user=me"),
        ('{"client_secret": "hunter2", "a": 1}', '{"client_secret": "***", "a": 1}'),
        ("PGPASSWORD=hunter2", "PGPASSWORD=***"),
        ("https://example.org/a:b and me@example.org", "https://example.org/a:b and me@example.org"),
        ("the password is wrong", "the password is wrong"),
        ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVk from it", "got *** from it"),
        ("GET /oauth2callback?code=hunter2&state=abc", "GET /oauth2callback?code=***&state=***"),
        (
            "https://idp/logout?client_id=us&id_token_hint=x.y",
            "https://idp/logout?client_id=us&id_token_hint=***",
        ),
        ("exit code=2, state=done", "exit code=2, state=done"),
    ],
)
def test_passwords_are_not_written(said, kept):
    assert logs.redacted(said) == kept


def test_the_password_of_the_database_is_not_written_wherever_it_stands(monkeypatch):
    monkeypatch.setenv("HILANDER_DATABASE_URL", "postgresql://me:correct%20horse@db/x")
    assert logs.redacted("FATAL: 'correct horse' and correct%20horse") == "FATAL: '***' and ***"


def test_what_is_to_be_hidden_is_not_written_wherever_it_stands(monkeypatch):
    monkeypatch.setattr(logs, "_told", set())
    logs.hide("correct horse", "correct horse battery")
    assert logs.redacted("'correct horse battery', correct horse!") == "'***', ***!"


SCRIPT = """
import logging, pathlib, sys
from hilander.services import logs
logs.set_up()
logs.hide("cookie-secret-of-ours")
logging.getLogger("streamlit").warning("signed with cookie-secret-of-ours")
log = logging.getLogger("hilander.services.test")
with logs.of_job(pathlib.Path(sys.argv[1]), "abc"):
    log.info("read %s", "postgresql://me:hunter2@db/x")
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        log.exception("failed")
logging.getLogger("sqlalchemy").info("too much")
logging.getLogger("sqlalchemy").warning("enough")
raise KeyError("last words")
"""


def lines_of_a_process(tmp_path, form: str) -> tuple[list[str], str]:
    """What a process writes to stderr, and to the file of its job."""
    path = tmp_path / "abc.log"
    env = os.environ | {"HILANDER_LOG": form}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, path], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 1
    return done.stderr.splitlines(), path.read_text()


def test_json_is_one_object_a_line_with_job_and_user(tmp_path):
    lines, of_job = lines_of_a_process(tmp_path, "json")
    signed, first, failed, enough, last = map(json.loads, lines)
    assert signed["message"] == "signed with ***"
    assert first | {"time": ""} == {
        **{"time": "", "level": "INFO", "logger": "hilander.services.test", "job": "abc", "user": "local"},
        "message": "read postgresql://me:***@db/x",
    }
    assert failed["error"].endswith("ValueError: password=***")
    assert (enough["message"], "job" in enough) == ("enough", False)
    assert (last["level"], "last words" in last["error"]) == ("CRITICAL", True)
    assert "hunter2" not in "".join(lines) + of_job
    assert "INFO hilander.services.test [abc] read postgresql://me:***@db/x" in of_job  # for people
    assert "Traceback" in of_job
    assert "enough" not in of_job


def test_text_is_for_people(tmp_path):
    lines, _ = lines_of_a_process(tmp_path, "")
    assert lines[0].endswith("WARNING streamlit signed with ***")
    assert "INFO hilander.services.test [abc] read postgresql://me:***@db/x" in lines[1]
    assert "hunter2" not in "".join(lines)


def test_a_jobs_file_has_what_its_own_thread_wrote_and_nobody_elses(tmp_path):
    def work(name: str) -> None:
        with logs.of_job(tmp_path / name, name):
            barrier.wait(10)
            ours.info("from %s", name)
            barrier.wait(10)

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    ours.info("from nobody")
    for name in ("one", "two"):
        (line,) = (tmp_path / name).read_text().splitlines()
        assert line.endswith(f"[{name}] from {name}")


def test_a_name_with_a_line_break_makes_no_line_of_its_own(tmp_path):
    with logs.of_job(tmp_path / "a.log", "a"):
        ours.info("Started: %s", "x\n2026-01-01T00:00:00Z INFO forged")
    assert len((tmp_path / "a.log").read_text().splitlines()) == 1


def test_a_job_runs_where_its_log_cannot_be_written(tmp_path, caplog):
    with logs.of_job(tmp_path / "nowhere" / "a.log", "a"):
        ours.info("still here")
    assert "No log file" in caplog.text
    with logs.of_job("/dev/full", "b"):
        ours.info("and here")
